"""Configuration files: read strictly, and laid over one another as Snakemake does it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import yaml

from shellwright.errors import UserError
from shellwright.schema import Place, shown

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"


def read_file(path: Path) -> dict[str, Any]:
    """Return what a configuration file holds, its values unchecked.

    Raises UserError where it cannot be read, is not YAML, with the line of the mistake, or is
    anything but a block of keys.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path}: {error.strerror}; expected a YAML file. docs/config.md describes every key."
        ) from error
    try:
        value = _parsed(content.decode("utf-8"), path)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{path}: line {line} holds the byte 0x{content[error.start]:02x}, which is not UTF-8;"
            " expected YAML in UTF-8. Save the file in that encoding."
        ) from error
    except yaml.reader.ReaderError as error:
        raise UserError(
            f"{path}: holds control characters, which no text has; expected YAML in UTF-8."
            " Save the file as plain text."
        ) from error
    except yaml.YAMLError as error:
        said = str(error).replace('in "<unicode string>", line', "in line")
        raise UserError(f"{path}: not YAML: {said}. Mend the line named here.") from error
    if not isinstance(value, dict):
        found = {type(None): "no key", list: "a list"}.get(type(value)) or shown(value)
        raise UserError(
            f"{path}: found {found}; expected a block of keys with their values, such as seed: 2."
            " docs/config.md describes every key."
        )
    return value


def _parsed(text: str, path: Path) -> Any:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        _refuse_repeated_keys(root, path)
        return None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


def _refuse_repeated_keys(root: yaml.Node | None, path: Path) -> None:
    """Raise UserError for a key that stands twice in one block: YAML would take the last one."""
    seen, todo = set(), [root]
    while todo:
        node = todo.pop()
        if id(node) in seen or not isinstance(node, yaml.CollectionNode):
            continue
        seen.add(id(node))
        if not isinstance(node, yaml.MappingNode):
            todo += node.value
            continue
        lines: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            todo.append(value)
            if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
                continue
            line = key.start_mark.line + 1
            if (key.tag, key.value) in lines:
                raise UserError(
                    f"{path}: the key {key.value} stands in line {lines[key.tag, key.value]} and"
                    f" again in line {line}; expected it once in its block, as only one of them"
                    " can count. Remove one of them."
                )
            lines[key.tag, key.value] = line


def laid_over(below: Any, above: Any) -> Any:
    """Return ``below`` with the values of ``above`` in place of its own, block by block."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {**below, **{key: laid_over(below.get(key), value) for key, value in above.items()}}


@dataclass(frozen=True)
class Origins:
    """What lies over one another to make a configuration: names with values, the lowest first."""

    layers: Sequence[tuple[str, Any]]

    def merged(self) -> Any:
        """The value of all layers together."""
        return reduce(laid_over, (value for _, value in self.layers))

    def of(self, place: Place = ()) -> str:
        """The name of what decides a place: the topmost that has it, or most of the way to it.

        All names where none has the first step.
        """
        reached = [(_steps(value, place), number) for number, (_, value) in enumerate(self.layers)]
        steps, number = max(reached)
        if steps:
            return self.layers[number][0]
        return ", ".join(dict.fromkeys(name for name, _ in self.layers))


def _steps(value: Any, place: Place) -> int:
    """How many steps of a place lead on within a value."""
    for count, step in enumerate(place):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return count
    return len(place)


def typed(value: Any) -> Any:
    """Return what the command line gives, with numbers as numbers: Snakemake leaves those inside a
    block as texts.
    """
    if isinstance(value, dict):
        return {key: typed(part) for key, part in value.items()}
    if isinstance(value, list):
        return [typed(part) for part in value]
    try:
        return yaml.safe_load(value) if isinstance(value, str) else value
    except yaml.YAMLError:
        return value  # a text; the schema says what it should be
