"""The rubric gate of one shard: its verdicts, completed by what a model says of the tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shellwright.digest import canonical, digest
from shellwright.rubric.criteria import CRITERIA, Score
from shellwright.rubric.judge import judge_task, question, rubric_version
from shellwright.rubric.material import material
from shellwright.store import Item, ItemFailed, ItemStore, run_items
from shellwright.teacher.openai.interface import ShapedClient
from shellwright.teacher.openai.settings import Settings
from shellwright.teacher.openai.structured import NoUsableAnswer

Row = dict[str, Any]
GATE = "rubric"
UNDECIDED = "rubric-undecided"


@dataclass(frozen=True)
class Judge:
    """Who judges: the model's settings, the client that asks it, and the least score to pass."""

    settings: Settings
    client: ShapedClient
    least_score: int


def judge_shard(
    tasks: Sequence[Mapping[str, Any]],
    verdicts: Sequence[Row],
    judge: Judge,
    store: ItemStore,
    *,
    code: str,
    label: str,
) -> list[Row]:
    """Return the verdicts of a shard with the rubric gate added, in their order.

    `tasks` are the tasks of the verdicts, in the same order; those that are rejected already are
    not judged. `code` is the digest of the code behind the judging. Raises what the client raises:
    an endpoint without an answer stops the build and decides no task.
    """
    items = []
    for task, verdict in zip(tasks, verdicts, strict=True):
        if verdict["tier"] == "rejected":
            continue
        asked = question(material(task))
        # Not the task's digest: a solution that is mended leaves what was said about the rest.
        parts = [asked.system, asked.user, asked.shape.content(), asked.prompt_version]
        key = digest([*parts, judge.settings.identity, code])
        items.append(Item(task["id"], key, asked))

    def make(item: Item) -> Row:
        try:
            scores = judge_task(item.payload, judge.client, judge.settings.attempts)
        except NoUsableAnswer as error:
            raise ItemFailed(UNDECIDED, "; ".join(error.problems)) from error
        return {"id": item.id, "scores": [score.plain() for score in scores], "problem": None}

    outcome = run_items(
        items,
        make,
        store,
        workers=judge.settings.concurrency,
        label=label,
        failed_row=lambda item, reason: {"id": item.id, "scores": [], "problem": reason},
    )
    judged = {row["id"]: row for row in outcome.rows}
    return [_completed(verdict, judged.get(verdict["id"]), judge) for verdict in verdicts]


def _completed(verdict: Row, judged: Row | None, judge: Judge) -> Row:
    """Return a verdict with the gate; a task that fails it is fit for fine-tuning and no more."""
    gate = _gate(judged, judge)
    if gate["outcome"] == "fail":
        # A reason that is there already is that of an earlier gate, which comes first.
        verdict = {**verdict, "tier": "sft", "reason": verdict["reason"] or gate["reason"]}
    return {**verdict, "gates": [*verdict["gates"], gate]}


def _gate(judged: Row | None, judge: Judge) -> Row:
    if judged is None:
        return _entry("skip", "the task is rejected", {})
    evidence = {
        "judge": judge.client.model,
        "prompt": rubric_version(),
        "least_score": judge.least_score,
        "scores": judged["scores"],
    }
    if judged["problem"] is not None:
        return _entry("fail", judged["problem"], evidence)
    scores = {each["criterion"]: Score.of_plain(each) for each in judged["scores"]}
    for criterion in CRITERIA:
        found = scores[criterion.name]
        if found.score < judge.least_score:
            detail = f"score {found.score} of 5: {found.reason} (at: {found.quote})"
            return _entry("fail", f"{criterion.reason}: {detail}", evidence)
    return _entry("pass", None, evidence)


def _entry(outcome: str, reason: str | None, evidence: Row) -> Row:
    text = canonical(evidence).decode("utf-8", "replace")
    return {"gate": GATE, "outcome": outcome, "reason": reason, "evidence_json": text}
