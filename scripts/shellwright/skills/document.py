"""A skill as it reads: front matter, prose, and the code that it shows; nothing is ever run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """A program that shell code calls, with its arguments as they are written.

    `reads` and `writes` are the words that redirections name; `piped_from` is the program before
    it in the same pipe, or empty. `root` tells that it stands behind `sudo` or `doas`. `fed` is
    what its input is given as, where no file is: here-strings, here-documents, and `<(...)`.
    `block` is the number of the piece of code that it stands in: it tells which calls belong
    together, and is no part of what a call is.
    """

    program: str
    arguments: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    piped_from: str = ""
    root: bool = False
    fed: tuple[str, ...] = ()
    block: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Code:
    """A piece of code: a fenced block of the text, or a script beside it.

    `language` is lower case, `sh` for every kind of shell, `npm` for the commands of a
    `package.json`, `make` for those of a makefile, and empty where none is given and the
    text does not tell. `heading` is the nearest heading above a block, or the script's path.
    """

    language: str
    text: str
    heading: str = ""
    script: bool = False


@dataclass(frozen=True)
class Requirements:
    """What OpenClaw's extension of the front matter asks for (`metadata.openclaw` and aliases)."""

    bins: tuple[str, ...] = ()
    any_bins: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    os: tuple[str, ...] = ()
    installs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A skill, read. `problems` are what had to be repaired, what breaks the specification of
    skills, and what the text says against its licence: for people to read; none is fatal.

    `calls` are those of all shell code, in order. `license_hint` is what the front matter says of
    the licence, in its own words, or empty. `cut` names the text or script of which something is
    not here, since there is too much of it; empty where all is.
    """

    name: str
    title: str
    description: str
    body: str
    front: Mapping[str, object] = field(default_factory=dict)
    license_hint: str = ""
    requirements: Requirements = Requirements()
    code: tuple[Code, ...] = ()
    calls: tuple[Call, ...] = ()
    headings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    cut: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a filter decided about a skill, and why, in one short sentence, also of a pass;
    `evidence` quotes at most 200 characters of the skill. `judge` is `procedural` or the name of a
    model."""

    filter: str
    passed: bool
    reason: str = ""
    evidence: str = ""
    judge: str = "procedural"


@dataclass(frozen=True)
class Sketch:
    """A scenario as one skill tells it, before scenarios of different skills are brought together.

    `kind` and `state` use the words of the typed scenarios where they fit (`table` with
    `format=csv`); `text` is a sentence of at most 200 characters, such as `a CSV table of orders
    lies in a folder`; `evidence` quotes the command or words that it was concluded from.
    """

    kind: str
    state: tuple[tuple[str, str], ...]
    text: str
    evidence: str
