"""Front matter as it is found in the wild, broken or not.

A valid one is YAML between two lines of `---`. What is not valid is read line by line; TOML between
two lines of `+++` is read as such. All values are strings, lists and mappings: a version 1.10 and a
date stay as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from shellwright.skills.document import Requirements
from shellwright.skills.reading.other_front import given_again, is_license, read_json, read_toml
from shellwright.skills.reading.specification import EXTENSIONS, wrong_types

MAX_FRONT = 64 * 1024
_MAX_DEPTH = 20
_MAX_NODES = 5000
#: A front matter may stand behind a few lines that do not belong there.
_MAX_LINES_BEFORE = 20

_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,60})[ \t]*:(?:[ \t]+(.*))?$")
_RULE = re.compile(r"---+[ \t]*$")
_TOML_RULE = re.compile(r"\+\+\+[ \t]*$")
#: What a value is by itself, or is said to be: all of it is read as text, lists and mappings.
_PLAIN_TAG = re.compile(
    r"tag:yaml\.org,2002:(?:str|seq|map|int|float|bool|null|timestamp|binary|omap|set)"
)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
#: Keys of OpenClaw's extension, of its `requires` or its `config`, that name settings of the
#: environment. Not all of them are documented, and each is in use.
_ENVIRONMENT = ("env", "requiredEnv", "required_env", "envVars", "secrets", "primaryEnv")


def split_front(text: str) -> tuple[str | None, str, tuple[str, ...]]:
    """The front matter without its rules, or None; the text below it; what is wrong. TOML keeps the
    rule above it, so that it can be told from YAML."""
    lines = text.split("\n")
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    if _TOML_RULE.match(lines[first]):
        return _split_toml(text, lines, first)
    problems: list[str] = []
    start = first
    if not _RULE.match(lines[first]):
        found = _misplaced(lines, first)
        if found is None:
            return None, text, ("front matter: none",)
        start = found
        if start < first:
            problems.append("front matter: no --- above it")
        else:
            problems.append("front matter: text above it")
    elif first > 0:
        problems.append("front matter: empty lines above it")
    end = next((place for place in range(start + 1, len(lines)) if _RULE.match(lines[place])), None)
    if end is not None and _is_prose(lines[start + 1 : end]):
        if _is_list(lines[start + 1 : end]):
            return None, text, ("front matter: a list and not keys with values; not read",)
        end = None
    below = end + 1 if end is not None else 0
    if end is None:
        end = below = _end(lines, start + 1)
        if end == start + 1:
            return None, text, ("front matter: none",)
        problems.append("front matter: no --- below it")
    front = "\n".join(lines[start + 1 : end])
    if len(front) > MAX_FRONT:
        front = front[:MAX_FRONT]
        problems.append(f"front matter: only its first {MAX_FRONT // 1024} kB are read")
    before = "\n".join(lines[first:start]) if start > first else ""
    body = "\n".join(lines[below:])
    return front, f"{before}\n{body}" if before else body, tuple(problems)


def _split_toml(text: str, lines: list[str], first: int) -> tuple[str | None, str, tuple[str, ...]]:
    """What split_front gives for a text whose line `first` is a rule of TOML."""
    rules = (place for place in range(first + 1, len(lines)) if _TOML_RULE.match(lines[place]))
    end = next(rules, None)
    if end is None:
        return None, text, ("front matter: no +++ below it; not read",)
    front = "\n".join(["+++", *lines[first + 1 : end]])
    return front[:MAX_FRONT], "\n".join(lines[end + 1 :]), ("front matter: TOML and not YAML",)


def read_front(text: str) -> tuple[dict[str, object], tuple[str, ...]]:
    """The keys of a front matter and what had to be repaired. Nothing is raised."""
    problems: list[str] = []
    front = _keys(text, problems)
    metadata = front.get("metadata")
    if isinstance(metadata, str) and metadata:
        inner = _structure(metadata)
        if isinstance(inner, dict):
            front["metadata"] = inner
            problems.append("metadata: a mapping within text; read")
        else:
            del front["metadata"]
            problems.append("metadata: neither a mapping nor JSON; dropped")
    elif metadata is not None and not isinstance(metadata, dict):
        del front["metadata"]
        if metadata:
            problems.append("metadata: not a mapping; dropped")
    return front, tuple(problems)


def _keys(text: str, problems: list[str]) -> dict[str, object]:
    """The keys of a front matter, whatever it is written in; what is wrong with it is appended."""
    if text.startswith("+++\n"):
        try:
            return read_toml(text[4:])
        except ValueError as error:
            problems.append(f"front matter: not valid TOML: {str(error)[:120]}; not read")
            return {}
    try:
        front = _load(text, problems, typed=True)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        try:
            front = read_json(text)
            problems.append(f"front matter: {_reason(error)}; read as JSON")
        except ValueError:
            front = _read_lines(text)
            problems.append(f"front matter: {_reason(error)}; read line by line")
    if not isinstance(front, dict):
        front = _read_lines(text)
        problems.append("front matter: not a mapping; read line by line")
    return front


def requirements(front: Mapping[str, object]) -> Requirements:
    """What the front matter asks of the machine. Values of unexpected types are left out."""
    places = [front.get("metadata"), front]
    extensions = [
        place[key]
        for place in places
        if isinstance(place, dict | Mapping)
        for key in EXTENSIONS
        if isinstance(place.get(key), dict)
    ]
    # Some write the keys of the extension without the extension's name.
    extensions += [place for place in places if isinstance(place, dict | Mapping)]
    needs = [
        value for extension in extensions if isinstance(value := extension.get("requires"), dict)
    ]
    configs = [
        value for extension in extensions if isinstance(value := extension.get("config"), dict)
    ]
    settings = [*needs, *extensions, *configs]
    return Requirements(
        bins=_words(need.get("bins") for need in needs),
        any_bins=_words(need.get("anyBins") for need in needs),
        env=_words(_required(place.get(key)) for place in settings for key in _ENVIRONMENT),
        config=_words(need.get("config") for need in needs),
        os=tuple(word.lower() for word in _words(part.get("os") for part in extensions)),
        installs=_installs(part.get("install") for part in extensions),
    )


def license_of(front: Mapping[str, object]) -> str:
    """What a front matter says of the licence, at the top or below `metadata`; of what is no text,
    how it is written.

    Where these differ, or a key given twice does, all stand there, which is the name of no licence.
    """
    said: dict[str, None] = {}
    for place in (front, front.get("metadata")):
        for key, value in place.items() if isinstance(place, Mapping) else ():
            if is_license(key):
                each = value if isinstance(value, list) else [value]
                said.update({text_of(part) or str(part): None for part in each if part})
    return ", but ".join(said)


def text_of(value: object) -> str:
    """A value as one line of text: strings as they are, lists joined, all else nothing."""
    if isinstance(value, list):
        value = ", ".join(part for part in value if isinstance(part, str))
    return " ".join(value.split()) if isinstance(value, str) else ""


def _misplaced(lines: list[str], first: int) -> int | None:
    """The line before a front matter that does not start the text, or None."""
    match = _KEY.match(lines[first])
    if match and match[1].lower() in ("name", "description", "title"):
        return first - 1
    for place in range(first, min(first + _MAX_LINES_BEFORE, len(lines) - 1)):
        match = _KEY.match(lines[place + 1])
        if _RULE.match(lines[place]) and match and match[1].lower() in ("name", "description"):
            return place
    return None


def _is_prose(lines: list[str]) -> bool:
    """Whether lines between two rules are text between two horizontal lines."""
    words = "\n".join(lines).strip()
    if words.startswith("{") and words.endswith("}") and not words.startswith("{{"):
        return False  # JSON
    return bool(words) and not any(_KEY.match(line) for line in lines)


def _is_list(lines: list[str]) -> bool:
    """Whether lines between two rules are a YAML list."""
    first = next((line for line in lines if line.strip()), "")
    return first.startswith(("- ", "["))


def _end(lines: list[str], start: int) -> int:
    """Where a front matter ends that nothing closes: at the first line that cannot belong to it."""
    place = start
    while place < len(lines) and (
        _KEY.match(lines[place]) or (place > start and lines[place].startswith((" ", "\t")))
    ):
        place += 1
    return place


class _Unread(ValueError):
    """Something that YAML allows and that is not read here."""


class _Loader(yaml.BaseLoader):
    """YAML as plain strings, lists and mappings: no aliases, no tags, bounded depth and size.

    Of two values for the same key the first one stays, but of a licence both.
    """

    def __init__(self, text: str, problems: list[str]) -> None:
        super().__init__(text)
        self.problems = problems
        self.depth = 0
        self.nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise _Unread("has a YAML alias, which is not followed")
        self.depth += 1
        self.nodes += 1
        if self.depth > _MAX_DEPTH or self.nodes > _MAX_NODES:
            raise _Unread("is nested too deep or too big")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def value(self, node: yaml.Node) -> object:
        """The value of a node; the depth is bounded by its composition."""
        if not _PLAIN_TAG.fullmatch(node.tag):
            name = node.tag.replace("tag:yaml.org,2002:", "!!")[:80]
            self.problems.append(f"front matter: the YAML tag {name} is not followed")
        if isinstance(node, yaml.ScalarNode):
            plain_null = node.style is None and node.value in _NULLS
            return "" if plain_null else _whole(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child) for child in node.value]
        mapping: dict[str, object] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append("front matter: a key that is not text; dropped")
                continue
            name = _whole(key.value)
            if name in mapping:
                counts = "both count" if is_license(name) else "the first one counts"
                self.problems.append(f"front matter: {name[:60]} is given twice; {counts}")
                mapping[name] = given_again(name, mapping[name], self.value(child))
                continue
            mapping[name] = self.value(child)
        return mapping


def _load(text: str, problems: list[str], *, typed: bool = False) -> object:
    """What the text says; `typed` notes what is not of the type that a front matter must have."""
    loader = _Loader(text, problems)
    try:
        node = loader.get_single_node()
        if node is None:
            return {}
        value = loader.value(node)
        if typed:
            problems += wrong_types(node)
        return value
    finally:
        loader.dispose()


def _whole(text: str) -> str:
    """Text whose escapes for halves of characters (`\\ud83d\\ude00`) are put together."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _structure(text: str) -> object:
    """What JSON or YAML within a value says, or None where it is neither."""
    try:
        return _load(text, [])
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _reason(error: Exception) -> str:
    if isinstance(error, _Unread):
        return str(error)
    if isinstance(error, yaml.MarkedYAMLError) and error.problem:
        line = "" if error.problem_mark is None else f", line {error.problem_mark.line + 1}"
        return f"not valid YAML{line}: {error.problem[:120]}"
    first = str(error).partition("\n")[0]
    return f"not valid YAML: {first[:120]}"


def _read_lines(text: str) -> dict[str, object]:
    """The keys at the start of lines, each with what stands beside and below it."""
    front: dict[str, object] = {}
    key, value = "", list[str]()
    for line in [*text.split("\n"), "end:"]:
        match = _KEY.match(line)
        if match is None:
            value.append(line)
            continue
        if key and front.get(key):
            front[key] = given_again(key, front[key], _value(value))
        elif key:
            front[key] = _value(value)
        key, value = match[1], [match[2] or ""]
    return front


def _value(lines: list[str]) -> object:
    first = lines[0].strip()
    below = [line for line in lines[1:] if line.strip()]
    if first.startswith(("{", "[")) or (not first and below):
        inner = _structure("\n".join([first, *below]).expandtabs(2).strip("\n"))
        if isinstance(inner, dict | list):
            return inner
    if first[:1] in ("|", ">"):
        first = ""
    joined = " ".join(part.strip() for part in [first, *below] if part.strip())
    if joined[:1] in ("'", '"'):
        quote = joined[0]
        joined = joined[1:].removesuffix(quote)
    return joined


def _required(settings: object) -> object:
    """Settings, whichever way they are listed, without those that say they are not required."""
    if isinstance(settings, dict):
        return {name: part for name, part in settings.items() if not _is_optional(part)}
    if isinstance(settings, list):
        return [part for part in settings if not _is_optional(part)]
    return settings


def _is_optional(setting: object) -> bool:
    return isinstance(setting, dict) and str(setting.get("required")).lower() in ("false", "no")


def _words(values: Iterable[object]) -> tuple[str, ...]:
    """All names in strings, lists, lists of mappings with a name, and mappings by name; each
    once, in order."""
    found: dict[str, None] = {}
    for value in values:
        parts: list[object]
        if isinstance(value, str):
            parts = list(re.split(r"[,\s]+", value))
        elif isinstance(value, dict):
            parts = list(value)
        else:
            parts = value if isinstance(value, list) else []
        for part in parts:
            name = part.get("name") if isinstance(part, dict) else part
            if isinstance(name, str) and name.strip():
                found[name.strip()[:200]] = None
    return tuple(found)


def _installs(values: Iterable[object]) -> tuple[str, ...]:
    """Each way to install as `kind:package`."""
    found: dict[str, None] = {}
    for value in values:
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, dict):
                continue
            package = next(
                (
                    name
                    for key in ("package", "formula", "module", "cask", "url", "name")
                    if isinstance(name := part.get(key), str) and name
                ),
                "",
            )
            kind = part.get("kind")
            if package and isinstance(kind, str):
                found[f"{kind.strip()}:{package.strip()}"[:300]] = None
    return tuple(found)
