"""The licence of a skill: who says what, and which evidence lies nearest.

Where the evidence is unclear the answer is NOASSERTION, never the next best guess: a licence that
is not understood may well forbid what the one further away allows.
"""

from __future__ import annotations

from shellwright.skills.document import Document
from shellwright.skills.found import FoundSkill, SourceFile
from shellwright.skills.reading.license_names import named_file, named_license
from shellwright.skills.reading.license_prose import other_terms, own_license
from shellwright.skills.reading.license_texts import recognized
from shellwright.skills.reading.text import decode
from shellwright.skills.spdx import NOASSERTION, PROPRIETARY


def find_license(found: FoundSkill, document: Document, asserted: str | None) -> tuple[str, str]:
    """The SPDX expression of a skill's licence, or NOASSERTION, and the evidence in a sentence.

    The front matter counts first, then a line of the skill's text that names its licence, then the
    licence files beside the skill or next above it, then `asserted`, what the config says of the
    whole source; it also stands for a licence file at the source's root that is not recognised.
    Other terms in the skill's own text take all of it back.
    """
    name, evidence = _evident(found, document, asserted)
    words = other_terms(name, document.body)
    return (NOASSERTION, f"{evidence}, but its text says: {words}") if words else (name, evidence)


def _evident(found: FoundSkill, document: Document, asserted: str | None) -> tuple[str, str]:
    """What lies nearest: the front matter, the text, a file, the config."""
    for place, hint in (
        ("front matter", document.license_hint),
        ("its text", own_license(document.body)),
    ):
        if hint:
            return _hinted(hint, place, found)
    folders = [_folder(file.path) for file in found.license_files]
    if folders:
        nearest = [
            file
            for file, place in zip(found.license_files, folders, strict=True)
            if place == folders[0]
        ]
        name, evidence = _filed(nearest, found)
        # Who names the source's licence in the config has read the file at its root.
        if name != NOASSERTION or not asserted or folders[0]:
            return name, evidence
    if asserted:
        return asserted, f"config: {asserted} for the whole source"
    return NOASSERTION, "no licence found"


def _hinted(hint: str, place: str, found: FoundSkill) -> tuple[str, str]:
    """What the front matter or the text says, itself or by naming a file."""
    name = named_license(hint)
    if name != NOASSERTION and named_file(hint) is None:
        other = _contradicting(name, found)
        if other is not None:
            return (
                NOASSERTION,
                f"{place}: {hint[:100]}, but {_named(other, found)} says other terms",
            )
        return name, f"{place}: {hint[:100]}"
    wanted = named_file(hint)
    if wanted is not None:
        file = next(
            (
                file
                for file in (*found.license_files, *found.files)
                if file.path.rpartition("/")[2].lower().partition(".")[0] == wanted
                and _folder(file.path) in (found.path.rstrip("/"), _folder(found.path))
            ),
            None,
        )
        if file is not None:
            text = recognized(decode(file.content)[0])
            if text != NOASSERTION:
                return text, f"{place} names {_named(file, found)}: {text}"
            # The file may well take back what the name beside it gives.
            if name != PROPRIETARY:
                return NOASSERTION, f"{place} names {_named(file, found)}: not recognised"
    if name != NOASSERTION:
        return name, f"{place}: {hint[:100]}"
    return NOASSERTION, f"{place}: not recognised: {hint[:100]}"


def _contradicting(name: str, found: FoundSkill) -> SourceFile | None:
    """A licence file beside the skill whose terms are not those that its front matter names."""
    if name == PROPRIETARY:
        return None
    own = "" if found.path == "." else found.path.rstrip("/")
    for file in found.license_files:
        if _folder(file.path) == own:
            text = decode(file.content)[0]
            said = recognized(text)
            # A file that only names the licence, or sends the reader elsewhere, takes back nothing.
            if said == NOASSERTION:
                said = named_license(" ".join(text.split()))
            if said not in name.split() and said != name:
                return file
    return None


def _filed(files: list[SourceFile], found: FoundSkill) -> tuple[str, str]:
    """What the licence files of one folder say together."""
    names = [recognized(decode(file.content)[0]) for file in files]
    evidence = " and ".join(_named(file, found) for file in files)
    unclear = next(
        (file for file, name in zip(files, names, strict=True) if name == NOASSERTION), None
    )
    if unclear is not None:
        return NOASSERTION, f"{_named(unclear, found)}: not recognised"
    each = sorted(set(names))
    # LICENSE-APACHE beside LICENSE-MIT offers a choice; anything else may all apply.
    offered = all("-" in file.path.rpartition("/")[2] for file in files)
    return (" OR " if offered else " AND ").join(each), evidence


def _folder(path: str) -> str:
    return path.rstrip("/").rpartition("/")[0]


def _named(file: SourceFile, found: FoundSkill) -> str:
    folder, _, name = file.path.rpartition("/")
    if folder == found.path.rstrip("/"):
        return f"{name} beside SKILL.md"
    return f"{name} in {folder}" if folder else f"{name} at the source's root"
