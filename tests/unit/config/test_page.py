"""The page about the configuration."""

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any

import yaml
from tests.support.builds import PROJECT

from shellwright import schema
from shellwright.config_page import PAGE, page


def test_the_page_says_what_the_schema_says() -> None:
    there, wanted = PAGE.read_text().splitlines(), page().splitlines()
    drift = "\n".join(difflib.unified_diff(there, wanted, "docs/config.md", "schema", lineterm=""))
    assert not drift, f"type `make docs`:\n{drift}"


def leaves(block: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of config.yaml with their dotted keys."""
    for key, value in block.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def test_the_page_has_the_values_of_config_yaml() -> None:
    rows = re.findall(r"^\| `([^`\[]+)` \| `(.*?)` \| ", PAGE.read_text(), re.MULTILINE)
    alone = re.findall(
        r"^## `(\w+)`\n\n.*\n\n.* Default: `(.*)`\.$", PAGE.read_text(), re.MULTILINE
    )
    told = {key: json.loads(value) for key, value in [*alone, *rows]}
    assert told == dict(leaves(yaml.safe_load((PROJECT / "config.yaml").read_text())))


def test_only_what_must_be_given_is_said_to_be() -> None:
    given = re.findall(r"^\| `(.*?)` \| none: it must be given", PAGE.read_text(), re.MULTILINE)
    assert given == ["skills.sources[].name", "skills.sources[].kind"]


def test_every_knob_has_a_title_and_a_description() -> None:
    def check(part: schema.Schema, place: str) -> None:
        assert part.get("title"), place
        assert part.get("description"), place
        for name, inner in part.get("properties", {}).items():
            check(inner, f"{place}.{name}")
        if "items" in part:
            check({"title": "item", "description": "item", **part["items"]}, f"{place}[]")

    check(schema.load("config"), "config")
