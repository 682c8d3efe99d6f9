"""The page docs/config.md, made from the schema of the configuration.

    python -m shellwright.config_page

writes it; a test fails with a diff when page and schema have drifted apart.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from shellwright import schema
from shellwright.schema import Schema
from shellwright.store import write_text

PAGE = Path(__file__).resolve().parents[2] / "docs" / "config.md"

_HEAD = """\
# Configuration

`config.yaml` holds every knob with its default. Lay a file of your own over it, with only the keys
that differ:

    snakemake --cores 8 results/corpus.parquet --configfile mine.yaml
    make corpus OPTIONS="--configfile mine.yaml"

or give single values: `--config seed=2 'blueprints={count: 1000}'`. Snakemake takes everything
behind these two options for their values, so targets stand before them.

Everything is checked before any work: the files, their keys and values, the folders and indexes
that they name, and the key of a model that a job will ask. A mistake is named with file and key,
what was found, what was expected and what to do. How many processors and slots a build may use is
no knob of the configuration but of a profile: see [build.md](build.md).

This page is made from `schemas/config.schema.yaml` by `make docs`.
"""
_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "block",
}


def page() -> str:
    """Return the page."""
    blocks = schema.load("config")["properties"].items()
    return _HEAD + "".join(_section(name, block) for name, block in blocks)


def _section(name: str, block: Schema) -> str:
    if "properties" not in block:
        default = f"Default: `{_shown(block['default'])}`."
        return f"\n## `{name}`\n\n{block['description']}\n\n{_facts(block)} {default}\n"
    rows = "".join(_row(*knob) for knob in _knobs(block, f"{name}."))
    head = "\n| key | default | what it is |\n| --- | --- | --- |\n"
    return f"\n## `{name}`\n\n{block['description']}\n{head}{rows}"


def _knobs(block: Schema, prefix: str) -> Iterator[tuple[str, Schema, bool]]:
    """Yield the knobs below a block in the order of the schema: the dotted key, and whether it has
    to be given."""
    for name, part in block["properties"].items():
        if "properties" in part:
            yield from _knobs(part, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", part, name in block.get("required", [])
        item = part.get("items", {})
        if "properties" in item:
            yield from _knobs(item, f"{prefix}{name}[].")


def _row(key: str, knob: Schema, required: bool) -> str:
    without = "none: it must be given" if required else "none"
    default = f"`{_shown(knob['default'])}`" if "default" in knob else without
    text = f"{knob['description']} *{_facts(knob)}*".replace("|", "\\|")
    return f"| `{key}` | {default} | {text} |\n"


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _facts(knob: Schema) -> str:
    """Return what a value must be, in a few words."""
    kinds = " or ".join(_KINDS[kind] for kind in schema.types_of(knob))
    facts = [kinds.capitalize()]
    if "enum" in knob:
        facts.append("one of " + ", ".join(map(_shown, knob["enum"])))
    if "enum" in knob.get("items", {}):
        facts.append("of " + ", ".join(map(_shown, knob["items"]["enum"])))
    if "minimum" in knob or "maximum" in knob:
        facts.append(schema.bounds(knob))
    if "exclusiveMinimum" in knob:
        facts.append(f"more than {knob['exclusiveMinimum']}")
    if "pattern" in knob:
        facts.append(knob.get("x-words", f"like `{knob['pattern']}`"))
    if schema.nullable(knob):
        facts.append("or null")
    return ", ".join(facts) + "."


if __name__ == "__main__":
    write_text(PAGE, page())
