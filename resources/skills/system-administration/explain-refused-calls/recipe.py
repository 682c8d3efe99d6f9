"""Failed system calls of an audit log, by program and by the name of the error."""

from __future__ import annotations

from dataclasses import dataclass

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Process,
    Recipe,
    Row,
    Snapshot,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("user", "user"),
    Column("errno", "key"),
    Column("meaning", "note"),
    Column("calls", "count"),
    Column("processes", "count"),
)
#: Name and meaning by number, as Linux on x86-64 has them.
ERRORS = {
    1: ("EPERM", "Operation not permitted"),
    2: ("ENOENT", "No such file or directory"),
    13: ("EACCES", "Permission denied"),
    24: ("EMFILE", "Too many open files"),
    28: ("ENOSPC", "No space left on device"),
    30: ("EROFS", "Read-only file system"),
    98: ("EADDRINUSE", "Address already in use"),
    111: ("ECONNREFUSED", "Connection refused"),
    116: ("ESTALE", "Stale file handle"),
    122: ("EDQUOT", "Disk quota exceeded"),
    4: ("EINTR", "Interrupted system call"),
    11: ("EAGAIN", "Resource temporarily unavailable"),
    115: ("EINPROGRESS", "Operation now in progress"),
}
WAITING = ("EAGAIN", "EINPROGRESS", "EINTR")
PROGRAM = """NR == FNR { if (FNR > 1) user[$1] = $3; next }
/ success=no / {
    match($0, / exit=-[0-9]+/); number = substr($0, RSTART + 7, RLENGTH - 7)
    match($0, / pid=[0-9]+/); pid = substr($0, RSTART + 5, RLENGTH - 5)
    if (pid in user) print user[pid], number, pid }"""


@dataclass(frozen=True)
class Call:
    """A line of the audit log."""

    pid: int
    parent: int
    command: str
    exit: int

    def line(self, number: int, call: int, key: str) -> str:
        """The line, the `number`-th one."""
        success = "no" if self.exit < 0 else "yes"
        return (
            f"type=SYSCALL msg=audit({1772438400 + number // 3}.{number * 37 % 1000:03d}:"
            f"{4000 + number}): arch=c000003e syscall={call} success={success} exit={self.exit} "
            f"a0=ffffff9c a1={number * 7919:x} items=1 ppid={self.parent} pid={self.pid} uid=998 "
            f'comm="{self.command}" exe="/usr/bin/{self.command}" key="{key}"\n'
        )


class ExplainRefusedCalls(Recipe):
    """A row a user and error: its name and meaning, failed calls and processes."""

    needs = (Pattern.of("snapshot", of="processes"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("awk", "cat", "cut", "errno", "grep", "head", "sort", "uniq", "wc", "xargs")
    packages = ("moreutils",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Snapshot)
        users = {p.pid: p.user for p in source.processes}
        alive = [p for p in source.processes if p.memory]
        if len({p.user for p in alive}) < 3 or len(users) < len(source.processes):
            raise Unsuitable("hardly any users")
        codes = draw.sample([n for n in ERRORS if ERRORS[n][0] not in WAITING], 6)
        codes += draw.sample([n for n in ERRORS if ERRORS[n][0] in WAITING], 2)
        calls = drawn_calls(alive, codes, draw)
        rows = figures(calls, users)
        if len(rows) < 8:
            raise Unsuitable("hardly any refused calls")
        path = world.input(draw, ["audit", "syscalls", "refusals"], ".log")
        target = world.output(draw, ["refused_calls", "failures", "errors_by_user"], ".csv")
        result = summary(target, "refused calls by user and error", COLUMNS, rows)
        text = "".join(
            call.line(n, draw.choice([2, 41, 42, 49, 82, 257]), world.theme.key)
            for n, call in enumerate(calls)
        )
        here, log, there = quoted(source.path), quoted(path), quoted(target)
        head = ",".join(result.header)
        waiting = "`EAGAIN`, `EINPROGRESS` and `EINTR`"
        first = codes[0]
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(path, text.encode())],
            request=[
                f"`{path}` is the audit log of that machine, with bare error numbers (negative, in "
                f"`exit`). I need to know who was refused what: `{target}`, CSV with the header "
                f"`{head}`, a row for each user and error. User is that of the process in "
                f"`{source.path}` which has the line's `pid`; lines of processes that are not in "
                "there do not count, nor do calls that succeeded. `errno` is the symbolic name on "
                "this platform, `meaning` the system's own English text for it, `calls` the "
                f"number of failed calls and `processes` that of the different processes. Leave "
                f"out {waiting}, which only mean that a program has to wait. Most calls first, "
                "then by user, then by name, in byte order.",
                f"Who was refused what on that machine? The audit log `{path}` says so only in "
                f"numbers. Make `{target}` from it, a CSV file with the header `{head}`: the user "
                f"of the process (by `pid`, from `{source.path}`; skip lines whose process is not "
                "listed there), the error's symbolic name as `errno` and the text that this "
                "system has for it as `meaning`, how many calls failed with it in `calls`, and "
                "from how many processes they came in `processes`. The number is the negated "
                f"`exit` of an unsuccessful call. {waiting} are no refusals and stay out. Sort by "
                "calls, largest first; equal ones by user and then name in byte order.",
            ],
            steps=[
                look(
                    f"head -n 2 {log}; wc -l {log}; grep -o ' success=no exit=-[0-9]*' {log} | "
                    "sort | uniq -c; "
                    f"head -n 3 {here}",
                    "Which numbers occur, and how do I get from a line to a process?",
                    "Look at both files and count the error numbers.",
                ),
                look(
                    f"grep -o ' success=no exit=-[0-9]*' {log} | cut -d - -f 2 | sort -nu | "
                    "xargs -n 1 errno",
                    f"The failed calls have several numbers, such as {first}. Their names should "
                    "come from the system.",
                    "Have the numbers explained.",
                ),
                do(
                    f"awk '{PROGRAM}' {here} {log} |\n"
                    "  sort | uniq -c | while read -r calls user number pid; do\n"
                    '    read -r name number meaning < <(errno "$number")\n'
                    f"    case $name in {'|'.join(WAITING)}) continue ;; esac\n"
                    '    echo "$user,$name,$meaning,$calls"\n'
                    "  done |\n"
                    "  awk -F , -v OFS=, '{ k = $1 OFS $2 OFS $3; n[k] += $4; p[k]++ }\n"
                    "    END { for (k in n) print k, n[k], p[k] }' |\n"
                    "  LC_ALL=C sort -t , -k 4,4nr -k 1,1 -k 2,2 |\n"
                    f"  cat <(echo {head}) - > {there}",
                    "Some lines are of processes that the list does not have. `ppid=` ends like "
                    "the field that I want, so the blank before it matters.",
                    "Reduce to user, number and process, name the errors, group and sort.",
                    duration=1.0,
                ),
                look(
                    f"cat {there}; awk -F , 'NR > 1 {{ n += $4 }} END {{ print n }}' {there}",
                    "Failed calls of unknown processes aside, every one should be accounted for.",
                    "Read the table and add it up.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "waiting counted as refused",
                        result.with_rows(figures(calls, users, ())),
                    ),
                    (
                        "a process a call",
                        result.with_rows((*row[:4], row[3]) for row in rows),
                    ),
                    ("in the order of names", result.with_rows(sorted(rows))),
                    (
                        "the parent's user",
                        result.with_rows(
                            figures(
                                [Call(c.parent, c.parent, c.command, c.exit) for c in calls], users
                            )
                        ),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"errno --list {first}; errno -n {first}",
                    symptom=r"(invalid|unrecognized|unknown) option|E[A-Z]+ \d+",
                    diagnosis="A number is simply given as the argument, without an option.",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command=f"head -n 1 {log} | grep -o 'pid=[0-9]*'",
                    symptom=r"pid=\d+\s+pid=\d+",
                    diagnosis="That finds the parent's number as well, and first. It takes the "
                    "blank before `pid=` to tell them apart.",
                ),
            ],
        )


def drawn_calls(alive: list[Process], codes: list[int], draw: Draw) -> list[Call]:
    """Calls of living processes and of some that are gone, a third of them failed."""
    often = draw.sample(alive, 14)
    found = []
    for _ in range(draw.integer(320, 480)):
        process = draw.choice(often) if draw.chance(0.7) else draw.choice(alive)
        command = process.command.split(" ")[0].rpartition("/")[2][:15]
        pid = process.pid if draw.chance(0.9) else 80_000 + draw.integer(1, 99)
        code = -draw.choice(codes) if draw.chance(0.5) else draw.integer(0, 40)
        found.append(Call(pid, draw.choice(alive).pid, command, code))
    return found


def figures(
    calls: list[Call], users: dict[int, str], left_out: tuple[str, ...] = WAITING
) -> list[Row]:
    """The rows of the table."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for call in calls:
        if call.exit < 0 and call.pid in users and ERRORS[-call.exit][0] not in left_out:
            found.setdefault((users[call.pid], *ERRORS[-call.exit]), []).append(call.pid)
    ranked = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0][0], pair[0][1]))
    return [(*key, str(len(pids)), str(len(set(pids)))) for key, pids in ranked]
