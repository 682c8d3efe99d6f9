"""What the Agent Skills specification asks of a front matter, and what breaks it.

Source: https://agentskills.io/specification. OpenClaw's extensions of it are taken as allowed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

MAX_NAME = 64
MAX_DESCRIPTION = 1024
MAX_COMPATIBILITY = 500
#: Keys that hold OpenClaw's extension, under the names that the project and its registry have had.
EXTENSIONS = ("openclaw", "clawdbot", "clawdis", "moltbot", "clawdhub")
_TEXTS = ("name", "description", "license", "compatibility", "allowed-tools")
_FIELDS = frozenset({*_TEXTS, "metadata"})
#: Fields that OpenClaw documents beside those of the specification.
_OPENCLAW = frozenset(
    """version homepage user-invocable disable-model-invocation command-dispatch command-tool
    command-arg-mode""".split()  # noqa: SIM905
)
#: What YAML 1.1 takes a plain value for; `<<` and `=` are text here.
_RESOLVER = yaml.resolver.Resolver()
_KINDS = {
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:bool": "true or false",
    "tag:yaml.org,2002:timestamp": "a date",
    "tag:yaml.org,2002:null": "",
}
_MOST_NAMED = 8


def wrong_types(node: yaml.Node) -> list[str]:
    """Which fields of a front matter are not of the type that they must have, in order.

    What is empty is of no type. Whether `metadata` itself is a mapping is not looked at.
    """
    wrong: list[str] = []
    for name, child in _fields(node):
        kind = _kind(child)
        if name in _TEXTS and kind not in ("text", ""):
            wrong.append(f"{name}: {kind}, not text")
        if name == "metadata":
            named = [
                inner
                for inner, value in _fields(child)
                if inner not in EXTENSIONS and _kind(value) != "text"
            ]
            if named:
                wrong.append(f"metadata: not text in {_listed(named)}")
    return wrong


def wrong_fields(front: Mapping[str, object]) -> list[str]:
    """What the specification does not allow in a front matter besides types, name and
    description."""
    wrong = []
    compatibility = front.get("compatibility")
    if isinstance(compatibility, str) and len(compatibility) > MAX_COMPATIBILITY:
        wrong.append(
            f"compatibility: {len(compatibility)} characters, more than {MAX_COMPATIBILITY}"
        )
    unknown = [name for name in front if name not in _FIELDS | _OPENCLAW]
    if unknown:
        wrong.append(f"front matter: fields of no specification: {_listed(unknown)}")
    return wrong


def wrong_name(name: str) -> list[str]:
    """What the specification does not allow in a name, but for the folder that it must be of."""
    return [
        reason
        for reason, holds in (
            (f"more than {MAX_NAME} characters", len(name) > MAX_NAME),
            ("characters other than a-z, 0-9 and -", re.search(r"[^a-z0-9-]", name)),
            ("a hyphen at its end or beginning", name.startswith("-") or name.endswith("-")),
            ("hyphens in a row", "--" in name),
        )
        if holds
    ]


def _fields(node: yaml.Node) -> list[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(key.value, child) for key, child in node.value if isinstance(key, yaml.ScalarNode)]


def _kind(node: yaml.Node) -> str:
    """What a value is, `text` for all that is read as such, and empty for nothing."""
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if not isinstance(node, yaml.ScalarNode) or node.style is not None:
        return "text"
    tag = _RESOLVER.resolve(yaml.ScalarNode, node.value, (True, False))  # type: ignore[no-untyped-call]
    return _KINDS.get(tag, "text")


def _listed(names: list[str]) -> str:
    shown = [name[:60] for name in names[:_MOST_NAMED]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
