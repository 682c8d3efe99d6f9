"""List the processes that hold capabilities beyond an allow-list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("pid", "pid"),
    Column("user", "user"),
    Column("excess", "capabilities"),
    Column("held", "count"),
)
#: Bit numbers, from linux/capability.h.
BITS = {
    "cap_chown": 0, "cap_dac_override": 1, "cap_dac_read_search": 2, "cap_fowner": 3,
    "cap_kill": 5, "cap_setgid": 6, "cap_setuid": 7, "cap_net_bind_service": 10,
    "cap_net_admin": 12, "cap_net_raw": 13, "cap_sys_module": 16, "cap_sys_ptrace": 19,
    "cap_sys_admin": 21, "cap_sys_nice": 23, "cap_sys_resource": 24, "cap_sys_time": 25,
    "cap_mknod": 27, "cap_audit_write": 29, "cap_syslog": 34,
}  # fmt: skip
MILD = ("cap_net_bind_service", "cap_kill", "cap_sys_nice", "cap_chown")
GRAVE = ("cap_sys_admin", "cap_sys_ptrace", "cap_dac_override", "cap_sys_module", "cap_net_admin",
         "cap_dac_read_search", "cap_setuid", "cap_net_raw")  # fmt: skip
#: Allowed names by user first, then pid, mask and decoded names.
PROGRAM = """FNR == NR { allowed[$1] = "," $2 ","; next }
  { user = owner[$1]; extra = ""; n = split($3, held, ",")
    for (i = 1; i <= n; i++) if (index(allowed[user], "," held[i] ",") == 0)
      extra = extra (extra == "" ? "" : " ") held[i]
    if (extra != "") print $1, user, extra, n }"""

Caps = frozenset[str]


class ListProcessCapabilities(Recipe):
    """A row for each process with capabilities that its user's services should not have."""

    needs = (Pattern.of("snapshot", of="processes"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("capsh", "cat", "cut", "gawk", "grep", "head", "ls", "sort", "tr", "uniq", "wc")
    packages = ("gawk", "libcap2-bin")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Snapshot)
        alive = [p for p in source.processes if p.state not in ("Z", "I<")]
        users = sorted({p.user for p in alive} - {"root"})
        if len(alive) < 20 or len(users) < 3:
            raise Unsuitable("too few processes or users")
        rules: dict[str, Sequence[str]] = {
            user: sorted(draw.sample(MILD, draw.integer(0, 2)), key=BITS.__getitem__)
            for user in users
        }
        rules["root"] = sorted(
            [*draw.sample(MILD, 3), *draw.sample(GRAVE, 3)], key=BITS.__getitem__
        )
        effective = {p.pid: _effective(draw, rules[p.user]) for p in alive}
        statuses = world.input(draw, ["proc_status", "status", "proc"])
        policy = world.input(draw, ["allowed_capabilities", "capability_policy"], ".txt")
        target = world.output(draw, ["excess_capabilities", "capabilities", "to_confine"], ".csv")

        def table(held: Callable[[int], Caps], allowed: dict[str, Sequence[str]]) -> Table:
            rows: list[Row] = []
            for p in sorted(alive):
                names = sorted(held(p.pid), key=BITS.__getitem__)
                extra = [name for name in names if name not in allowed[p.user]]
                if extra:
                    rows.append((str(p.pid), p.user, " ".join(extra), str(len(names))))
            return summary(target, "processes with excess capabilities", COLUMNS, rows)

        result = table(effective.__getitem__, rules)
        if not 4 <= len(result.rows) <= 40:
            raise Unsuitable("too few or too many findings")
        brings = [Entry.folder(statuses)]
        bounding = {p.pid: effective[p.pid] | {*draw.sample([*BITS], 9)} for p in alive}
        for p in alive:
            text = _status(draw, p, effective[p.pid], bounding[p.pid])
            brings.append(Entry(f"{statuses}/{p.pid}", text.encode()))
        lines = [f"{user}: {','.join(rules[user]) or 'none'}" for user in sorted(rules)]
        brings.append(Entry(policy, "".join(f"{x}\n" for x in ["# per user", *lines]).encode()))
        here, there, folder, sheet = (
            quoted(path) for path in (source.path, target, statuses, policy)
        )
        head = ",".join(result.header)
        first = quoted(f"{statuses}/{result.rows[0][0]}")
        worst = max(result.rows, key=lambda row: (row[2].count(" "), int(row[0])))
        return Move(
            focus=result,
            makes=[result],
            brings=brings,
            request=[
                f"`{statuses}` has the `/proc/<pid>/status` files of the processes in "
                f"`{source.path}`, each named after its process. `{policy}` says which "
                "capabilities each user's processes may hold, as `user: name,name` or `none`. "
                f"Whose processes can do more than that right now? Write `{target}`, CSV with the "
                f"header `{head}`, a row for each such process, by process id as a number: the "
                "user as in the list of processes, the effective capabilities that are not "
                "allowed, separated by spaces in the order of their bit numbers, and how many "
                "effective capabilities it has in all.",
                "We want to confine our services. For every process with a status file in "
                f"`{statuses}` (copies of `/proc/<pid>/status`, the file name is the process id), "
                f"compare its effective capabilities with what `{policy}` allows its user (lines "
                "`user: name,name`, or `none`); users are in the list of processes, "
                f"`{source.path}`. Those that hold something not allowed go to `{target}`: CSV, "
                f"header `{head}`, ascending process ids; the third column lists the excess "
                "names with a space between them, lowest bit first, the last one counts all "
                "effective capabilities of the process.",
            ],
            steps=[
                look(
                    f"cat {sheet}; ls {folder}; head -n 4 {here}",
                    "I want to see the policy and which status files there are.",
                    "Read the policy and list the status files.",
                ),
                look(
                    f"ls {folder} | wc -l; grep -E '^(Name|Uid|Cap|NoNew|Seccomp)' {first}",
                    "Which of the masks is the one that counts?",
                    "Count the status files and read one.",
                ),
                look(
                    f"grep -h CapEff {folder}/* | sort | uniq -c | sort -rn | head -n 12",
                    "CapEff is what a process can do now; CapBnd is wide everywhere and means "
                    "nothing by itself.",
                    "Count the effective masks.",
                ),
                do(
                    f"grep -H '^CapEff' {folder}/* | while IFS=: read -r file key mask; do\n"
                    '  mask=$(echo $mask); [ "$mask" = 0000000000000000 ] && continue\n'
                    '  echo "${file##*/} $mask $(capsh --decode=$mask | cut -d = -f 2)"\n'
                    "done > /tmp/held.txt\n"
                    f"{{ echo {head}\n  grep -v '^#' {sheet} | tr -d ' ' | tr ':' ' ' |\n"
                    f"    gawk -v OFS=, -v list={here} '\n"
                    '  BEGIN { while ((getline line < list) > 0) { split(line, f, " ");\n'
                    "    owner[f[1]] = f[3] } }\n"
                    f"  {PROGRAM}' - /tmp/held.txt | sort -t , -n -k 1,1\n}} > {there}",
                    "capsh knows the names of a mask; processes without any capability can be "
                    "skipped.",
                    "Decode the masks, then subtract what the user is allowed.",
                    duration=0.6,
                ),
                look(
                    f"wc -l < {there}; cut -d , -f 2 {there} | sort | uniq -c; "
                    f"grep '^{worst[0]},' {there}",
                    "Which processes are beyond their rules, and by how much?",
                    "Count the findings by user and read the worst.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("bounding set instead of effective one", table(bounding.__getitem__, rules)),
                    (
                        "root may do everything",
                        result.with_rows(row for row in result.rows if row[1] != "root"),
                    ),
                    (
                        "all capabilities instead of the excess",
                        table(effective.__getitem__, dict.fromkeys(rules, ())),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"capsh --pid={result.rows[0][0]} --show-effective",
                    symptom=r"(?i)unrecognized|usage|invalid|unknown",
                    diagnosis="capsh does not look at other processes; it decodes a mask, and the "
                    "masks are in the status files.",
                ),
                Mistake(
                    "command",
                    before=3,
                    command=f"grep CapEff /proc/{result.rows[0][0]}9999/status",
                    symptom=r"No such file or directory",
                    diagnosis="The processes ran on another machine; their files were copied to "
                    f"{statuses}.",
                ),
            ],
        )


def _effective(draw: Draw, allowed: Sequence[str]) -> Caps:
    """Mostly what is allowed or nothing, sometimes more."""
    held = {name for name in allowed if draw.chance(0.7)}
    if draw.chance(0.2):
        held |= {*draw.sample(GRAVE, draw.integer(1, 3))}
    return frozenset(held if draw.chance(0.75) else ())


def _mask(names: Caps) -> str:
    return f"{sum(1 << BITS[name] for name in names):016x}"


def _status(draw: Draw, process: Process, effective: Caps, bounding: Caps) -> str:
    """The lines of a status file that are about rights, between a few others."""
    uid = 0 if process.user == "root" else 100 + sum(process.user.encode()) % 800
    name = process.command.split()[0].strip("[]").rpartition("/")[2][:15]
    permitted = effective | {*draw.sample([*bounding], draw.integer(0, 1))}
    return (
        f"Name:\t{name}\nUmask:\t0022\nState:\t{process.state[0]}\nPid:\t{process.pid}\n"
        f"PPid:\t{process.parent}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n"
        f"VmRSS:\t{process.memory} kB\nCapInh:\t{_mask(frozenset())}\n"
        f"CapPrm:\t{_mask(frozenset(permitted))}\nCapEff:\t{_mask(effective)}\n"
        f"CapBnd:\t{_mask(bounding)}\nCapAmb:\t{_mask(frozenset())}\n"
        f"NoNewPrivs:\t{draw.integer(0, 1)}\nSeccomp:\t{draw.choice([0, 0, 2])}\n"
    )
