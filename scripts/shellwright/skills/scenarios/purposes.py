"""What a program is for: the software that has to be installed where a skill calls it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

from shellwright.skills.scenarios.formats import Artifact
from shellwright.skills.scenarios.rules import Rule, table

_KINDS = {
    "archives": "archive delivery",
    "cloud": "cloud",
    "containers": "container cluster",
    "databases": "database",
    "documents": "document font difference",
    "hosting": "issue",
    "images": "image",
    "machines": "machine",
    "media": "audio video",
    "messages": "message",
    "models": "model",
    "network": "network address snapshot",
    "packages": "package",
    "programs": "binary program project dependency",
    "secrets": "certificate key sealed secret signature",
    "system": "system process service disk schedule session account window",
    "tables": "table",
    "versions": "repository history",
    "web": "page endpoint",
}
_PURPOSES = {kind: purpose for purpose, kinds in _KINDS.items() for kind in kinds.split()}
_LANGUAGES = {
    "python": "python python2 python3 pip pip3 uv uvx poetry pipx pytest",
    "javascript": "node npm npx yarn pnpm bun bunx deno tsx ts-node",
    "ruby": "ruby gem bundle",
    "java": "java javac mvn gradle",
    "go": "go",
    "rust": "cargo rustc",
    "php": "php composer",
    "text": "jq yq rg fzf fd bat",
    "system": "tmux",
}
_PROGRAMS = {name: purpose for purpose, names in _LANGUAGES.items() for name in names.split()}
#: What packages of Python and JavaScript are for, by the names that code imports.
_PACKAGES = {
    name: purpose
    for purpose, names in {
        "databases": "duckdb lancedb mysql psycopg psycopg2 pymongo redis sqlalchemy",
        "documents": """borb bs4 docling docx docxtpl ebooklib fitz fpdf jinja2 lxml markdown
            markitdown mammoth marker odf pandoc pdf2docx pdf2image pdfminer pdfplumber pikepdf
            pptx pptxgenjs pymupdf pymupdf4llm PyPDF2 pypdf pypandoc pytesseract reportlab
            weasyprint""",
        "images": "altair cairosvg cv2 imageio matplotlib PIL plotly seaborn sharp skimage wand",
        "media": "ffmpeg librosa moviepy pydub soundfile",
        "models": "sentence_transformers sklearn tensorflow torch transformers whisper",
        "secrets": "cryptography nacl",
        "tables": "numpy openpyxl pandas papaparse polars pyarrow xlrd xlsx xlsxwriter xlwings",
        "versions": "git pygit2",
    }.items()
    for name in names.split()
}
_IMPORT = re.compile(
    r"^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w{0,40})"
    r"|(?:\bfrom|\brequire\()[ \t]*['\"]([\w@/-]{1,60})['\"]",
    re.MULTILINE,
)
#: What is on every Linux machine, or is no program: nobody has to install it.
_PRESENT = frozenset(
    """. [ [[ awk bash basename bc cat cd chmod chown clear cmp comm command cp cut date dd
    declare df diff dirname du echo egrep env eval exec exit export expr false fgrep file find
    getopts grep gunzip gzip head hostname id install kill less ln local ls mkdir mktemp more mv
    nohup paste pgrep pkill printf ps pwd read readlink realpath return rm rmdir sed seq set sh
    sleep sort source split stat su sudo tail tar tee test time timeout touch tr trap true type
    ulimit umask uname uniq unset wait wc which whoami xargs yes openclaw clawdbot moltbot clawhub
    clawdhub claude codex gemini brew pbcopy pbpaste open osascript defaults""".split()  # noqa: SIM905
)


def software(program: str) -> Artifact | None:
    """The installed software that a program belongs to, or None where every machine has it."""
    name = program.rpartition("/")[2]
    if name in _PRESENT or not name[:1].isalpha():
        return None
    if "/" in program or "." in name:
        # A script that the skill brings along.
        return _installed("python") if name.endswith(".py") else None
    return _installed(_PROGRAMS.get(name) or _of_rules(name) or "special")


def needed_software(called: Iterable[str], most: int = 2) -> Iterator[tuple[str, Artifact]]:
    """The software that most calls need: at most so much of it, each with a program of it."""
    votes: Counter[Artifact] = Counter()
    first: dict[Artifact, str] = {}
    for program in called:
        artifact = software(program)
        if artifact is not None:
            votes[artifact] += 1
            first.setdefault(artifact, program)
    for artifact, _ in votes.most_common(most):
        yield first[artifact], artifact


def needed_packages(code: Iterable[str]) -> Iterator[tuple[str, Artifact]]:
    """The packages that pieces of code import, of those whose purpose is known: one of each
    purpose, with the line that imports it."""
    told: set[str] = set()
    for text in code:
        for match in _IMPORT.finditer(text):
            purpose = _PACKAGES.get(match[1] or match[2], "")
            if purpose and purpose not in told:
                told.add(purpose)
                yield " ".join(match[0].split()), _installed(purpose)


def purpose_of_install(arguments: Iterable[str]) -> str:
    """What the software is for that a command such as `apt install` names."""
    for word in arguments:
        name = word.partition("@")[0].partition("=")[0]
        artifact = software(name) if name not in _COMMANDS else None
        if artifact is not None and (purpose := dict(artifact.state)["purpose"]) != "special":
            return purpose
    return "special"


_COMMANDS = frozenset({"add", "get", "global", "install", "tool", "tap"})


def _installed(purpose: str) -> Artifact:
    return Artifact("package", (("condition", "installed"), ("purpose", purpose)))


@cache
def _of_rules(name: str) -> str | None:
    """The purpose that most of a program's rules speak for, or its family's."""
    known = table()
    votes: Counter[str] = Counter()
    for rule in known.rules.get(name, ()):
        votes.update(purpose for kind in _kinds(rule) if (purpose := _PURPOSES.get(kind)))
    family = known.families.get(name)
    if not votes and family is not None:
        return _PURPOSES.get(family.kind)
    if not votes:
        return "text" if name in known.rules else None
    return min(votes, key=lambda purpose: (-votes[purpose], purpose))


def _kinds(rule: Rule) -> set[str]:
    wanted = (*rule.takes, *rule.makes)
    return {each.default.kind for each in wanted if each.default is not None}
