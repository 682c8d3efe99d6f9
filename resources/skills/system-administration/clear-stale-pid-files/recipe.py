"""Remove pid files and locks whose service does not run any more."""

from __future__ import annotations

from dataclasses import dataclass

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Process,
    Recipe,
    Row,
    Snapshot,
    Tree,
    TreeFile,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("file", "path"),
    Column("pid", "pid"),
    Column("state", "state"),
    Column("seconds", "count"),
)


@dataclass(frozen=True)
class PidFile:
    """A pid file: its name, service and text, the process that it names, and what is so."""

    name: str
    service: str
    text: str
    state: str
    process: Process | None = None

    def row(self) -> Row:
        """The finding."""
        number = "-" if self.state == "broken" else self.text.strip()
        running = self.process if self.state == "running" else None
        return self.name, number, self.state, str(running.seconds if running else 0)


class ClearStalePidFiles(Recipe):
    """A folder with the valid pid files and locks only, and a table of all of them."""

    needs = (Pattern.of("snapshot", of="processes"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "cut", "gawk", "grep", "head", "ls", "rm", "sed", "sort", "tail", "tr", "uniq")
    packages = ("gawk",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Snapshot)
        found = drawn_files(world.theme.components, source.processes, draw)
        locked = [f for f in found if draw.chance(0.7) or f.state in ("reused", "running")]
        folder = world.input(draw, ["run", "pids", "var-run"])
        target = world.output(draw, ["pid_files", "stale", "cleared"], ".csv")
        rows = sorted((f.row() for f in found), key=lambda row: row[0].encode())
        result = summary(target, "state of the pid files", COLUMNS, rows)

        def lock(file: PidFile) -> TreeFile:
            name = file.name.removesuffix(".pid") + ".lock"
            return TreeFile(name, f"{file.service} {file.text.strip()}\n".encode())

        def tree(files: list[PidFile]) -> Tree:
            pids = [TreeFile(f.name, f.text.encode()) for f in files]
            locks = [lock(f) for f in files if f in locked]
            return Tree(
                path=folder,
                noun="pid files and locks",
                files=tuple(sorted([*pids, *locks, TreeFile("deploy-1.lock", b"by hand\n")])),
            )

        before, after = tree(found), tree([f for f in found if f.state == "running"])
        here, there, run = quoted(source.path), quoted(target), quoted(folder)
        head = ",".join(result.header)
        script = f"""for file in {run}/*.pid; do
  name=${{file##*/}}
  gawk -v pid="$(tr -d ' \\n' < "$file")" -v name="$name" -v service="${{name%-*}}" -v OFS=, '
    BEGIN {{ state = pid ~ /^[0-9]+$/ ? "dead" : "broken"; if (state == "broken") pid = "-" }}
    FNR > 1 && $1 == pid {{
      command = $0; sub(/^ *([^ ]+ +){{6}}/, "", command)
      state = $4 ~ /^Z/ ? "zombie" : index(command, service) ? "running" : "reused"
      n = split($6, part, /[-:]/)
      seconds = part[n] + 60 * part[n - 1] + 3600 * part[n - 2] + 86400 * part[n - 3]
    }}
    END {{ print name, pid, state, state == "running" ? seconds : 0 }}' {here}
done | LC_ALL=C sort -t , -k 1,1 > {there}
while IFS=, read -r name pid state seconds; do
  [ "$state" = running ] || rm -f {run}/"$name" {run}/"${{name%.pid}}.lock"
done < {there}
sed -i '1i {head}' {there}"""
        listed = {str(p.pid) for p in source.processes}
        by_number = [(*r[:2], "running" if r[1] in listed else r[2], r[3]) for r in rows]
        reused = next(f for f in found if f.state == "reused")
        return Move(
            focus=result,
            makes=[result, after],
            brings=before.entries(),
            request=[
                f"Our services do not start after the crash because `{folder}` is full of old pid "
                "files and locks. By the list of processes, decide for every `*.pid` there (the "
                "service of `gate-2.pid` is `gate`): `broken` if it does not hold a number (blanks "
                "and line ends aside), `dead` if no process has it, `zombie` if that is one, "
                "`reused` if its command line does not contain the service's name, else "
                "`running`. Remove those that are not running, each with the lock of the same "
                "name (`gate-2.lock`); everything else in the folder stays. Record all of them in "
                f"`{target}`: CSV, header `{head}`, byte order of the file names, `-` as the pid "
                "of a broken one, and as seconds the age of the process, or `0` if not running.",
                f"Please clean `{folder}` up, going by the list of processes. A pid file like "
                "`gate-2.pid` belongs to the service `gate`, and `gate-2.lock` is its lock. It is "
                "`running` when its process exists, is no zombie and has the name of the service "
                "in its command line. The other states: `broken` (no number in it, apart from "
                "blanks and line end), `dead` (no such process), `zombie`, and `reused` (the "
                "command line lacks the service's name). What is not running goes, together with "
                "its lock; touch nothing else. All files `*.pid` that were there are listed in "
                f"`{target}`, a CSV with the header `{head}`, in byte order of their names: pid "
                "(`-` if broken), state, and for how many seconds the process has been running, "
                "`0` for those that are not.",
            ],
            steps=[
                look(
                    f"ls -l {run}; grep -c '' {run}/*.pid; head -n 4 {here}",
                    "What do the pid files look like, and is each a plain number?",
                    "List the folder, count the lines of the files, and look at the processes.",
                ),
                look(
                    f"cat {run}/{reused.name}; gawk -v p={reused.text.strip()} '$1 == p' {here}; "
                    f"gawk '$4 ~ /^Z/' {here} | head -n 5",
                    f"{reused.name} names a process that is something else: numbers get reused.",
                    "Look at that process, and at the zombies.",
                ),
                do(
                    script,
                    "The number must match as a whole, and the command line tells a reused one.",
                    "Judge each pid file, write the list, then remove what is not running.",
                ),
                look(
                    f"ls {run}; tail -n +2 {there} | cut -d , -f 3 | sort | uniq -c",
                    "Which are running and which dead?",
                    "See what is left and count the states.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("any process of that number will do", result.with_rows(by_number)),
                        (
                            "reused ones called dead",
                            result.with_rows(
                                (*r[:2], "dead" if r[2] == "reused" else r[2], r[3]) for r in rows
                            ),
                        ),
                        (
                            "running ones left out",
                            result.with_rows(r for r in rows if r[2] != "running"),
                        ),
                    ],
                ),
                Wrong("a stale lock is left", command=f"touch {run}/{lock(reused).name}"),
                Wrong("all locks are gone", command=f"rm -f {run}/*.lock"),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"for f in {run}/*.pid; do kill -0 $(cat $f); done",
                    symptom=r"No such process|arguments must be",
                    diagnosis="That asks this machine; the processes in question are in the list, "
                    "and not every file holds a number.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"gawk '$4 ~ /^Z/ {{ print $1 ' {here}",
                    symptom=r"unexpected newline|syntax error",
                    diagnosis="The action is not closed: a brace is missing.",
                ),
            ],
        )


def drawn_files(
    services: tuple[str, ...], processes: tuple[Process, ...], draw: Draw
) -> list[PidFile]:
    """A dozen pid files in every state."""
    numbers = {p.pid for p in processes}
    living = draw.shuffled(p for p in processes[4:] if p.state != "Z")
    zombies = [p for p in processes if p.state == "Z"]
    found: list[PidFile] = []
    counts = dict.fromkeys(services, 0)

    def add(service: str, number: str, state: str, process: Process | None = None) -> None:
        counts[service] += 1
        text = draw.choice(["{}\n", "{}", " {} \n", "{}\n"]).format(number)
        name = f"{service}-{counts[service]}.pid"
        found.append(PidFile(name, service, text, state, process))

    for service in services:
        own = [p for p in living if service in p.command]
        for process in own[: draw.integer(1, 2)]:
            add(service, str(process.pid), "running", process)
    for place, service in enumerate(draw.shuffled(services)):
        foreign = [p for p in living if service not in p.command]
        gone = next(n for n in (draw.integer(900, 30_000) for _ in range(99)) if n not in numbers)
        if place < 2 and foreign:
            process = foreign[place]
            add(service, str(process.pid), "reused", process)
        elif place == 2 and zombies:
            add(service, str(zombies[0].pid), "zombie", zombies[0])
        add(service, str(gone), "dead")
    add(services[0], draw.choice(["", "starting", "12a"]), "broken")
    if not {"running", "reused", "zombie"} <= {file.state for file in found}:
        raise Unsuitable("the list has no zombie, or hardly any service")
    return found
