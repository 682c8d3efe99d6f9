"""Snapshots: what was written down about a machine at one point of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shellwright.recipe.checks import Check
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.resource import Entry, Resource, unchanged
from shellwright.recipe.themes import Theme


@dataclass(frozen=True, order=True)
class Process:
    """A process as a list of processes shows it; memory is in KiB, `seconds` is its age."""

    pid: int
    parent: int
    user: str
    state: str
    memory: int
    seconds: int
    command: str


@dataclass(frozen=True)
class Unit:
    """A service unit: what has to be up before it, and a remark (a comment in its file)."""

    name: str
    after: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class Snapshot(Resource):
    """Something that was collected on a machine, at `path`.

    `of` is `processes` (the output of `ps`, a file) or `units` (a folder with the unit files of
    a set of services).
    """

    kind: ClassVar[str] = "snapshot"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {"of": ("processes", "units")}

    processes: tuple[Process, ...] = ()
    units: tuple[Unit, ...] = ()

    def state(self) -> dict[str, str]:
        return {"of": "processes" if self.processes else "units"}

    def entries(self) -> list[Entry]:
        if self.processes:
            return [Entry(self.path, processes_text(self.processes).encode())]
        files = [Entry(f"{self.path}/{u.name}", unit_text(u).encode()) for u in self.units]
        return [Entry.folder(self.path), *files]

    def checks(self) -> list[Check]:
        return [unchanged(entry) for entry in self.entries() if entry.kind == "file"]

    def situation(self) -> str:
        if self.processes:
            return (
                f"`{self.path}` is the {self.noun}, with the columns process id, parent, user, "
                "state, resident memory in KiB, elapsed time as `[[days-]hours:]minutes:seconds`, "
                "and the command line."
            )
        return (
            f"The folder `{self.path}` holds the {self.noun}, one file a service; `After=` lines "
            "say what has to be up before it."
        )


def elapsed(seconds: int) -> str:
    """The age of a process as `ps` writes it: `[[dd-]hh:]mm:ss`."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    short = f"{minute:02d}:{second:02d}"
    if days:
        return f"{days}-{hour:02d}:{short}"
    return f"{hour:02d}:{short}" if hour else short


def processes_text(processes: tuple[Process, ...]) -> str:
    """The list as `ps -eo pid,ppid,user,stat,rss,etime,args` prints it."""
    lines = ["    PID    PPID USER     STAT   RSS     ELAPSED COMMAND"]
    lines += [
        f"{p.pid:7d} {p.parent:7d} {p.user:<8} {p.state:<4} {p.memory:5d} "
        f"{elapsed(p.seconds):>11} {p.command}"
        for p in processes
    ]
    return "".join(f"{line}\n" for line in lines)


def unit_text(unit: Unit) -> str:
    """The file of a unit; every other dependency stands on a line of its own."""
    lines = ["[Unit]", f"Description={unit.name.removesuffix('.service').title()}"]
    if unit.remark:
        lines.append(f"# {unit.remark}")
    half = unit.after[::2], unit.after[1::2]
    lines += [f"After={' '.join(names)}" for names in half if names]
    if len(unit.after) > 1:
        lines.append(f"Wants={unit.after[0]}")
    lines += ["", "[Service]", f"ExecStart=/opt/bin/{unit.name.removesuffix('.service')}"]
    return "\n".join(
        [*lines, "Restart=on-failure", "", "[Install]", "WantedBy=multi-user.target\n"]
    )


def _processes(theme: Theme, draw: Draw) -> tuple[Process, ...]:
    """Some sixty processes of a handful of users, with kernel threads and a few zombies."""
    users = ["root", "www-data", "postgres", theme.key[:8], "backup", "batch"]
    found = [Process(1, 0, "root", "Ss", 9_812, 9_000_000, "/sbin/init splash")]
    pid = 2
    for name in draw.sample(("kthreadd", "rcu_sched", "ksoftirqd/0", "kworker/1:2-events"), 3):
        found.append(Process(pid, 0 if pid == 2 else 2, "root", "I<", 0, 9_000_000, f"[{name}]"))
        pid += draw.integer(1, 6)
    for _ in range(draw.integer(45, 80)):
        pid += draw.integer(1, 400)
        part, user = draw.choice(theme.components), draw.choice(users)
        age = draw.choice([draw.integer(3, 3_500), draw.integer(3_600, 80_000), 86_400 * 3 + pid])
        parent = draw.choice([1, 1, 1, draw.choice(found[4:]).pid if len(found) > 4 else 1])
        if draw.chance(0.07):
            found.append(Process(pid, parent, user, "Z", 0, age, f"[{part}] <defunct>"))
            continue
        command = draw.choice(
            [
                f"/usr/bin/python3 /opt/{theme.key}/{part}.py --workers {draw.integer(1, 8)}",
                f"/opt/{theme.key}/bin/{part}d -c /etc/{theme.key}/{part}.conf",
                f"nginx: worker process for {part}",
                f"sh -c sleep {draw.integer(10, 900)}; sync {part}",
            ]
        )
        memory = draw.integer(900, 400_000)
        state = draw.choice(["S", "Sl", "R+", "Ss", "D"])
        found.append(Process(pid, parent, user, state, memory, age, command))
    return tuple(found)


def _units(theme: Theme, draw: Draw) -> tuple[Unit, ...]:
    """A dozen services in one order, each after some of those before it."""
    names = [f"{part}.service" for part in theme.components]
    names += [
        f"{theme.key}-{what}.service" for what in ("db", "cache", "api", "web", "mail", "cron")
    ]
    names = draw.shuffled(names)
    found: list[Unit] = []
    for place, name in enumerate(names):
        before = draw.sample(names[:place], draw.integer(1, 3)) if place else []
        others = draw.sample(("network.target", "local-fs.target"), draw.integer(0, 1))
        remark = f"was After={draw.choice(names)} until the move" if draw.chance(0.4) else ""
        found.append(Unit(name, tuple(draw.shuffled(before + others)), remark))
    return tuple(sorted(found, key=lambda unit: unit.name))


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Snapshot:
    """A list of processes, or a folder of unit files, of one of the organisation's machines."""
    if state["of"] == "processes":
        return Snapshot(
            path=path,
            noun=f"list of processes of the {theme.record} server",
            processes=_processes(theme, draw),
        )
    return Snapshot(
        path=path, noun=f"service units of the {theme.record} server", units=_units(theme, draw)
    )


KIND = Kind(
    Snapshot,
    tuple({"of": what} for what in Snapshot.domain["of"]),
    generate,
    lambda state, theme: "processes.txt" if state["of"] == "processes" else "units",
)
