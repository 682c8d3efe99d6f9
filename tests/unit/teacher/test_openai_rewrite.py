"""Rewriting an instruction: what the model is told, what becomes of its answers."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.model_client import FakeModel, client
from tests.support.model_server import Exchange, ModelServer, error, ok

from shellwright.digest import canonical
from shellwright.teacher.openai.backcheck import length_bounds
from shellwright.teacher.openai.failures import EndpointError
from shellwright.teacher.openai.interface import Completion, Usage
from shellwright.teacher.openai.prompts import load_prompt
from shellwright.teacher.openai.rewrite import (
    RewriteRequest,
    rewrite_instruction,
    rewrite_prompt,
    voice_of,
)

INSTRUCTION = (
    "The dispatch desk needs a hand. `/srv/in.csv` holds the shipments. Count them for each `depot`"
    " and write the counts to `/srv/out.csv`, largest first.\n"
)
GOOD = (
    "Shipments are listed in `/srv/in.csv`. For the dispatch desk, `/srv/out.csv` has to say how"
    " many there are for each `depot`, the largest count first."
)
BAD = GOOD.replace("/srv/out.csv", "/srv/result.csv")
REQUEST = RewriteRequest(
    task_id="task-1",
    instruction=INSTRUCTION,
    facts=["/srv/in.csv", "depot", "/srv/out.csv"],
    tools=["sort", "uniq"],
    attempts=3,
)


def test_an_accepted_rewrite_is_used_and_told_in_the_lineage() -> None:
    model = FakeModel([f"  {GOOD}\r\n\r\n"])
    result = rewrite_instruction(REQUEST, model)
    assert result.instruction == GOOD + "\n"
    assert result.lineage() == {
        "teacher": "openai",
        "model": "fake-model",
        "prompt_version": rewrite_prompt().version,
        "voice": voice_of("task-1", rewrite_prompt()),
        "accepted": True,
        "attempts": 1,
        "reason": "",
        "rejections": [],
    }


def test_the_model_is_told_the_voice_the_facts_and_the_bounds() -> None:
    model = FakeModel([GOOD])
    rewrite_instruction(REQUEST, model)
    system, user = model.asked[0]
    assert (system["role"], user["role"]) == ("system", "user")
    shortest, longest = length_bounds(INSTRUCTION.strip())
    assert f"between {shortest} and {longest} characters" in system["content"]
    assert voice_of("task-1", rewrite_prompt()) in user["content"]
    assert "/srv/in.csv\ndepot\n/srv/out.csv" in user["content"]
    assert user["content"].endswith(INSTRUCTION.strip())
    assert "$" not in system["content"] + user["content"]


def test_a_rejected_rewrite_comes_back_with_what_is_wrong() -> None:
    model = FakeModel(["Sure!", BAD, GOOD])
    result = rewrite_instruction(REQUEST, model)
    assert (result.accepted, result.attempts) == (True, 3)
    assert result.instruction == GOOD + "\n"
    opening = model.asked[0]
    assert model.asked[1][:2] == opening
    # The last answer only: what was wrong before it is put right or told again.
    assert [message["role"] for message in model.asked[2]] == [
        "system",
        "user",
        "assistant",
        "user",
    ]
    assert model.asked[2][2]["content"] == BAD
    told = model.asked[2][3]["content"]
    assert "This fact is not in it exactly as given: /srv/out.csv" in told
    assert "This path is not in the request: /srv/result.csv" in told
    kinds = [[text.split(":")[0] for text in each] for each in result.lineage()["rejections"]]
    assert "too_short" in kinds[0]
    assert kinds[1] == ["missing_fact", "new_path", "new_quotation"]


def test_after_the_last_attempt_the_instruction_stays_and_the_lineage_says_why() -> None:
    result = rewrite_instruction(REQUEST, FakeModel([BAD, BAD, BAD]))
    assert result.instruction == INSTRUCTION
    lineage = result.lineage()
    assert (lineage["accepted"], lineage["attempts"]) == (False, 3)
    assert lineage["reason"] == "missing_fact, new_path, new_quotation"
    assert len(lineage["rejections"]) == 3
    assert json.loads(canonical(lineage)) == lineage


@pytest.mark.parametrize(
    ("finish", "kind"), [("length", "cut_off"), ("content_filter", "filtered")]
)
def test_a_text_without_its_end_is_not_used_however_good(finish: str, kind: str) -> None:
    cut = Completion(GOOD, Usage(1, 1), cached=False, latency=0.0, finish=finish)
    result = rewrite_instruction(replace(REQUEST, attempts=1), FakeModel([cut]))
    assert (result.accepted, result.reason) == (False, kind)


def test_after_an_empty_answer_no_empty_message_is_sent() -> None:
    model = FakeModel([" \n", GOOD])
    assert rewrite_instruction(REQUEST, model).accepted
    system, user = model.asked[1]
    assert (system["role"], user["role"]) == ("system", "user")
    assert user["content"].startswith(model.asked[0][1]["content"])
    assert "There is no text." in user["content"]


def test_a_flood_is_sent_back_cut_and_recorded_short() -> None:
    model = FakeModel(["`/x_y/z` " * 10_000, GOOD])
    result = rewrite_instruction(REQUEST, model)
    assert len(model.asked[1][2]["content"]) < 1000
    assert result.lineage()["rejections"] == [
        [f"too_long: 89999 characters, at most {length_bounds(INSTRUCTION.strip())[1]} are allowed"]
    ]


def test_the_same_bad_answer_twice_is_still_followed_by_a_new_request(tmp_path: Path) -> None:
    with ModelServer(ok(BAD), ok(BAD), ok(GOOD)) as server, client(server.base_url, tmp_path) as m:
        assert rewrite_instruction(REQUEST, m).attempts == server.count == 3


def test_no_model_is_asked_when_a_fact_is_not_in_the_instruction() -> None:
    model = FakeModel([])
    result = rewrite_instruction(replace(REQUEST, facts=["/srv/in.csv", "/nowhere"]), model)
    assert (result.instruction, result.attempts) == (INSTRUCTION, 0)
    assert result.lineage()["reason"] == "fact_not_in_instruction: /nowhere"


def test_an_instruction_with_template_signs_is_sent_as_it_is() -> None:
    original = "Print $HOME and ${x} and $$ and {y}, 100%, to `/srv/out`."
    model = FakeModel(["No."])
    rewrite_instruction(
        RewriteRequest("t", original, ["/srv/out"], [], attempts=1),
        model,
    )
    assert model.asked[0][1]["content"].endswith(original)


def test_voices_are_spread_and_a_new_one_changes_few_tasks() -> None:
    prompt = rewrite_prompt()
    voices = prompt.lines("voices")
    tasks = [f"task-{number}" for number in range(800)]
    drawn = {task: voice_of(task, prompt) for task in tasks}
    counts = Counter(drawn.values())
    assert set(counts) == set(voices)
    assert max(counts.values()) < 3 * 800 / len(voices)
    more = replace(prompt, texts={**prompt.texts, "voices": "\n".join([*voices, "a new voice"])})
    changed = {task for task in tasks if voice_of(task, more) != drawn[task]}
    assert {voice_of(task, more) for task in changed} == {"a new voice"}
    assert len(changed) < 3 * 800 / len(voices)


def test_the_version_of_a_prompt_changes_with_any_of_its_texts(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "system.txt").write_text("Say $what.\n")
    first = load_prompt("p", tmp_path)
    (folder / "notes.md").write_text("not a text of the prompt")
    assert load_prompt("p", tmp_path) == first
    assert first.fill("system", what="$x") == "Say $x."
    with pytest.raises(KeyError):
        first.fill("system")
    (folder / "system.txt").write_text("Say  $what.\n")
    second = load_prompt("p", tmp_path)
    assert second.version != first.version
    assert second.version.startswith("p@")


def answering(*texts: str) -> Callable[[Exchange], None]:
    """Answer by how often the conversation has been corrected, as a model would."""

    def step(exchange: Exchange) -> None:
        corrections = len(exchange.seen.body["messages"]) // 2 - 1
        ok(texts[corrections])(exchange)

    return step


def test_the_whole_way_over_http_and_again_from_the_store(tmp_path: Path) -> None:
    with ModelServer(error(503), default=answering(BAD, GOOD)) as server:
        with client(server.base_url, tmp_path) as model:
            first = rewrite_instruction(REQUEST, model)
            assert server.count == 3
            assert {(t.purpose, t.outcome, t.calls) for t in model.ledger.totals()} == {
                ("rewrite_instruction", "ok", 2),
                ("rewrite_instruction", "server_error", 1),
            }
        with client(server.base_url, tmp_path, replay=True) as model:
            second = rewrite_instruction(REQUEST, model)
        assert server.count == 3
    assert first.accepted
    # Nothing in the result tells whether an answer was paid for or stored.
    assert first == second


def test_a_failing_endpoint_stops_the_build_instead_of_deciding_a_task(tmp_path: Path) -> None:
    with (
        ModelServer(default=error(500)) as server,
        client(server.base_url, tmp_path, retries=1) as model,
        pytest.raises(EndpointError),
    ):
        rewrite_instruction(REQUEST, model)
