"""The schemas, and the checker compiled from them, held against the reference implementation."""

from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shellwright import schema
from shellwright.schema import SchemaError, compiled

FILES = sorted(schema.SCHEMAS.glob("*.schema.yaml"))
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2},
        "kind": {"type": ["string", "null"], "enum": ["a", "b", None]},
        "size": {"type": "integer", "minimum": 1, "maximum": 9},
        "share": {"type": ["number", "null"], "exclusiveMinimum": 0},
        "flag": {"type": "boolean"},
        "list": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": ["integer", "null"]},
        },
        "block": {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "propertyNames": {"pattern": "^x"},
        },
    },
}
CHECK = compiled(SCHEMA, "test")
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 12)
    | st.sampled_from(["", "a", "b", "ab", "A", "x1", 0.5, -0.5])
)
VALUES = st.dictionaries(
    st.sampled_from([*SCHEMA["properties"], "other"]),
    LEAVES
    | st.lists(LEAVES, max_size=3)
    | st.dictionaries(st.sampled_from(["x", "y"]), LEAVES, max_size=2),
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_schema_is_one_by_its_own_standard(file: Any) -> None:
    document = yaml.safe_load(file.read_text())
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["title"] == file.name.removesuffix(".schema.yaml")
    jsonschema.Draft202012Validator.check_schema(document)
    schema.checker(document["title"])


@given(LEAVES | VALUES)
def test_the_checker_decides_as_the_standard_does(value: Any) -> None:
    assert (CHECK(value) == []) == jsonschema.Draft202012Validator(SCHEMA).is_valid(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.0])
def test_numbers_that_a_table_could_not_hold_are_refused(value: float) -> None:
    kind = "integer" if value == 1.0 else "number"
    assert compiled({"type": kind}, "test")(value)


def test_bytes_are_a_string_of_their_encoding() -> None:
    check = compiled({"type": "string", "contentEncoding": "base64"}, "test")
    assert check(b"\x00") == []
    assert check("AA==")


def test_every_problem_is_found_with_its_place() -> None:
    problems = CHECK({"kind": "c", "list": [1, "x"]})
    assert [problem.key for problem in problems] == ["name", "kind", "list[1]"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"type": "string", "format": "date"}, "'format' is not understood"),
        ({"description": "no type"}, "without a type"),
        ({"type": "object", "properties": {"a": {"type": "text"}}}, "test: a: a property without"),
    ],
)
def test_what_is_not_understood_is_refused(document: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        compiled(document, "test")


def test_references_are_followed() -> None:
    here = schema.load("trajectory")["properties"]["reward"]
    assert schema.load("corpus")["properties"]["reward"] == here
