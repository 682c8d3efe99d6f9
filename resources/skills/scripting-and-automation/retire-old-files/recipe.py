"""A retention script, written and used."""

from __future__ import annotations

from datetime import UTC, datetime

from shellwright.recipe import (
    Archive,
    Draw,
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

SCRIPT = """#!/bin/bash
# Packs the files that were last changed before a day into an archive and removes them.
set -euo pipefail
me=${0##*/}
refuse() { echo "$me: $2" >&2; exit "$1"; }

[ $# -eq 3 ] || refuse 64 "usage: $me FOLDER DAY ARCHIVE"
day=$2 archive=$3
[ -d "$1" ] || refuse 66 "$1: no such folder"
[ ! -e "$archive" ] || refuse 73 "$archive: exists already"
folder=$(cd -- "$1" && pwd)
limit=$(($(date -u -d "$day 00:00:00" +%s) - 1))

list=$(mktemp)
trap 'rm -f -- "$list" "$archive.part"' EXIT
(cd "${folder%/*}/" && find "./${folder##*/}" -type f ! -newermt "@$limit.999999999" -print0) \\
  | sed -z 's,^[.]/,,' | LC_ALL=C sort -z > "$list"
count=$(tr -cd '\\0' < "$list" | wc -c)
if [ "$count" -gt 0 ]; then
  tar -czf "$archive.part" -C "${folder%/*}/" --null --verbatim-files-from -T "$list"
  mv -- "$archive.part" "$archive"
  (cd "${folder%/*}/" && xargs -0 rm -f -- < "$list")
  find "$folder" -mindepth 1 -type d -empty -delete
fi
echo "$count"
"""
#: Files of the trial folder with their times; the day of the trial is 2025-06-01.
TRIAL = (
    ("plan b/first draft.txt", "2024-11-30 09:00:00"),
    ("plan b/final.txt", "2025-06-01 00:00:00"),
    ("-old/-x.log", "2025-05-31 23:59:59"),
    ("'quoted' & co/it's here.md", "2023-02-14 12:00:00"),
    ("'quoted' & co/new $HOME.md", "2025-08-14 12:00:00"),
    ("top  two blanks ", "2025-05-01 00:00:00"),
    ("*", "2025-07-01 00:00:00"),
)


class RetireOldFiles(Recipe):
    """What was last changed before a day lies in an archive; a script is there to do it again."""

    needs = (Pattern.of("tree", content="documents", condition="tidy"),)
    gives = (Pattern.of("archive", format="tar.gz", holds="tree", origin="made"),)
    tools = ("bash", "cat", "chmod", "cut", "find", "head", "shellcheck", "sort", "tar", "wc")
    packages = ("shellcheck",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        if not world.focus_is_given():
            raise Unsuitable("the files carry the times of today")
        times = sorted(file.mtime for file in source.files)
        middle = times[len(times) * draw.integer(4, 6) // 10]
        day = datetime.fromtimestamp(middle, UTC).date().isoformat()
        limit = int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())
        old = [file for file in source.files if file.mtime < limit]
        left = source.with_files(file for file in source.files if file.mtime >= limit)
        if not old or not left.files:
            raise Unsuitable("nothing is old, or everything is")
        root, _, name = source.path.rpartition("/")
        script = world.output(draw, ["retire", "retention", "clear_out"], ".sh")
        target = world.output(draw, ["retired", "old_papers", f"{name}-before"], ".tar.gz")
        result = Archive(
            path=target,
            noun=f"archive of old {source.noun}",
            payload=source.with_files(old),
            root=root,
            origin="made",
            packed_from=target,
        )
        here, there, tool = quoted(source.path), quoted(target), quoted(script)
        codes = (
            "It ends with `64` for any number of arguments but three, `66` where the folder does "
            "not exist and `73` where the archive does, in each case with a message on standard "
            "error only and nothing changed."
        )
        odd = "Names may hold blanks, quotes or a leading hyphen."
        return Move(
            focus=result,
            makes=[left, result],
            request=[
                f"We clear out `{source.path}` every year, so make that a bash script, `{script}`, "
                "executable, called as `FOLDER DAY ARCHIVE`. Files last changed before `DAY` "
                "(`YYYY-MM-DD`, from 00:00 UTC on) go into the gzipped tar `ARCHIVE`, named from "
                "the folder's own name on, and disappear from the folder together with folders "
                "that are empty then. All it prints is the number of files; with nothing to do "
                f"it makes no archive. {codes} {odd} Then use it on that folder with "
                f"`{day}` and `{target}`.",
                f"Write an executable bash script `{script}` for our retention rule. Arguments: "
                "`FOLDER DAY ARCHIVE`, the day as `YYYY-MM-DD`. Whatever was last modified before "
                "that `DAY` began (UTC) is moved into `ARCHIVE`, a tar with gzip whose members "
                "start with the name of the folder itself; no empty subfolder may remain. Where "
                "nothing is that old there is no archive. Standard output is the number of files "
                f"moved. {codes} {odd} Carry it out for `{source.path}`, the day `{day}` and the "
                f"archive `{target}`.",
            ],
            steps=[
                look(
                    f"find {here} -type f -printf '%TY-%Tm-%Td %p\\n' | sort | head -n 30; "
                    f"find {here} -type f ! -newermt '{day} 00:00:00 UTC' | wc -l",
                    f"The rule looks at the time of the last change; the boundary is {day}.",
                    "List the files by age and count what is older.",
                ),
                do(
                    f"cat > {tool} <<'SCRIPT'\n{SCRIPT}SCRIPT\nchmod 755 {tool}",
                    "Only files older than the day are due. The script has to refuse before it "
                    "touches anything, and to remove only what is safely packed.",
                    "Write the script, with names separated by NUL bytes throughout.",
                    duration=1.0,
                ),
                look(
                    f"shellcheck {tool}; bash {tool} {here} || echo code $?; "
                    f"bash {tool} /nowhere {day} {there} || echo code $?",
                    "Before it may remove anything, I want it checked, and its refusals seen.",
                    "Run the linter, then the script with wrong arguments.",
                    duration=0.6,
                ),
                do(
                    f"bash {tool} {here} {day} {there}",
                    "The refusals work and the linter has no complaint.",
                    "Run it on the folder.",
                    duration=0.4,
                ),
                look(
                    f"tar -tzf {there} | head -n 20; tar -tzf {there} | wc -l; "
                    f"find {here} -type f | wc -l; find {here} -type d -empty | cut -c 1-80",
                    "What is old must be packed, and all else left.",
                    "Count both sides and look for empty folders.",
                ),
            ],
            checks=[
                shell_prints(
                    trial(tool),
                    trial_text(),
                    about=f"{script} does the same on another folder, and refuses as agreed.",
                    paths=[script],
                    key="trial",
                    weight=2.0,
                )
            ],
            wrong=[
                Wrong(
                    "the script breaks names at blanks",
                    path=script,
                    content=SCRIPT.replace("-print0", "-print")
                    .replace("sed -z", "sed")
                    .replace("sort -z", "sort")
                    .replace("'\\0'", "'\\n'")
                    .replace("--null ", "")
                    .replace("xargs -0", "xargs")
                    .encode(),
                ),
                Wrong(
                    "midnight itself counts as old",
                    path=script,
                    content=SCRIPT.replace(" - 1))", "))").encode(),
                ),
                Wrong(
                    "an archive that exists is overwritten",
                    path=script,
                    content=SCRIPT.replace('[ ! -e "$archive" ] || refuse 73', ": ||").encode(),
                ),
                Wrong("the script is not executable", command=f"chmod 644 {tool}"),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"find {here} -type f -older {day}",
                    symptom=r"find: unknown predicate .-older'",
                    diagnosis="find has no -older; the test is the negation of -newermt.",
                ),
                Mistake(
                    "command",
                    before=3,
                    command=f"bash {tool} {here} {there}",
                    symptom=r"usage: .* FOLDER DAY ARCHIVE",
                    diagnosis="The day is missing between the folder and the archive.",
                ),
            ],
        )


def trial(tool: str) -> str:
    """A bash script that tries the tool on a folder of its own and shows what comes of it."""
    puts = "\n".join(f"put {quoted(name)} '{time}Z'" for name, time in TRIAL)
    return f"""at=$(mktemp -d); trap 'rm -rf "$at"' EXIT; cd "$at"
put() {{
  mkdir -p "my papers/$(dirname -- "$1")"; echo "$1" > "my papers/$1"; touch -d "$2" "my papers/$1"
}}
{puts}
export TZ=America/New_York
try() {{ code=0; {tool} "$@" 2> err || code=$?; echo "exit $code"; test ! -s err || echo told; }}
try 'my papers' 2025-06-01
try nowhere 2025-06-01 a.tar.gz
touch b.tar.gz
try 'my papers' 2025-06-01 b.tar.gz
find 'my papers' -type f | wc -l; wc -c < b.tar.gz
try 'my papers' 2020-01-01 c.tar.gz
try 'my papers' 2025-06-01 d.tar.gz
tar -tzf d.tar.gz | grep -v '/$' | sort; find 'my papers' -mindepth 1 | sort
ls"""


def trial_text() -> str:
    """What that prints when the tool does what it should."""
    old = [name for name, time in TRIAL if time < "2025-06-01"]
    left = {name for name, _ in TRIAL} - set(old)
    folders = {name.rpartition("/")[0] for name in left if "/" in name}
    lines = ["exit 64", "told", "exit 66", "told", "exit 73", "told", str(len(TRIAL)), "0"]
    lines += ["0", "exit 0", str(len(old)), "exit 0"]
    lines += byte_sorted(f"my papers/{name}" for name in old)
    lines += byte_sorted(f"my papers/{name}" for name in left | folders)
    lines += ["b.tar.gz", "d.tar.gz", "err", "my papers"]
    return "".join(f"{line}\n" for line in lines)
