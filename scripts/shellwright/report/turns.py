"""A trajectory as HTML: the turns of the agent, and what the terminal showed after each.

The page's player reads these elements and replays them; without it they can be read. Everything is
text: nothing that was written by a task, an agent or a program becomes markup.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from shellwright.report.charts import escape

Row = dict[str, Any]

#: Characters of one text, and of all texts of a trajectory, that the page holds.
TEXT_CHARACTERS = 6_000
TRAJECTORY_CHARACTERS = 100_000
# A message is shown as so many texts at most: thought, analysis, plan, keys.
_TEXTS = 4
_THINK = re.compile(r"<think>(.*?)</think>", re.DOTALL)
# What stands in front of a terminal's output, and the question that can follow it.
_HEADERS = ("New Terminal Output:\n", "Current Terminal Screen:\n")
_QUESTION = "\n\nAre you sure you want to mark the task as complete?"


def render_turns(messages: Sequence[Row]) -> str:
    """Return the HTML of the turns. What is beyond the page's bound is counted only."""
    if not messages:
        return ""
    parts = [_first_screen(messages[0]["content"])]
    left = TRAJECTORY_CHARACTERS
    for place, message in enumerate(messages[1:], 1):
        left -= min(len(message["content"]), _TEXTS * TEXT_CHARACTERS)
        if left < 0:
            more = len(messages) - place
            parts.append(f"<p class=rest>{more} more messages are in the corpus.</p>")
            break
        assistant = message["role"] == "assistant"
        parts.append(_turn(message["content"]) if assistant else _reply(message["content"]))
    return "".join(parts)


def text_block(text: str, kind: str = "") -> str:
    """Return a block of text as it is, without the middle where it is long."""
    # Screens end in as many blank lines as the terminal has below the prompt.
    named = f' class="{kind}"' if kind else ""
    return f"<pre{named}>{escape(_cut(text.rstrip()))}</pre>"


def _cut(text: str) -> str:
    if len(text) <= TEXT_CHARACTERS:
        return text
    half = TEXT_CHARACTERS // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} more characters …\n{text[-half:]}"


def _first_screen(prompt: str) -> str:
    """Return the screen that the prompt ends with."""
    place, header = max((prompt.rfind(header), header) for header in _HEADERS)
    if place < 0:
        return ""
    return f'<div class="screen">{text_block(prompt[place + len(header) :], "whole")}</div>'


def _reply(content: str) -> str:
    """Return what the harness answered: a screen, and what it said before and after."""
    place, header = min(
        ((content.find(header), header) for header in _HEADERS if header in content),
        default=(-1, ""),
    )
    if place < 0:
        return f'<div class="screen">{text_block(content, "note")}</div>'
    before = content[: place + len(header)]
    screen, question, rest = content[len(before) :].partition(_QUESTION)
    kind = "new" if header == _HEADERS[0] else "whole"
    return (
        f'<div class="screen"><p class="note">{escape(_cut(before.strip()))}</p>'
        f"{text_block(screen, kind)}"
        + (f'<p class="note">{escape(_cut((question + rest).strip()))}</p>' if question else "")
        + "</div>"
    )


def _turn(content: str) -> str:
    thought = _THINK.search(content)
    body = _THINK.sub("", content)
    parts = []
    if thought:
        parts.append(f'<p class="think">{escape(_cut(thought[1].strip()))}</p>')
    response = _response(body)
    if response is None:
        return f'<div class="turn">{"".join(parts)}{text_block(body)}</div>'
    for key in ("analysis", "plan"):
        text = escape(_cut(str(response.get(key, ""))))
        parts.append(f'<p class="said"><b>{key}</b> {text}</p>')
    keys = "".join(str(command.get("keystrokes", "")) for command in response["commands"])
    if keys:
        parts.append(f'<pre class="keys">{escape(_cut(keys))}</pre>')
    if response.get("task_complete"):
        parts.append('<p class="done">task complete</p>')
    return f'<div class="turn">{"".join(parts)}</div>'


def _response(body: str) -> Row | None:
    """Return a response of the protocol, None when the text is none."""
    try:
        response = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(response, dict) or not isinstance(response.get("commands"), list):
        return None
    return response if all(isinstance(each, dict) for each in response["commands"]) else None
