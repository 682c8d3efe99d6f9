"""The same cases to Harbor 0.25.0 and to us: parser, observations, ATIF, exported conversation."""

import json
import random
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from shellwright.trajectories.atif import document
from shellwright.trajectories.episode import Episode, Limits, run_episode
from shellwright.trajectories.policy import Action, Usage
from shellwright.trajectories.protocol import parse

from .asking import ask_harbor
from .cases import RESPONSES, responses, written
from .scripted import PROMPT, ScriptedPolicy, ScriptedSession

INSTRUCTION = "Count the {lines} of /app/in.txt.\n"


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Always the same examples of a strategy."""
    examples: list[Any] = []

    @seed(20)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: Any) -> None:
        examples.append(example)

    collect()
    return examples


def without_order_of_unknown_fields(text: str) -> str:
    """Harbor lists unknown fields in the order of a set, which differs from run to run."""
    lines = []
    for line in text.split("\n"):
        head, mark, names = line.partition(": Unknown fields: ")
        lines.append(head + mark + "".join(sorted(names)))
    return "\n".join(lines)


def without_words_of_json(error: str) -> str:
    """The words for broken JSON are those of a Python version, and Harbor has one of its own."""
    return re.sub(r"(Invalid JSON: ).*?( \| Content: )", r"\1...\2", error, flags=re.DOTALL)


def test_the_parser_agrees() -> None:
    cases = [case for case in (*RESPONSES, *drawn(responses(), 3000)) if is_text(case)]
    for case, theirs in zip(cases, ask_harbor("parse", cases), strict=True):
        ours = parse(case)
        if "raised" in theirs:
            continue  # ours never raises; test_protocol says what it does instead
        if any(not 0 <= seconds <= 60 for _, seconds in theirs["commands"]):
            continue  # a negative duration and NaN, which Harbor passes on
        assert [[one.keystrokes, one.duration] for one in ours.commands] == theirs["commands"], case
        assert ours.task_complete == theirs["task_complete"], case
        assert without_words_of_json(ours.error) == without_words_of_json(theirs["error"]), case
        expected = without_order_of_unknown_fields(theirs["warning"])
        assert without_order_of_unknown_fields(ours.warning_text) == expected, case


def is_text(value: str) -> bool:
    """Whether it can be passed on as UTF-8."""
    return not any(0xD800 <= ord(char) < 0xE000 for char in value)


def terminal(rng: random.Random, turns: int) -> list[tuple[str, str]]:
    """Captures of a terminal that is used, cleared, flooded and left alone."""
    lines, captures = [PROMPT], []
    for _ in range(turns + 1):
        rows = lines + [""] * (40 - len(lines))
        buffer = "\n".join(rows) + "\n"
        captures.append(("\n".join(rows[-40:]) + "\n", buffer))
        kind = rng.randrange(8)
        if kind == 0:
            lines = [PROMPT]
        elif kind == 1:
            lines = ["" for _ in range(rng.randrange(1, 3))]
        elif kind == 2:
            width = rng.choice([10, 200])
            lines[-1] += " cat big"
            lines += ["é→" * width for _ in range(rng.randrange(400))] + [PROMPT]
        elif kind > 3:
            lines[-1] += " ls"
            lines += [f"file{number}" for number in range(rng.randrange(60))] + [PROMPT]
    return captures


def loop_cases() -> list[dict[str, Any]]:
    """Scripts of responses and captures, which end when the responses do."""
    rng = random.Random(7)
    cases = []
    for _ in range(150):
        script = [
            rng.choice(
                [
                    written(),
                    written(commands=[{"keystrokes": "ls\n"}]),
                    written(task_complete=True),
                    written(task_complete=True, commands=[{"keystrokes": "ls\n"}]),
                    "not json at all",
                    "Text first. " + written(commands=[{"keystrokes": "ls"}]),
                    "Text first. " + written(task_complete="yes", commands=[]),
                    "Text first. " + written(plan=...),
                ]
            )
            for _ in range(rng.randrange(1, 9))
        ]
        captures = terminal(rng, len(script))
        cases.append({"instruction": INSTRUCTION, "responses": script, "captures": captures})
    return cases


def play(case: dict[str, Any], template: str) -> tuple[Episode, ScriptedSession]:
    """Our own loop over the same script."""
    session = ScriptedSession(case["captures"])
    episode = run_episode(
        session,
        ScriptedPolicy(case["responses"]),
        template=template,
        instruction=case["instruction"],
        limits=Limits(turns=len(case["responses"]), parse_errors=1000),
    )
    return episode, session


def test_the_loop_shows_the_same_observations() -> None:
    cases = loop_cases()
    for case, theirs in zip(cases, ask_harbor("loop", cases), strict=True):
        episode, session = play(case, theirs["template"])
        assert episode.prompt == theirs["prompt"]
        assert [turn.observation for turn in episode.turns] == theirs["observations"]
        assert [keys for keys, _ in session.sent] == theirs["sent"]


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    """ATIF documents of episodes with and without a model."""
    plain = [play(case, "{instruction}\n{terminal_state}")[0] for case in loop_cases()[:20]]
    priced = Usage(prompt_tokens=100, completion_tokens=20, cached_tokens=3, cost_usd=0.01)
    modelled = run_episode(
        ScriptedSession(loop_cases()[0]["captures"] * 3),
        ScriptedPolicy([Action(written(), priced), Action("bad", Usage(prompt_tokens=5))]),
        template="{instruction}\n{terminal_state}",
        instruction="Do it.",
        limits=Limits(),
    )
    made = [document(one, trajectory_id="t-oracle-0", policy="oracle", model=None) for one in plain]
    made.append(document(modelled, trajectory_id="t-model-0", policy="model", model="a/b"))
    return made


def test_the_documents_are_valid(documents: list[dict[str, Any]]) -> None:
    assert ask_harbor("atif", documents) == [[] for _ in documents]


def test_an_invalid_document_is_told_apart(documents: list[dict[str, Any]]) -> None:
    broken = json.loads(json.dumps(documents[0]))
    broken["steps"][0]["metrics"] = {"prompt_tokens": 1}
    assert ask_harbor("atif", [broken]) != [[]]


def test_the_exporter_makes_our_conversation_of_them(documents: list[dict[str, Any]]) -> None:
    episodes = [play(case, "{instruction}\n{terminal_state}")[0] for case in loop_cases()[:20]]
    for episode, exported in zip(episodes, ask_harbor("export", documents[:20]), strict=True):
        assert episode.messages == exported
