"""A found skill as a document: front matter, prose and code, with every repair named."""

from __future__ import annotations

import re
from dataclasses import replace

from shellwright.skills.document import Call, Code, Document
from shellwright.skills.found import FoundSkill, SourceFile
from shellwright.skills.reading.front import (
    license_of,
    read_front,
    requirements,
    split_front,
    text_of,
)
from shellwright.skills.reading.license_names import named_license
from shellwright.skills.reading.license_prose import other_terms
from shellwright.skills.reading.markdown import MAX_CODE, plain, read_markdown
from shellwright.skills.reading.scripts import read_scripts
from shellwright.skills.reading.shellcode import MAX_CALLS, calls, is_whole
from shellwright.skills.reading.specification import (
    MAX_DESCRIPTION,
    MAX_NAME,
    wrong_fields,
    wrong_name,
)
from shellwright.skills.reading.text import MAX_TEXT, decode


def read_document(found: FoundSkill) -> Document:
    """What a skill's folder says. Nothing is fatal: what is broken or missing is repaired from
    what is there, and named in `problems`, as is all that breaks the specification."""
    source = main_file(found)
    if source is None:
        text, problems = "", ["SKILL.md: missing"]
    else:
        text, repaired = decode(source.content)
        problems = list(repaired)
        if not source.whole:
            problems.append("text: cut off at the size limit")
        if not source.path.endswith("SKILL.md"):
            problems.append(f"SKILL.md: called {source.path.rpartition('/')[2]}")
    raw, body, wrong = split_front(text)
    problems += wrong
    front, wrong = read_front(raw) if raw is not None else ({}, ())
    problems += [*wrong, *wrong_fields(front)]
    needs = requirements(front)
    name = _name(front.get("name"), found.path, problems)
    known = frozenset({*needs.bins, *needs.any_bins, name})
    markdown = read_markdown(body, known)
    scripts, cut = read_scripts((file for file in found.files if file is not source), found.path)
    code = (*markdown.code, *scripts)
    found_calls = calls_of(code)
    if (
        (source is not None and (not source.whole or len(source.content) > MAX_TEXT))
        or len(markdown.code) >= MAX_CODE
        or len(found_calls) >= MAX_CALLS
        or not all(is_whole(block.text) for block in markdown.code if block.language == "sh")
    ):
        cut = cut or "SKILL.md"
    description = _description(front.get("description"), markdown.paragraph, problems)
    hint = license_of(front)[:500]
    other = other_terms(named_license(hint), body)
    if other:
        problems.append(f"license: {hint[:80]}, but the text says: {other}")
    return Document(
        name=name,
        title=markdown.title[:200] or name,
        description=description,
        body=body.strip() + "\n" if body.strip() else "",
        front=front,
        license_hint=hint,
        requirements=needs,
        code=code,
        calls=found_calls,
        headings=markdown.headings,
        problems=tuple(problems),
        cut=cut,
    )


def calls_of(code: tuple[Code, ...]) -> tuple[Call, ...]:
    """What all shell code calls, in order; at most MAX_CALLS."""
    found: list[Call] = []
    for number, block in enumerate(code):
        if block.language == "sh" and len(found) < MAX_CALLS:
            found += (replace(call, block=number) for call in calls(block.text))
    return tuple(found[:MAX_CALLS])


def main_file(found: FoundSkill) -> SourceFile | None:
    """The skill's text."""
    return next(
        (file for file in found.files if file.path.rpartition("/")[2].lower() == "skill.md"), None
    )


def valid_name(name: str) -> str:
    """`name` as the Agent Skills specification wants it, or nothing where none of it is usable."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:MAX_NAME].rstrip("-")


def shortened(text: str, limit: int) -> str:
    """`text`, cut between two words where it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip() + "…"


def _name(given: object, path: str, problems: list[str]) -> str:
    folder = path.rstrip("/").rpartition("/")[2]
    wanted = text_of(given)
    name = valid_name(wanted) or valid_name(folder) or "skill"
    if not wanted:
        problems.append("name: missing; the folder's is taken")
        return name
    wrong = wrong_name(wanted)
    if wrong:
        problems.append(f"name: {wanted[:80]!r} has {', '.join(wrong)}; made {name}")
    # The root of a source has a folder, too, but what that is called is not the skill's.
    if wanted != folder and folder != ".":
        problems.append(f"name: {wanted[:80]!r} is not that of the folder, {folder[:80]!r}")
    return name


def _description(given: object, paragraph: str, problems: list[str]) -> str:
    text = text_of(given)
    if not text:
        problems.append("description: missing; the first paragraph is taken")
        text = plain(paragraph)
    if len(text) > MAX_DESCRIPTION:
        problems.append(f"description: {len(text)} characters; cut to {MAX_DESCRIPTION}")
    return shortened(text, MAX_DESCRIPTION)
