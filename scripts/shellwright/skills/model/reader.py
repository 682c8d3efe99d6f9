"""A reader of skills that asks a model: the four filters and the scenarios."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shellwright.digest import digest
from shellwright.skills.document import Document, Sketch, Verdict
from shellwright.skills.filters.judge import judge
from shellwright.skills.found import FoundSkill
from shellwright.skills.model.infer import infer_version, infer_with_model
from shellwright.skills.model.judge import combine, judge_version, judge_with_model
from shellwright.skills.scenarios.infer import infer
from shellwright.skills.scenarios.vocabulary import VOCABULARY
from shellwright.skills.scraped import Reader
from shellwright.store.stage import ItemFailed
from shellwright.teacher.openai.interface import ShapedClient
from shellwright.teacher.openai.structured import NoUsableAnswer


def model_reader(
    code: str, identity: Mapping[str, Any], client: ShapedClient, attempts: int
) -> Reader:
    """The reader that asks `client`, whose answers depend on `identity`, and at most `attempts`
    times for each of them.

    A skill that the procedural judge finds unsafe is not shown to the model: where it is used all
    the same, its scenarios are told without one. A skill for which the
    model gives no usable answer is an item that failed.
    """
    words = {kind: dict(each.attributes) for kind, each in VOCABULARY.items()}

    def filters(found: FoundSkill, document: Document) -> list[Verdict]:
        own = judge(found, document)
        if _unsafe(own):
            return own
        try:
            return combine(own, judge_with_model(document, client, attempts=attempts))
        except NoUsableAnswer as error:
            raise ItemFailed("no-usable-answer", str(error)) from error

    def scenarios(found: FoundSkill, document: Document) -> tuple[list[Sketch], list[Sketch]]:
        if _unsafe(judge(found, document)):
            return infer(document)
        try:
            return infer_with_model(document, client, words, attempts=attempts)
        except NoUsableAnswer as error:
            raise ItemFailed("no-usable-answer", str(error)) from error

    key = digest([code, dict(identity), judge_version(), infer_version()])
    return Reader(key, filters, scenarios)


def _unsafe(verdicts: Iterable[Verdict]) -> bool:
    return any(verdict.filter == "safe" and not verdict.passed for verdict in verdicts)
