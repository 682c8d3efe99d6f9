"""Filters: each is a column of the corpus first, and a removal only when the config says so.

``measure`` gives the columns that one trajectory yields by itself; dedup and decontamination add
theirs. ``FILTERS`` says which rows a filter objects to; it removes them only when ``corpus.drop``
names it. Published results disagree on which filters help (dropping failed or incomplete
trajectories lost accuracy in one study), so every row carries the values, and another choice
needs no new build.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from shellwright.corpus.turns import assistant_turns

BYTES_PER_TOKEN = 3.74
"""Mean UTF-8 bytes of a token (a 32k BPE on terminal text): what makes ``tokens`` an estimate."""

REPETITION_LIMIT = 0.5
MALFORMED_LIMIT = 0.5
FOREIGN_LIMIT = 0.1

_NAMES = (
    "ChatGPT|GPT-?[345][\\w.]*|Claude|Gemini|DeepSeek|Qwen|Llama|Mistral|Kimi|GLM|MiniMax|Grok|"
    "Copilot"
)
_VENDORS = "OpenAI|Anthropic|Google|Alibaba|Meta|Mistral AI|Moonshot|Zhipu|xAI|Microsoft"
_IDENTITY = re.compile(
    rf"\b(?:I am|I'm|my name is|call me|this is|as|acting as)\s+(?:an?\s+|the\s+)?(?:{_NAMES})\b"
    rf"|\b(?:made|trained|created|developed|built)\s+by\s+(?:{_VENDORS})\b"
    r"|\b(?:as|I am|I'm)\s+an?\s+(?:AI\s+)?(?:large\s+)?language\s+model\b"
    r"|\bas\s+an\s+AI\s+(?:assistant|model)\b"
    r"|\bDeepSeek\b|\bQwen\b|\bhosted_vllm\b",
    re.IGNORECASE,
)
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_BEYOND_LATIN = re.compile("[\u0370-\u1dff\u2c00-\ua6ff\ua800-\uab2f\uabc0-\ufaff\ufb1d-\ufdff]")
# How the protocol introduces what the terminal showed; only the harness writes it.
_OBSERVATION = re.compile(r"^(?:New Terminal Output:|Current Terminal Screen:)", re.MULTILINE)


MEASURES: dict[str, pl.DataType] = {
    "passed_share": pl.Float64(),
    "complete": pl.Boolean(),
    "assistant_turns": pl.Int64(),
    "malformed_turns": pl.Int64(),
    "repetition": pl.Float64(),
    "names_model": pl.Boolean(),
    "cjk": pl.Boolean(),
    "foreign_share": pl.Float64(),
    "fakes_output": pl.Boolean(),
    "n_chars": pl.Int64(),
    "tokens": pl.Int64(),
}
"""The columns that ``measure`` gives, with their types."""


def measure(row: dict[str, Any], messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the columns that a trajectory row yields by itself, given its ``messages``.

    ``passed_share``: tests passed / all tests, 0 without tests. ``complete``: the last two turns
    both declare the task complete, as the protocol's double confirmation wants. ``repetition``:
    share of the assistant's lines that repeat an earlier one. ``n_chars``: characters of all
    messages. ``tokens``: their UTF-8 bytes / 3.74, an estimate.
    """
    turns = assistant_turns(messages)
    text = "\n".join(turn.text for turn in turns)
    total = row["tests_total"] or 0
    size = sum(len(message["content"].encode("utf-8", "replace")) for message in messages)
    return {
        "passed_share": (row["tests_passed"] or 0) / total if total else 0.0,
        "complete": len(turns) >= 2 and all(turn.task_complete for turn in turns[-2:]),
        "assistant_turns": len(turns),
        "malformed_turns": sum(turn.malformed for turn in turns),
        "repetition": repeated_share([line for turn in turns for line in turn.lines()]),
        "names_model": _IDENTITY.search(text) is not None,
        "cjk": _CJK.search(text) is not None,
        "foreign_share": foreign_share(text),
        "fakes_output": _OBSERVATION.search(text) is not None,
        "n_chars": sum(len(message["content"]) for message in messages),
        "tokens": round(size / BYTES_PER_TOKEN),
    }


def repeated_share(lines: Sequence[str]) -> float:
    """Return the share of ``lines`` that repeat an earlier line; 0 without lines."""
    return 1 - len(set(lines)) / len(lines) if lines else 0.0


def foreign_share(text: str) -> float:
    """Return the share of the letters of ``text`` that no Latin script has; 0 without letters."""
    if text.isascii():
        return 0.0
    beyond = len(_BEYOND_LATIN.findall(text))
    return beyond / len(_LETTER.findall(text)) if beyond else 0.0


EXCLUDED: dict[str, tuple[str, Callable[[dict[str, Any]], bool]]] = {
    "infrastructure": (
        "the environment failed, not the agent",
        lambda row: row["cause"] == "infrastructure",
    ),
    "unverified": (
        "the task passed too few gates for any tier",
        lambda row: row["tier"] not in ("sft", "rl"),
    ),
    "empty": ("the agent took no turn", lambda row: row["assistant_turns"] == 0),
}
"""What is no trajectory of a verified task at all, whatever the config says: reason -> (what it
means, whether it holds for a row)."""

FILTERS: dict[str, tuple[str, Callable[[dict[str, Any]], bool]]] = {
    "contaminated": ("overlaps with a benchmark", lambda row: bool(row["contaminated_by"])),
    "malformed": (
        f"more than {MALFORMED_LIMIT:.0%} of the agent's turns are malformed",
        lambda row: row["malformed_turns"] > MALFORMED_LIMIT * row["assistant_turns"],
    ),
    "identity_leak": ("the agent says which model it is", lambda row: bool(row["names_model"])),
    "foreign": (
        f"the agent writes CJK, or more than {FOREIGN_LIMIT:.0%} of its letters are not Latin",
        lambda row: bool(row["cjk"]) or row["foreign_share"] > FOREIGN_LIMIT,
    ),
    "repetitive": (
        f"more than {REPETITION_LIMIT:.0%} of the agent's lines repeat an earlier one",
        lambda row: row["repetition"] > REPETITION_LIMIT,
    ),
    "fabricated": (
        "the agent writes terminal output that it never saw",
        lambda row: bool(row["fakes_output"]),
    ),
    "duplicate": (
        "the agent's text, or the task, stands in another row",
        lambda row: row["duplicate_of"] is not None or row["duplicate_task_of"] is not None,
    ),
    "overlong": (
        "more tokens than corpus.tokens.max",
        lambda row: row["tokens"] > row["token_limit"],
    ),
    "incomplete": ("completion was not confirmed twice", lambda row: not row["complete"]),
    "unsuccessful": ("the reward is not the highest one", lambda row: not row["success"]),
}
"""Filter -> (what it means, whether it objects to a row). The order is that of the funnel: a row
counts under the first filter that removes it."""


def objections(row: dict[str, Any]) -> dict[str, bool]:
    """Return one column per filter: whether it objects to ``row``."""
    return {name: objects(row) for name, (_, objects) in FILTERS.items()}


def excluded(row: dict[str, Any]) -> str | None:
    """Return why ``row`` is no trajectory of a verified task, None when it is one."""
    return next((reason for reason, (_, holds) in EXCLUDED.items() if holds(row)), None)
