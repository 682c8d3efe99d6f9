"""Prompts: text files in folders beside this module, each folder with a version of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from shellwright.digest import digest

_FOLDER = Path(__file__).with_name("prompts")
_VERSION_DIGITS = 12


@dataclass(frozen=True)
class Prompt:
    """The texts of one prompt by file name without ending, and their version.

    The version is `<name>@<digest of all texts>`: no text can change without it.
    """

    name: str
    version: str
    texts: Mapping[str, str]

    def fill(self, text: str, **values: str) -> str:
        """Return a text with its `$names` replaced. Raises KeyError for a name without a value."""
        return Template(self.texts[text]).substitute(values).strip()

    def lines(self, text: str) -> list[str]:
        """Return the lines of a text, without empty ones."""
        return [line.strip() for line in self.texts[text].splitlines() if line.strip()]


def load_prompt(name: str, folder: Path = _FOLDER) -> Prompt:
    """Return the prompt in `folder/name`. Raises FileNotFoundError when there is none."""
    paths = sorted((folder / name).iterdir())
    texts = {path.stem: path.read_text(encoding="utf-8") for path in paths if path.suffix == ".txt"}
    return Prompt(name, f"{name}@{digest(texts)[:_VERSION_DIGITS]}", texts)
