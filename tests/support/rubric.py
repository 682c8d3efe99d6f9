"""Answers of a judge of the rubric, for the hand-written task."""

import json
from typing import Any

from tests.support.model_server import Step, ok

from shellwright.rubric.criteria import CRITERIA

ASKED = "Put the distinct names of /app/in/names.txt in order"
TESTED = 'text_equals(path="/app/n", expected="n")'


def scores(**changes: Any) -> dict[str, Any]:
    """Return an answer that agrees in everything; `changes` replace fields by criterion."""
    quotes = {"instruction": ASKED, "tests": TESTED}
    return {
        criterion.name: {
            "reason": "It is so.",
            "quote": quotes[criterion.source],
            "score": 5,
            **changes.get(criterion.name, {}),
        }
        for criterion in CRITERIA
    }


def says(**changes: Any) -> Step:
    """A step of the model server that gives the answer of `scores`."""
    return ok(json.dumps(scores(**changes)))
