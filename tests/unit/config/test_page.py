"""The page about the configuration."""

import difflib

from shellwright import schema
from shellwright.config_page import PAGE, page


def test_the_page_says_what_the_schema_says() -> None:
    there, wanted = PAGE.read_text().splitlines(), page().splitlines()
    drift = "\n".join(difflib.unified_diff(there, wanted, "docs/config.md", "schema", lineterm=""))
    assert not drift, f"type `make docs`:\n{drift}"


def test_every_knob_has_a_title_and_a_description() -> None:
    def check(part: schema.Schema, place: str) -> None:
        assert part.get("title"), place
        assert part.get("description"), place
        for name, inner in part.get("properties", {}).items():
            check(inner, f"{place}.{name}")
        if "items" in part:
            check({"title": "item", "description": "item", **part["items"]}, f"{place}[]")

    check(schema.load("config"), "config")
