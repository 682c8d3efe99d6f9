"""The JSON Schemas of ``schemas/``: loading them, and checking values fast with messages a user can
act on.

A schema is compiled once into plain functions. The subset of JSON Schema 2020-12 that is understood
is the one the project's schemas use; any other keyword is refused when the schema is loaded, so
that no rule is silently skipped. Two points are stricter or wider than the standard, both for
tables: ``1.0`` is no integer, and NaN no number; bytes count as a string with ``contentEncoding:
base64``. ``x-words`` says in words what a ``pattern`` expects.
"""

import copy
import difflib
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"

Schema = dict[str, Any]
Place = tuple[str | int, ...]
_Check = Callable[[Any, Place, list["Problem"]], None]

_ANNOTATIONS = frozenset(
    {
        "$schema",
        "$id",
        "$comment",
        "title",
        "description",
        "default",
        "examples",
        "contentEncoding",
        "x-volatile",
        "x-words",
    }
)
_OBJECT = frozenset({"properties", "required", "additionalProperties", "propertyNames"})
_ARRAY = frozenset({"items", "minItems", "uniqueItems"})
_TEXT = frozenset({"pattern", "minLength"})
_NUMBER = frozenset({"minimum", "maximum", "exclusiveMinimum"})
_KNOWN = _ANNOTATIONS | _OBJECT | _ARRAY | _TEXT | _NUMBER | {"type", "enum"}
_SHOWN = 80
_FORM = "Write it in that form."
_CHOOSE = "Choose one of them."


class SchemaError(ValueError):
    """A file of ``schemas/`` uses a keyword or a reference that is not understood."""


@dataclass(frozen=True)
class Problem:
    """A thing that is wrong with a value: where, what was found, what was expected, what to do."""

    place: Place
    found: str
    expected: str
    remedy: str = ""

    @property
    def key(self) -> str:
        """The place as a reader writes it: ``skills.sources[0].path``."""
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.place)
        return text.lstrip(".") or "(the whole file)"

    def __str__(self) -> str:
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.key}: found {self.found}; expected {self.expected}.{remedy}"


def shown(value: Any) -> str:
    """Return ``value`` as a message shows it: one line, cut when it is long."""
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value)} bytes"
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


@cache
def _parsed(name: str) -> Schema:
    path = SCHEMAS / f"{name}.schema.yaml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    schema: Schema = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    return schema


def load(name: str) -> Schema:
    """Return the schema ``schemas/<name>.schema.yaml`` with every ``$ref`` replaced by what it
    points at. What stands beside a ``$ref`` counts in place of that; of ``properties``, each one.
    """
    schema: Schema = _expanded(_parsed(name), name)
    return schema


def _expanded(node: Any, name: str) -> Any:
    if isinstance(node, list):
        return [_expanded(part, name) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" not in node:
        return {key: _expanded(part, name) for key, part in node.items() if key != "$defs"}
    target, home = _target(node["$ref"], name)
    pointed = _expanded(target, home)
    own = _expanded({key: part for key, part in node.items() if key != "$ref"}, name)
    if "properties" in own:
        own["properties"] = {**pointed["properties"], **own["properties"]}
    return {**pointed, **own}


def _target(reference: str, name: str) -> tuple[Any, str]:
    file, _, pointer = reference.partition("#")
    home = file.removesuffix(".schema.yaml") or name
    node: Any = _parsed(home)
    for part in pointer.strip("/").split("/"):
        if not isinstance(node, dict) or part not in node:
            raise SchemaError(f"schemas/{name}.schema.yaml: $ref {reference} points at nothing")
        node = node[part]
    return node, home


@cache
def checker(name: str) -> Callable[[Any], list[Problem]]:
    """Return a function that lists the problems of a value under ``schemas/<name>.schema.yaml``."""
    return compiled(load(name), f"schemas/{name}.schema.yaml")


def compiled(schema: Schema, origin: str) -> Callable[[Any], list[Problem]]:
    """Return a function that lists the problems of a value; ``origin`` names the schema in errors.

    Raises SchemaError when the schema says something that this module does not understand.
    """
    check = _compile(schema, origin)

    def problems(value: Any) -> list[Problem]:
        found: list[Problem] = []
        check(value, (), found)
        return found

    return problems


def types_of(schema: Schema) -> list[str]:
    """Return the schema's types without ``null``."""
    given = schema.get("type", [])
    return [kind for kind in ([given] if isinstance(given, str) else given) if kind != "null"]


def nullable(schema: Schema) -> bool:
    """Tell whether null is a legal value."""
    return "null" in schema["type"] if isinstance(schema.get("type"), list) else False


def filled(schema: Schema, value: Any) -> Any:
    """Return ``value`` with the defaults of ``schema`` for every key that it leaves out."""
    if isinstance(value, dict) and "properties" in schema:
        for key, part in schema["properties"].items():
            if key not in value and "default" in part:
                value = {**value, key: copy.deepcopy(part["default"])}
        return {key: filled(schema["properties"].get(key, {}), part) for key, part in value.items()}
    if isinstance(value, list) and "items" in schema:
        return [filled(schema["items"], part) for part in value]
    return value


_ARTICLES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a block of keys",
    "null": "null",
}
_TESTS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: (
        isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    ),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, (list, tuple)),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def _compile(schema: Schema, origin: str) -> _Check:
    unknown = schema.keys() - _KNOWN
    if unknown:
        raise SchemaError(f"{origin}: keyword {sorted(unknown)[0]!r} is not understood")
    kinds = types_of(schema)
    if not kinds or not set(kinds) <= set(_TESTS):
        raise SchemaError(f"{origin}: a property without a type, or with an unknown one: {kinds}")
    tests = [_TESTS[kind] for kind in kinds]
    if "contentEncoding" in schema:
        tests = [lambda value: isinstance(value, bytes)]
    if nullable(schema):
        tests.append(_TESTS["null"])
    expected = " or ".join(
        _ARTICLES[kind] for kind in [*kinds, *(["null"] if nullable(schema) else [])]
    )
    inner = [
        part for part in (_values(schema), _object(schema, origin), _array(schema, origin)) if part
    ]

    def check(value: Any, place: Place, problems: list[Problem]) -> None:
        if not any(test(value) for test in tests):
            remedy = _retype(value, kinds, lambda other: any(test(other) for test in tests))
            problems.append(Problem(place, shown(value), expected, remedy))
        elif value is not None:
            for part in inner:
                part(value, place, problems)

    return check


def _retype(value: Any, kinds: list[str], fits: Callable[[Any], bool]) -> str:
    """Return the remedy for a value of the wrong type; ``fits`` tells whether one has the right."""
    if value is None:
        return "Remove the key to get its default."
    if kinds == ["array"] and not isinstance(value, dict):
        return f"Write a list, even of one: [{value}]."
    if isinstance(value, str) and fits(_read(value)):
        return f"Write it without quotes: {value}."
    return _FORM


def _read(text: str) -> Any:
    """What a text means in YAML without its quotes."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _values(schema: Schema) -> _Check | None:
    """The rules for single values: enumerations, bounds and patterns."""
    rules: list[tuple[Callable[[Any], bool], str, Callable[[Any], str]]] = []
    choices = schema.get("enum", [])
    if "enum" in schema:
        wanted = "one of " + ", ".join(map(shown, choices))
        rules.append(
            (choices.__contains__, wanted, lambda value: _nearest(value, choices) or _CHOOSE)
        )
    if "pattern" in schema:
        pattern = re.compile(schema["pattern"])
        words = schema.get("x-words", f"a text like {schema['pattern']}")
        rules.append((lambda value: pattern.search(value) is not None, words, lambda _: _FORM))
    if "minLength" in schema:
        least = schema["minLength"]
        words = "a text that is not empty"
        rules.append((lambda value: len(value) >= least, words, lambda _: _FORM))
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    if "minimum" in schema or "maximum" in schema:
        rules.append(
            (
                lambda value: low <= value <= high,
                bounds(schema),
                lambda value: (
                    f"Set it to {low} or more." if value < low else f"Set it to {high} or less."
                ),
            )
        )
    if "exclusiveMinimum" in schema:
        bound = schema["exclusiveMinimum"]
        above = f"more than {bound}"
        rules.append((lambda value: value > bound, above, lambda _: f"Set it to {above}."))
    if not rules:
        return None

    def check(value: Any, place: Place, problems: list[Problem]) -> None:
        problems.extend(
            Problem(place, shown(value), text, remedy(value))
            for rule, text, remedy in rules
            if not rule(value)
        )

    return check


def bounds(schema: Schema) -> str:
    """Return the bounds of a number in words."""
    if "maximum" not in schema:
        return f"{schema['minimum']} or more"
    if "minimum" not in schema:
        return f"{schema['maximum']} or less"
    return f"{schema['minimum']} to {schema['maximum']}"


def _object(schema: Schema, origin: str) -> _Check | None:
    if not _OBJECT & schema.keys():
        return None
    parts = {
        key: _compile(part, f"{origin}: {key}")
        for key, part in schema.get("properties", {}).items()
    }
    required = schema.get("required", [])
    more = schema.get("additionalProperties", True)
    others = _compile(more, f"{origin}: additionalProperties") if isinstance(more, dict) else None
    names = _values(schema.get("propertyNames", {}))

    def check(value: Any, place: Place, problems: list[Problem]) -> None:
        problems.extend(
            Problem((*place, key), "nothing", "a value", "Add the key.")
            for key in required
            if key not in value
        )
        for key, part in value.items():
            if key in parts:
                parts[key](part, (*place, key), problems)
            elif others is not None:
                others(part, (*place, key), problems)
            elif more is False:
                problems.append(_unknown(key, (*place, key), list(parts)))
            if names is not None:
                names(key, (*place, key), problems)

    return check


def _unknown(key: Any, place: Place, known: list[str]) -> Problem:
    remedy = _nearest(key, known) or "Remove the key."
    return Problem(place, "an unknown key", "one of " + ", ".join(known), remedy)


def _nearest(value: Any, known: list[Any]) -> str:
    near = difflib.get_close_matches(str(value), [str(name) for name in known], n=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def _array(schema: Schema, origin: str) -> _Check | None:
    if not _ARRAY & schema.keys():
        return None
    item = _compile(schema["items"], f"{origin}: items") if "items" in schema else None
    least = schema.get("minItems", 0)
    unique = schema.get("uniqueItems", False)

    def check(value: Any, place: Place, problems: list[Problem]) -> None:
        if len(value) < least:
            wanted = f"{least} {'entry' if least == 1 else 'entries'} or more"
            problems.append(Problem(place, shown(value), wanted, "Add what is missing."))
        if unique and len({json.dumps(part, sort_keys=True, default=repr) for part in value}) < len(
            value
        ):
            remedy = "Take out what stands there twice."
            problems.append(Problem(place, shown(value), "entries that differ", remedy))
        if item is not None:
            for index, part in enumerate(value):
                item(part, (*place, index), problems)

    return check
