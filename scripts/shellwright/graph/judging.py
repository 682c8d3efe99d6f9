"""Judgements: what is asked about scenarios and transitions, the answers, and their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from shellwright.digest import digest
from shellwright.graph.clusters import Cluster
from shellwright.graph.states import agree, holding

Row = dict[str, Any]
Step = Literal["align", "ground", "triple"]

PROCEDURAL = "procedural"


@dataclass(frozen=True)
class Judgement:
    """An answer: whether it holds, who says so (`procedural` or a model) and why."""

    accepted: bool
    judge: str
    reason: str


class Other(NamedTuple):
    """Another `b` that got the same answer: its id, its similarity and its text."""

    b: str
    similarity: float
    text: str


#: Says of every pair of a post and a pre cluster, with its similarity, whether what the one
#: leaves is what the other needs. Answers come in the order of the questions.
Judge = Callable[[Sequence[tuple[Cluster, Cluster, float]]], list[Judgement]]

_MET = Judgement(True, PROCEDURAL, "same kind, all that is asked for is given, similar texts")
_KINDS = Judgement(False, PROCEDURAL, "different kinds")
_STATES = Judgement(False, PROCEDURAL, "their states differ, what goes unsaid being as usual")
_MORE = Judgement(False, PROCEDURAL, "more is asked for than is given")


def meets(post: Cluster, pre: Cluster) -> bool:
    """Whether a post cluster gives all that a pre cluster of its kind asks for."""
    return post.kind == pre.kind and holding(pre.state) <= holding(post.state)


def procedural_judge(threshold: float) -> Judge:
    """The judge that needs no model: same kind, all given that is asked, similar enough."""
    far = Judgement(False, PROCEDURAL, f"similarity below {threshold:g}")

    def judge(pairs: Sequence[tuple[Cluster, Cluster, float]]) -> list[Judgement]:
        return [_verdict(post, pre, similarity) for post, pre, similarity in pairs]

    def _verdict(post: Cluster, pre: Cluster, similarity: float) -> Judgement:
        if post.kind != pre.kind:
            return _KINDS
        if similarity < threshold:
            return far
        if meets(post, pre):
            return _MET
        return _MORE if agree([*post.state, *pre.state]) else _STATES

    return judge


def row(
    step: Step,
    a: str,
    b: str,
    similarity: float | None,
    judgement: Judgement,
    evidence: str,
    skill: str | None = None,
    others: Sequence[Other] = (),
) -> Row:
    """A row of the `judgement` table, for `b` and for whatever `others` got the same answer."""
    return {
        "id": digest([step, a, b, skill])[:16],
        "step": step,
        "a": a,
        "b": b,
        "skill": skill,
        "similarity": None if similarity is None else round(similarity, 4),
        "verdict": "accepted" if judgement.accepted else "rejected",
        "judge": judgement.judge,
        "reason": judgement.reason,
        "evidence": evidence,
        "others": [other.b for other in others],
        "other_similarities": [round(other.similarity, 4) for other in others],
        "other_texts": [other.text for other in others],
    }
