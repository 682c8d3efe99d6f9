"""Lint of a bundle as a whole: layout, and how the image is built."""

import fnmatch
import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.fixture import of_verifier

REQUIRED = {
    "instruction.md": "what the agent is asked to do",
    "task.toml": "the configuration",
    "tests/test.sh": "what grades the work",
    "solution/solve.sh": "the oracle",
    "environment/Dockerfile": "the container",
}
#: What stands where an instruction is to be written: a mark and a few words, without a path.
PLACEHOLDER = re.compile(
    r"(?:TODO|FIXME|TBD|XXX|[Pp]laceholder|[Ll]orem ipsum)(?:\s?[.:!-][^/`\n]{0,80})?|"
    r"\{\{[^{}\n]{0,80}\}\}|<[^<>\n]{0,80}>|\[[^\[\]\n]{0,80}\]"
)
#: A file in one of the verifier's folders, as a command of a Dockerfile may write it.
VERIFIERS = re.compile(r"(?<![\w./~}-])/(?:tests|solution|logs/verifier)/[\w.$*-]{1,80}")
COMMENT_OR_COPY = re.compile(r"\s*(?:#|COPY\b|ADD\b)", re.IGNORECASE)
MOST_COPIES = 500


def lint_layout(case: Case) -> Iterator[Finding]:
    """Findings about missing files."""
    for path, purpose in REQUIRED.items():
        text = case.text(path)
        if not any(map(str.isalnum, text)):  # a space of no width is no text, either
            yield Finding("missing-file", path, 1, f"missing or empty: {purpose}", "Add it.")
        elif path == "instruction.md" and PLACEHOLDER.fullmatch(text.strip()):
            message, remedy = f"says only {text.strip()[:60]!r}", "Say what is to be done."
            yield Finding("no-instruction", path, 1, message, remedy)


def lint_dockerfile(case: Case, path: str) -> Iterator[Finding]:
    """Findings about sources that the build would not find, and targets that are the verifier's."""
    sources = {name.removeprefix("environment/") for name in case.below("environment")}
    folders = {str(parent) for name in sources for parent in PurePosixPath(name).parents}
    text = case.text(path)
    copied = list(copies(text))
    remedy = "Keep tests, solution and logs out of the environment."
    for number, line in enumerate(text.split("\n"), start=1):
        if not COMMENT_OR_COPY.match(line) and (used := VERIFIERS.search(line)):
            yield Finding("verifier-in-image", path, number, f"has {used[0]}", remedy)
    for number, words in copied[:MOST_COPIES]:
        if words and words[-1].startswith("/") and of_verifier(words[-1]):
            yield Finding("verifier-in-image", path, number, f"copies to {words[-1]}", remedy)
    found = [(number, source) for number, words in copied for source in words[:-1]]
    if len(found) > MOST_COPIES:
        message = f"copies from {len(found)} places, at most {MOST_COPIES} are looked for"
        yield Finding("too-large", path, 1, message, "Copy whole folders.")
        return
    for number, source in found:
        clean = source.removeprefix("./").rstrip("/") or "."
        if ".." in clean.split("/"):
            message, remedy = f"{source} leaves the build context", "Copy from inside it."
            yield Finding("path-escapes", path, number, message, remedy)
        elif not (clean in folders or any(fnmatch.fnmatch(name, clean) for name in sources)):
            message = f"{source} is not in environment/"
            remedy = "Add the file, or remove the instruction."
            yield Finding("missing-copy-source", path, number, message, remedy)


def copies(text: str) -> Iterator[tuple[int, list[str]]]:
    """The sources and the target of each COPY and ADD from the build context."""
    joined = re.sub(r"\\\n", "  ", text)
    for number, line in enumerate(joined.split("\n"), start=1):
        match = re.match(r"\s*(COPY|ADD)\s+(.*)", line, re.IGNORECASE)
        if not match or "--from=" in line or "<<" in line:
            continue
        rest = match[2].strip()
        words = [word for word in listed(rest) or rest.split() if not word.startswith("--")]
        yield number, [word for word in words if "://" not in word]


def listed(text: str) -> list[str]:
    """The words of an instruction in JSON's form; none if it is, as a build takes it, no JSON."""
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [str(word) for word in words] if isinstance(words, list) else []
