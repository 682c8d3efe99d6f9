"""What goes without saying, and what is asked for."""

import pytest

from shellwright.graph.states import USUAL, agree, complete, holding
from shellwright.recipe.kinds import kinds


def test_what_is_not_said_is_as_usual_and_what_is_said_stays() -> None:
    assert dict(complete("table", (("condition", "padded"), ("format", "csv")))) == {
        "condition": "padded",
        "extent": "full",
        "format": "csv",
        "shape": "records",
    }


@pytest.mark.parametrize("kind", ["table", "log", "unheard"])
def test_a_complete_state_is_complete(kind: str) -> None:
    once = complete(kind, (("format", "csv"),))
    assert complete(kind, once) == once
    assert once == tuple(sorted(once))


def test_what_is_usual_of_typed_kinds_is_a_value_that_they_have() -> None:
    """But for what the typed ones do not tell, such as that an archive is whole."""
    for (kind, name), value in USUAL.items():
        starts = kinds()[kind].starts if kind in kinds() else []
        values = {start[name] for start in starts if name in start}
        assert not values or value in values, (kind, name)


def test_what_is_gone_gives_nothing() -> None:
    open_, removed = holding(()), holding((("condition", "removed"),))
    assert open_ <= holding((("condition", "running"),))
    assert not open_ <= removed
    assert removed <= removed


def test_states_agree_unless_an_attribute_has_two_values() -> None:
    csv, tsv, big = ("format", "csv"), ("format", "tsv"), ("size", "big")
    assert agree([csv, big, csv])
    assert not agree([csv, big, tsv])


def test_an_archive_holds_a_tree_unless_its_format_has_room_for_one_file() -> None:
    held = {form: dict(complete("archive", (("format", form),)))["holds"] for form in ("zip", "gz")}
    assert held == {"zip": "tree", "gz": "file"}


def test_what_is_not_said_to_be_missing_is_present() -> None:
    for kind in ("container", "entry", "model", "schedule"):
        present = complete(kind, (("condition", "present"),))
        assert complete(kind, ()) == present
        assert complete(kind, (("condition", "missing"),)) != present
