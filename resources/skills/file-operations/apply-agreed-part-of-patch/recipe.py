"""Apply the part of a patch that was agreed on."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter

from shellwright.recipe import (
    PEOPLE,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    TreeFile,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    text_equals,
)
from shellwright.recipe.tabular import backticked
from shellwright.recipe.unified import changed_lines, differences


class ApplyAgreedPartOfPatch(Recipe):
    """Parts of a patch, chosen by folder, type and the lines they change, are kept and applied."""

    needs = (Pattern.of("tree", content="documents", condition="outdated"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = ("filterdiff", "find", "grepdiff", "head", "lsdiff", "patch", "wc")
    packages = ("patchutils", "patch")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        texts = {f.name: f.content.decode() for f in source.files if not f.target}
        counts = Counter(who for text in texts.values() for who in PEOPLE if who in text)
        person = max(sorted(counts), key=lambda who: counts[who])
        after = {name: edited(text, person, draw) for name, text in texts.items()}
        folders = sorted({name.split("/")[0] for name in texts if "/" in name})
        if len(folders) < 3:
            raise Unsuitable("too few folders to leave one out")
        chosen = sorted(draw.sample(folders, 2))
        new = f"{chosen[0]}/errata.txt"
        after[new] = f"Errata, {world.theme.team}\n\nRead by {draw.choice(PEOPLE[:20])}.\n"
        parts = differences(texts, after)
        skipped = draw.choice([".log", ".md"])
        within = [n for n in parts if n.split("/")[0] in chosen and not n.endswith(skipped)]
        disputed = [n for n in within if any(person in line for line in changed_lines(parts[n]))]
        mentioned = [n for n in within if n not in disputed and person in parts[n]]
        agreed = [name for name in within if name not in disputed]
        kept = [n for n in parts if n.split("/")[0] in chosen and n.endswith(skipped)]
        if not (disputed and mentioned and kept) or new in texts or len(agreed) < 3:
            raise Unsuitable("not every case of the choice occurs")
        result = tree_after(source, {name: after[name] for name in agreed})
        patch = world.input(draw, ["proposed", "spring_cleaning", "all_changes"], ".patch")
        target = world.output(draw, ["agreed", "accepted_part", "cleared"], ".patch")
        whole = covered(parts, world, draw)
        wanted = "".join(parts[name] for name in agreed)
        here, big, small = quoted(source.path), quoted(patch), quoted(target)
        include = " ".join(f"-i '{folder}/*'" for folder in chosen)
        names = f"filterdiff --clean -p1 {include} -x '*{skipped}'"
        dispute = f"grepdiff --strip=1 --only-match=mod '{person}' {big}"
        loose = "".join(parts[n] for n in within if n not in mentioned and n not in disputed)
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(patch, whole.encode())],
            checks=[
                text_equals(
                    target,
                    wanted,
                    about=f"{target} holds the agreed parts of the patch as they stand there.",
                )
            ],
            request=[
                f"`{patch}` proposes changes all over `{source.path}` (a unified diff against that "
                f"folder, with remarks in between). Only a part has been agreed on: what concerns "
                f"files below {backticked(chosen)}, except for `*{skipped}` files, and except for "
                f"files in which an added or removed line names `{person}`; a name in an unchanged "
                f"line does no harm. Write the agreed files' parts to `{target}`, as they stand "
                "and "
                "in their order, without the remarks, and apply just them to the folder.",
                f"Please apply a share of the unified diff `{patch}` to `{source.path}` and keep "
                f"that share as `{target}`. It consists of the files below {backticked(chosen)}. "
                f"Leave out every `*{skipped}` file, and every file where the diff adds or removes "
                f"a line with the name `{person}` (who has objected; lines that are there for "
                f"orientation only do not count). In `{target}` the parts follow in the "
                "same order, unaltered, and the remarks between them are gone. Nothing else may "
                "change in the folder.",
            ],
            steps=[
                look(
                    f"head -n 5 {big}; lsdiff -s --strip=1 {big}",
                    "A big patch with text around it. I want to see which files it touches.",
                    "List the files of the patch with the kind of change.",
                ),
                look(
                    f"{dispute}; echo; grepdiff --strip=1 '{person}' {big} | wc -l",
                    f"{person} may be named in context lines too, and those do not count.",
                    "Compare the files whose changed lines name the person with all that do.",
                ),
                do(
                    f"{names} -X <({dispute}) {big} > {small}",
                    f"{len(mentioned)} of the chosen files only mention {person} in their "
                    f"surroundings; {len(disputed)} really change such a line and stay out.",
                    "Filter by folder, type and the list of disputed files, without the remarks.",
                ),
                look(
                    f"lsdiff -s --strip=1 {small}; patch --dry-run -d {here} -p1 -i {small}",
                    f"Only agreed files should be left, {new} among them as a new one.",
                    "List what is in the filtered patch and try it.",
                ),
                do(
                    f"patch -d {here} -p1 --no-backup-if-mismatch -i {small}",
                    "Every hunk of the filtered patch applies.",
                    "Apply what was filtered.",
                ),
                look(
                    f"find {here} -name '*.orig' -o -name '*.rej'; patch --dry-run -R -s -f -d "
                    f"{here} -p1 -i {small} && echo in place",
                    "No backups may lie around, and the patch should now come off cleanly.",
                    "Look for leftovers and try the reverse.",
                ),
            ],
            wrong=[
                Wrong(
                    "files whose context names the person were left out as well",
                    path=target,
                    content=loose.encode(),
                ),
                Wrong(
                    f"{skipped} files were taken in",
                    path=target,
                    content="".join(parts[n] for n in parts if n in kept or n in agreed).encode(),
                ),
                Wrong(
                    "the whole patch was applied",
                    command=f"patch -s -R -d {here} -p1 -i {small} && patch -s -d {here} -p1 "
                    f"--no-backup-if-mismatch -i {big}",
                ),
                Wrong(
                    "the part was written but not applied",
                    command=f"patch -s -R -d {here} -p1 -i {small}",
                ),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"filterdiff {include} {big} | lsdiff | wc -l",
                    symptom=r"(?m)^0$",
                    diagnosis="The names in the patch begin with a/ and b/, so no pattern matches: "
                    "one part has to be stripped with -p1.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"lsdiff --only-match=mod '{person}' {big}",
                    symptom=r"--only-match only applies to grep mode",
                    diagnosis="Choosing by the content of changed lines is grepdiff's job.",
                ),
            ],
        )


def edited(text: str, person: str, draw: Draw) -> str:
    """The text with another figure in one of its lines, often in one that names the person."""
    lines = text.splitlines(keepends=True)
    figures = [n for n, line in enumerate(lines) if re.search(r"\(\d+\)$", line)]
    named = [n for n in figures if person in lines[n]]
    if not figures or draw.chance(0.2):
        return text
    place = draw.choice(named or figures)
    if named and draw.chance(0.5):
        # A neighbour changes, so that the person is in the context.
        place = next((n for n in figures if n not in named and abs(n - place) < 4), place)
    lines[place] = re.sub(r"\((\d+)\)$", lambda m: f"({int(m[1]) + 1000})", lines[place])
    return "".join(lines)


def covered(parts: dict[str, str], world: World, draw: Draw) -> str:
    """The parts below a covering note, with a remark above some of them."""
    text = f"All changes to the papers, for discussion in {world.theme.team}.\n\n"
    for name, part in parts.items():
        if draw.chance(0.25):
            text += f"{draw.choice(PEOPLE)}: please check {name.rpartition('/')[2]}.\n"
        text += part
    return text


def tree_after(source: Tree, texts: dict[str, str]) -> Tree:
    """The tree with these texts in place of or beside its own."""
    files = [
        dataclasses.replace(f, content=texts[f.name].encode()) if f.name in texts else f
        for f in source.files
    ]
    names = {file.name for file in source.files}
    files += [TreeFile(n, text.encode()) for n, text in texts.items() if n not in names]
    return source.with_files(files, condition="tidy")
