"""Shared memory that crashed programs left behind, told from what is in use."""

from __future__ import annotations

from dataclasses import dataclass

from shellwright.recipe import (
    Check,
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Snapshot,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("shmid", "id"),
    Column("owner", "user"),
    Column("bytes", "count"),
    Column("creator", "pid"),
)
SCRIPT = """#!/bin/bash
# @name@ [-n] BYTES: removes own segments of that size or more that nobody needs any longer.
export LC_ALL=C
dry=
if [ "${1:-}" = -n ]; then
    dry=1
    shift
fi
if (( $# != 1 )) || [[ ! $1 =~ ^[0-9]+$ ]]; then
    echo "usage: @name@ [-n] BYTES" >&2
    exit 64
fi
runs() {
    local state
    state=$(ps -o state= -p "$1") && [ "$state" != Z ]
}
join <(ipcs -m | awk '$2 ~ /^[0-9]+$/ { print $2, $3, $5, $6 }' | sort) \\
     <(ipcs -m -p | awk '$1 ~ /^[0-9]+$/ { print $1, $3, $4 }' | sort) | sort -n |
    while read -r id owner bytes attached creator last; do
        [ "$owner" = "$(id -un)" ] && (( bytes >= $1 && attached == 0 )) || continue
        if runs "$creator" || { (( last )) && runs "$last"; }; then continue; fi
        [ -n "$dry" ] || ipcrm -m "$id"
        echo "$id $bytes"
    done
"""
MAKER = """import ctypes, sys
lib = ctypes.CDLL(None)
lib.shmat.restype = ctypes.c_void_p
lib.shmat.argtypes = ctypes.c_int, ctypes.c_void_p, ctypes.c_int
lib.shmdt.argtypes = (ctypes.c_void_p,)
for word in sys.argv[1:]:
    how, number = word.split(":")
    if how == "make":
        made = lib.shmget(0, int(number), 0o1600)
    elif how == "hold":
        made = lib.shmget(0, int(number), 0o1600)
        lib.shmat(made, None, 0)
    else:
        made = int(number)
        at = lib.shmat(made, None, 0)
        if how == "touch":
            lib.shmdt(at)
    print(made, flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Segment:
    """A segment as the listings show it."""

    shmid: int
    key: int
    owner: str
    size: int
    attached: int
    creator: int
    last: int

    def usage(self) -> str:
        """Its line in the first listing."""
        return (
            f"0x{self.key:08x} {self.shmid:<10d} {self.owner:<10} {600:<10d} "
            f"{self.size:<10d} {self.attached:<10d} {'':<12}\n"
        )

    def processes(self) -> str:
        """Its line in the second listing."""
        return f"{self.shmid:<10d} {self.owner:<10} {self.creator:<10d} {self.last:<10d}\n"

    def row(self) -> Row:
        """Its row in the table."""
        return str(self.shmid), self.owner, str(self.size), str(self.creator)


class ReapOrphanedSegments(Recipe):
    """A table of the orphaned segments, and a script that removes such segments."""

    needs = (Pattern.of("snapshot", of="processes"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "awk", "bash", "cat", "chmod", "cut", "grep", "head", "id", "ipcmk", "ipcrm", "ipcs",
        "sed", "sort", "uniq",
    )  # fmt: skip
    packages = ("util-linux",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Snapshot)
        zombies = [p.pid for p in source.processes if p.state.startswith("Z")]
        alive = [p.pid for p in source.processes if p.memory and not p.state.startswith("Z")]
        if not zombies or len(alive) < 20:
            raise Unsuitable("no zombies or few processes")
        segments = drawn_segments(source, alive, zombies, draw)
        running = set(alive) | {p.pid for p in source.processes} - set(zombies)

        def orphans(gone: set[int], attached: bool = False, last: bool = True) -> list[Segment]:
            found = [
                s
                for s in segments
                if (attached or not s.attached)
                and s.creator not in gone
                and (not last or s.last not in gone)
            ]
            return sorted(found, key=lambda s: (-s.size, s.shmid))

        every = {p.pid for p in source.processes}
        listing = world.input(draw, ["shared_memory", "ipcs", "segments"], ".txt")
        target = world.output(draw, ["orphans", "orphaned_segments", "left_behind"], ".csv")
        tool = world.output(draw, ["reap", "sweep_segments", "free_segments"], ".sh")
        kept = orphans(running)
        result = summary(target, "orphaned segments", COLUMNS, [s.row() for s in kept])
        text = (
            "\n------ Shared Memory Segments --------\n"
            "key        shmid      owner      perms      bytes      nattch     status      \n"
            + "".join(s.usage() for s in segments)
            + "\n\n------ Shared Memory Creator/Last-op PIDs --------\n"
            "shmid      owner      cpid       lpid      \n"
            + "".join(s.processes() for s in segments)
            + "\n"
        )
        script = SCRIPT.replace("@name@", tool.rpartition("/")[2])
        here, there, it, shm = (quoted(p) for p in (source.path, target, tool, listing))
        head = ",".join(result.header)
        program = (
            "NR == FNR { if (FNR > 1 && $4 !~ /^Z/) runs[$1] = 1; next }\n"
            "/Creator/ { second = 1 }\n"
            "!second && $2 ~ /^[0-9]+$/ { size[$2] = $5; used[$2] = $6 }\n"
            "second && $1 ~ /^[0-9]+$/ && !used[$1] && !($3 in runs) && !($4 in runs) {\n"
            "    print $1, $2, size[$1], $3 }"
        )
        rules = (
            "A segment is orphaned if nothing is attached to it and neither the process that "
            "created it nor the one that used it last is running any more; a zombie counts as "
            "gone, and process `0` means that there was none"
        )
        use = (
            f"`{tool}`, executable, called as `[-n] BYTES`: it removes all orphaned segments of "
            "the user who calls it that have at least that many bytes, looks at the machine as it "
            "is at that moment, and prints a line `shmid bytes` for each, by ascending id; with "
            "`-n` it prints the same and removes nothing; any other call ends with `64`"
        )

        def spoilt(what: str, old: str, new: str) -> Wrong:
            return Wrong(what, path=tool, content=script.replace(old, new).encode())

        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(listing, text.encode())],
            request=[
                f"That server runs out of shared memory. `{listing}` was written down together "
                f"with the process list `{source.path}`: the segments, and below them who created "
                f"each and who used it last. {rules}. Write `{target}`, CSV with the header "
                f"`{head}`, with the orphaned ones, largest first and equal ones by id. Also, for "
                f"the future, I need {use}.",
                f"Which shared memory has been left behind? `{listing}` lists the segments of "
                "that machine and, in its second part, the processes that made them and used them "
                f"last; `{source.path}` are its processes at the same time. {rules}. The orphans "
                f"go to `{target}` (CSV, header `{head}`; by bytes, largest first, then by id). "
                f"And since it will happen again: {use}.",
            ],
            steps=[
                look(
                    f"head -n 6 {shm}; grep -A 3 Creator {shm}; head -n 3 {here}; "
                    f"awk 'NR > 1 {{ print substr($4, 1, 1) }}' {here} | sort | uniq -c",
                    "How do the two parts of the listing belong together, and are there zombies?",
                    "Look at both parts of the listing and at the states of the processes.",
                ),
                do(
                    f"awk '{program}' {here} {shm} |\n"
                    "  sort -k 3,3nr -k 1,1n | sed -e 's/ /,/g' "
                    f"-e '1i {head}' > {there}",
                    "Of the segments with nothing attached some still belong to processes that "
                    "run. Zombies count as gone.",
                    "Join both parts with the list of processes.",
                ),
                look(
                    "ipcs -m; ipcmk -M 5000; ipcs -m -p; ipcs -m | awk '$5 == 5000 { print $2 }' | "
                    "while read -r n; do ipcrm -m $n; done; id -un",
                    "How do the listings look here? A segment of `ipcmk` has no process any more.",
                    "Make a segment, list it and remove it.",
                ),
                do(
                    f"cat > {it} <<'SCRIPT'\n{script}SCRIPT\nchmod 755 {it}",
                    "The same conditions on a live machine: both listings joined by id, the state "
                    "of both processes, and only segments of the caller.",
                    "Write the script.",
                    duration=1.0,
                ),
                look(
                    f"ipcmk -M 9000; bash {it} -n 9001; bash {it} -n 9000 | cut -d ' ' -f 2; "
                    f"bash {it} 9000 | cut -d ' ' -f 2; ipcs -m | grep -c 9000; "
                    f"head -n 5 {there}",
                    "Nothing for 9001 bytes, then the same one listed and removed.",
                    "Try it with a segment of 9000 bytes, and read the table.",
                ),
            ],
            checks=[reaps(tool, draw.child("trial"))],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "zombies count as running",
                            result.with_rows(s.row() for s in orphans(every)),
                        ),
                        (
                            "who used it last does not matter",
                            result.with_rows(s.row() for s in orphans(running, last=False)),
                        ),
                        (
                            "attached ones, too",
                            result.with_rows(s.row() for s in orphans(running, attached=True)),
                        ),
                        ("sorted by id", result.with_rows(sorted(s.row() for s in kept))),
                    ],
                ),
                spoilt("a living creator does not matter", 'runs "$creator" || ', ""),
                spoilt("the last user does not matter", '(( last )) && runs "$last"', "false"),
                spoilt("attached ones are removed", " && attached == 0", ""),
                spoilt("removes when it should only say so", '[ -n "$dry" ] || ', ""),
                Wrong("the script cannot be executed", command=f"chmod 644 {it}"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command="ipcrm 4242",
                    symptom=r"[Uu]sage|invalid|unknown|bad",
                    diagnosis="It has to be told what kind of object it is: -m for shared memory.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command="ipcs --shared-memory",
                    symptom=r"unrecognized option",
                    diagnosis="The long option is --shmems, and -m the short one.",
                ),
            ],
        )


def drawn_segments(
    source: Snapshot, alive: list[int], zombies: list[int], draw: Draw
) -> list[Segment]:
    """Segments of processes that run, are zombies or are gone, attached or not."""
    users = {p.pid: p.user for p in source.processes}
    found, shmid = [], draw.integer(3, 40)
    kinds = ["alive", "zombie", "gone", "gone"]
    for number in range(draw.integer(26, 40)):
        shmid += draw.integer(1, 9)
        kind = "alive" if number == 0 else draw.choice(kinds)
        pid = {
            "alive": draw.choice(alive),
            "zombie": draw.choice(zombies),
            "gone": 60_000 + draw.integer(1, 4_000),
        }[kind]
        owner = users.get(pid) or draw.choice(sorted(set(users.values())))
        attached = draw.choice([0, 0, draw.integer(1, 4)])
        last = draw.choice([0, pid, draw.choice(alive), 64_000 + draw.integer(1, 900)])
        key = draw.choice([0, draw.integer(1, 0x7FFFFFFF)])
        if attached and last == 0:
            last = pid
        size = draw.choice([4_096, 65_536, 4_096 * draw.integer(2, 900), 524_288])
        found.append(Segment(shmid, key, owner[:10], size, attached, pid, last))
    return found


def reaps(tool: str, draw: Draw) -> Check:
    """The script removes what is orphaned on this machine, and nothing else."""
    least = draw.integer(6_000, 20_000)
    it = quoted(tool)
    script = f"""at=$(mktemp -d); cd "$at"; ipcrm --all=shm
trap 'kill $one $two 2> /dev/null; ipcrm --all=shm; rm -rf "$at"' EXIT
cat > maker.py <<'END'
{MAKER}END
mkfifo wait
python3 maker.py make:{least} make:{least - 1} make:{least + 9} make:{least + 4} \\
  make:{least + 6} < /dev/null > dead
exec 8<> wait
python3 maker.py make:{least + 1} hold:{least + 2} < wait > alive & one=$!
python3 maker.py touch:"$(sed -n 4p dead)" keep:"$(sed -n 5p dead)" < wait > last & two=$!
for _ in $(seq 50); do [ "$(cat alive last | wc -l)" = 4 ] && break; sleep 0.1; done
python3 maker.py touch:"$(sed -n 5p dead)" < /dev/null > ended
left() {{ ipcs -m | awk '$5 ~ /^[0-9]+$/ {{ print $5 }}' | sort -n | tr '\\n' ' '; echo; }}
for words in '-n {least}' {least} {least} '' '-n' x; do
  code=0; {it} $words > said 2> log || code=$?
  echo "code $code"; cut -d ' ' -f 2 said
  cut -d ' ' -f 1 said | sort -n | cmp - <(cut -d ' ' -f 1 said); left
done"""
    stay = [least - 1, least + 1, least + 2, least + 4, least + 6]
    whole = " ".join(map(str, sorted([*stay, least, least + 9]))) + " "
    rest = " ".join(map(str, stay)) + " "
    both = [str(least), str(least + 9)]
    lines = ["code 0", *both, whole, "code 0", *both, rest, "code 0", rest]
    lines += ["code 64", rest] * 3
    return shell_prints(
        script,
        "".join(f"{line}\n" for line in lines),
        about=f"{tool} removes orphaned segments and nothing else.",
        paths=[tool],
        key="reaps",
        weight=2.0,
    )
