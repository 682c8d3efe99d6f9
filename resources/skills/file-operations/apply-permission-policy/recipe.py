"""Set permissions by a policy."""

from __future__ import annotations

import dataclasses
from fnmatch import fnmatchcase

from shellwright.recipe import (
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)

FOLDERS = "folders"


class ApplyPermissionPolicy(Recipe):
    """Folders and files have the modes that a policy gives them, in place."""

    needs = (Pattern.of("tree", content="documents", condition="exposed"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = ("cat", "chmod", "find", "sort", "stat", "uniq")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        rules = policy(source, draw)
        modes = {file.name: mode_of(rules, file.name) for file in source.files}
        changed = [file for file in source.files if file.mode != modes[file.name]]
        if not changed or any(file.target for file in source.files):
            raise Unsuitable("no mode has to change, or there are links")
        folder = dict(rules)[FOLDERS]
        result = source.with_files(
            [dataclasses.replace(file, mode=modes[file.name]) for file in source.files],
            condition="tidy",
            folder_mode=folder,
            folder_modes=tuple((name, folder) for name in source.folders()),
            check_modes=True,
        )
        written = world.input(draw, ["permissions", "access_policy", "modes"], ".txt")
        text = "# pattern  mode   (the first line that fits decides)\n" + "".join(
            f"{pattern:<10} {mode:04o}\n" for pattern, mode in rules
        )
        here = quoted(source.path)
        branches = [
            rf"\( {condition(pattern)} -exec chmod {mode:04o} {{}} + \)" for pattern, mode in rules
        ]
        script = f"find {here} " + " -o \\\n  ".join(branches)
        overview = f"find {here} -printf '%y %04m\\n' | sort | uniq -c"
        script_name = next((f.name for f in source.files if f.name.endswith(".sh")), "")
        victim = quoted(f"{source.path}/{script_name or source.files[0].name}")
        top = quoted(f"{source.path}/{source.folders()[0]}")
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(written, text.encode())],
            request=[
                f"Set the permissions of `{source.path}` and of everything in it as `{written}` "
                "has it. Each line there has a pattern for file names and an octal mode, the "
                f"first line that fits decides, and `{FOLDERS}` means every folder, the top one "
                "included.",
                f"The modes below `{source.path}` have to follow our policy, `{written}`: pattern "
                "and octal mode, a line each. For a file the first pattern that fits its name "
                f"counts; the line `{FOLDERS}` is for all folders, also for the top one. Nothing "
                "but permissions may change.",
            ],
            steps=[
                look(
                    f"cat {quoted(written)}; {overview}",
                    "I have to know the policy, and which modes the files have now.",
                    "Read the policy and count the modes in use, by type.",
                ),
                do(
                    script,
                    "Files and folders have modes that the policy does not give them. One find "
                    "with alternatives keeps the order of the policy: each entry takes the first "
                    "branch that fits.",
                    "Apply the lines of the policy in their order.",
                ),
                look(
                    f"{overview}; stat -c '%a %n' {here}",
                    "Files should have the modes of the policy now, and folders a single one.",
                    "Count the modes again and look at the top folder.",
                ),
            ],
            wrong=[
                Wrong("the top folder was left out", command=f"chmod 0755 {here}"),
                Wrong("a folder below kept its mode", command=f"chmod 0755 {top}"),
                Wrong("a file can still be written by the group", command=f"chmod 0664 {victim}"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"chmod -R 0{folder:03o}8 {here}",
                    symptom=r"chmod: invalid mode",
                    diagnosis="8 is no octal digit; the mode was mistyped and nothing changed.",
                ),
                Mistake(
                    "verification",
                    before=2,
                    command=f"stat -c '%a %n' {here}/*.txt",
                    symptom=r"No such file or directory",
                    diagnosis="The files lie in sub-folders; a pattern at the top level matches "
                    "none of them. find has to collect them.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"chmod -R --files=0640 --dirs=0750 {here}",
                    symptom=r"chmod: unrecognized option '--files=0640'",
                    diagnosis="chmod knows no separate modes for files and folders; find has to "
                    "tell them apart.",
                ),
            ],
        )


def policy(tree: Tree, draw: Draw) -> list[tuple[str, int]]:
    """Patterns with their modes, in the order in which they count."""
    folder = draw.choice([0o750, 0o700])
    patterns = [
        (FOLDERS, folder),
        ("*.sh", folder),
        (f"{draw.choice(['minutes', 'contract', 'invoice', 'memo'])}-*", 0o600),
        ("*.md", draw.choice([0o644, 0o604])),
        ("*.log", draw.choice([0o600, 0o620])),
        ("*", 0o640),
    ]
    names = [file.name for file in tree.files]
    return [
        (pattern, mode)
        for pattern, mode in patterns
        if pattern == FOLDERS or any(fits(pattern, name) for name in names)
    ]


def fits(pattern: str, name: str) -> bool:
    """Whether a pattern fits the last part of a name."""
    return fnmatchcase(name.rpartition("/")[2], pattern)


def mode_of(rules: list[tuple[str, int]], name: str) -> int:
    """The mode of a file by the first rule that fits."""
    return next(mode for pattern, mode in rules if pattern != FOLDERS and fits(pattern, name))


def condition(pattern: str) -> str:
    """The test of find for a pattern."""
    if pattern == FOLDERS:
        return "-type d"
    return "-type f" if pattern == "*" else f"-name {quoted(pattern)}"
