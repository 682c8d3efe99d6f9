"""Restore access control lists from a dump."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

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
    byte_sorted,
    do,
    look,
    quoted,
    shell_prints,
)

RIGHTS = ("---", "r--", "rw-", "r-x", "rwx")
USERS = ("backup", "games", "mail", "news", "www-data")
GROUPS = ("adm", "operator", "staff", "users")


@dataclass(frozen=True)
class Access:
    """The access list of a file or folder; `users` and `groups` are named entries."""

    owner: str
    group: str
    other: str
    users: tuple[tuple[str, str], ...] = ()
    groups: tuple[tuple[str, str], ...] = ()

    def mask(self) -> str:
        """The union of what the group and the named entries have."""
        rights = [self.group, *(r for _, r in self.users), *(r for _, r in self.groups)]
        return "".join(c if any(c in r for r in rights) else "-" for c in "rwx")

    def lines(self) -> list[str]:
        """The entries as `getfacl` lists them."""
        found = [f"user::{self.owner}", *(f"user:{n}:{r}" for n, r in self.users)]
        found += [f"group::{self.group}", *(f"group:{n}:{r}" for n, r in self.groups)]
        found += [f"mask::{self.mask()}"] if self.users or self.groups else []
        return [*found, f"other::{self.other}"]

    def mode(self) -> int:
        """The permission bits that a file with this list shows."""
        return int("".join(str(_bits(r)) for r in (self.owner, self.mask(), self.other)), 8)


class RestoreAccessLists(Recipe):
    """Files and folders have the access lists of a dump, newer files a stated one."""

    needs = (Pattern.of("tree", content="documents", condition="exposed"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = ("awk", "comm", "find", "getfacl", "head", "rm", "sed", "setfacl",
             "sort", "wc")  # fmt: skip
    packages = ("acl",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        if any(file.target for file in source.files) or len(source.files) < 8:
            raise Unsuitable("links, or too few files")
        names = [file.name for file in source.files]
        if any({*name} & {*" \\\n"} for name in names):
            raise Unsuitable("names that a dump would have to escape")
        newer = draw.sample(names, 3)
        folder = Access("rwx", "r-x", "---", (("backup", "r-x"),), (("staff", "rwx"),))
        plain = Access("rw-", draw.choice(["r--", "---"]), "---")
        lists = {name: plain if name in newer else _drawn(draw) for name in names}
        result = source.with_files(
            [dataclasses.replace(f, mode=lists[f.name].mode()) for f in source.files],
            condition="tidy",
            folder_mode=folder.mode(),
            folder_modes=tuple((name, folder.mode()) for name in source.folders()),
            check_modes=True,
        )
        lists |= dict.fromkeys(source.folders(), folder)
        gone = [f"{names[0].rpartition('/')[0]}/{stem}.txt" for stem in ("draft-90", "list-91")]
        top = draw.choice(["export", "office", "share_old", "tank"])
        dumped = {top: folder}
        dumped |= {f"{top}/{name}": acl for name, acl in lists.items() if name not in newer}
        dumped |= {f"{top}/{name}": _drawn(draw) for name in gone}
        dump = world.input(draw, ["permissions", "acl_dump", "access"], ".acl")
        blocks = [
            "\n".join([f"# file: {path}", "# owner: agent", "# group: agent", *acl.lines()]) + "\n"
            for path, acl in sorted(dumped.items())
        ]
        here, given = quoted(source.path), quoted(dump)
        root, _, name = source.path.rpartition("/")
        spec = f"u::{plain.owner},g::{plain.group},o::{plain.other}"
        existing = f"(cd {here} && find . -mindepth 1 | sed 's/^[.]/{top}/'; echo {top}) | sort"
        listed = f"sed -n 's/^# file: //p' {given} | sort"
        granting = [n for n in names if lists[n].users and lists[n].mask() != "---"]
        if not granting:
            raise Unsuitable("no mask that could be narrowed")
        rich = byte_sorted(granting)[0]
        poor = quoted(f"{source.path}/{newer[0]}")
        victim = quoted(f"{source.path}/{rich}")
        expected = "".join(
            f"{name}\n" + "".join(f"{line}\n" for line in lists[name].lines())
            for name in byte_sorted(lists)
        )
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(dump, "\n".join(blocks).encode())],
            request=[
                f"The move to the new server lost the access control lists below `{source.path}`. "
                f"`{dump}` is a dump of them, from when the folder was still called `{top}`. Put "
                "back the list of the folder itself and of everything in it that still exists. "
                "Files that came after the dump get no named entries, only "
                f"`{spec}`. Contents stay as they are.",
                f"Please restore the ACLs of `{source.path}` and all that is in it from `{dump}`, "
                f"which was taken when that folder's name was `{top}`; it also has entries for "
                "files that have been deleted since. For files that the dump does not know the "
                f"list is `{spec}` and nothing else. Change nothing but permissions.",
            ],
            steps=[
                look(
                    f"head -n 22 {given}; LC_ALL=C comm -3 <({listed}) <({existing})",
                    "Which paths does the dump use, and how does it differ from what is there?",
                    "Read its beginning and compare its paths with the folder.",
                ),
                do(
                    f"cd {quoted(root)}\n"
                    "awk -v RS= -v ORS='\\n\\n' -F '\\n' 'FNR == NR { there[$1]; next } "
                    f"$1 in there' \\\n  <(getfacl -R {quoted(name)}) "
                    f"<(sed 's|^# file: {top}|# file: {name}|' {given}) > /tmp/restore.acl\n"
                    f"find {here} -type f -exec setfacl -b -m {spec} {{}} +\n"
                    "setfacl --restore=/tmp/restore.acl\nrm /tmp/restore.acl\ncd /app",
                    "Some entries are of deleted files, some files are newer than the dump, and "
                    "all paths begin with the old name.",
                    "Keep the blocks of what exists under its present name, set the default on "
                    "all files and then restore.",
                ),
                look(
                    f"getfacl -cEp {victim} {poor}; getfacl -R -s -p {here} | sed -n "
                    "'/^# file/p' | wc -l",
                    f"{rich} should have named entries again, {newer[0]} none.",
                    "Look at one file of each sort and count those with more than plain modes.",
                ),
            ],
            checks=[
                shell_prints(
                    f"cd {here}\nfind . -mindepth 1 -printf '%P\\n' | sort | "
                    "while IFS= read -r name; do\n"
                    '  echo "$name"; getfacl -cE -- "$name" | sed "/^$/d"\ndone',
                    expected,
                    about=f"Everything in {source.path} has the expected access list.",
                    paths=[source.path],
                    key="access",
                    weight=2.0,
                )
            ],
            wrong=[
                Wrong("a named entry is missing", command=f"setfacl -b {victim}"),
                Wrong("the mask was narrowed", command=f"chmod g-r,g-w,g-x {victim}"),
                Wrong(
                    "a newer file has a named entry",
                    command=f"setfacl -m u:{USERS[0]}:r {poor}",
                ),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"(cd /tmp && setfacl --restore={given})",
                    symptom=r"No such file or directory",
                    diagnosis="The paths in the dump are relative and begin with the old name of "
                    "the folder; they have to be rewritten.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"setfacl --from-dump {given}",
                    symptom=r"Usage: setfacl",
                    diagnosis="The option to read a dump is called --restore.",
                ),
            ],
        )


def _bits(rights: str) -> int:
    return sum(value for c, value in zip("rwx", (4, 2, 1), strict=True) if c in rights)


def _drawn(draw: Draw) -> Access:
    """An access list with up to three named entries; the owner can always read and write."""
    users = sorted(draw.sample(USERS, draw.integer(0, 2)), key=_number)
    groups = sorted(draw.sample(GROUPS, draw.integer(0, 1)), key=_number)
    return Access(
        "rw-",
        draw.choice(RIGHTS[:3]),
        "---",
        tuple((name, draw.choice(RIGHTS[:4])) for name in users),
        tuple((name, draw.choice(RIGHTS[:4])) for name in groups),
    )


def _number(name: str) -> int:
    """The id by which Debian knows a user or group; lists are in their order."""
    known = {"adm": 4, "games": 5, "mail": 8, "news": 9, "www-data": 33, "backup": 34,
             "operator": 37, "staff": 50, "users": 100}  # fmt: skip
    return known[name]
