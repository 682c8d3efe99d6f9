"""A service that books deliveries as they arrive in a folder."""

from __future__ import annotations

from dataclasses import dataclass

from shellwright.recipe import (
    Check,
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Tree,
    TreeFile,
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

SCRIPT = r"""#!/bin/bash
# @name@ MASTER DROP DONE JOURNAL: books every file that is complete in DROP, until TERM or INT.
export LC_ALL=C
master=$1 drop=$2 done=$3 journal=$4
[ -s "$journal" ] || echo 'file,rows,unknown,sum' > "$journal"
book() {
    local name=$1
    [ -f "$drop/$name" ] || return 0
    awk -F @glue@ -v name="$name" '
        NR == FNR { known[$@id@] = FNR > 1; next }
        { sub(/\r$/, "") }
        FNR == 1 { proper = $0 == "@header@"; next }
        proper && NF == 2 { rows++; if (known[$1]) sum += $2; else unknown++ }
        END { print name "," (proper ? rows + 0 "," unknown + 0 "," sum + 0 : "refused,,") }
    ' "$master" FS=, "$drop/$name" >> "$journal"
    mv -- "$drop/$name" "$done/"
}
exec 3< <(exec inotifywait -m -e close_write -e moved_to --format %f "$drop" 2>&1)
watcher=$!
stop=
trap 'stop=1; kill "$watcher" 2> /dev/null' TERM INT
while IFS= read -r line <&3; do
    [ "$line" = 'Watches established.' ] && break
done
for file in "$drop"/*.csv; do
    book "${file##*/}"
done
while [ -z "$stop" ] && IFS= read -r name <&3; do
    case $name in
        .*) ;;
        *.csv) book "$name" ;;
    esac
done
kill "$watcher" 2> /dev/null
exit 0
"""


@dataclass(frozen=True)
class Delivery:
    """A file of the drop folder: its lines and its head."""

    name: str
    head: str
    lines: tuple[tuple[str, str], ...]
    ending: str = "\n"

    def text(self) -> str:
        """The content of the file."""
        return "".join(
            line + self.ending for line in (self.head, *(",".join(cells) for cells in self.lines))
        )

    def row(self, head: str, known: set[str]) -> Row:
        """The line of the journal."""
        if self.head != head:
            return self.name, "refused", "", ""
        strange = sum(key not in known for key, _ in self.lines)
        total = sum(int(n) for key, n in self.lines if key in known)
        return self.name, str(len(self.lines)), str(strange), str(total)


class WatchDropFolder(Recipe):
    """The waiting deliveries are booked, and the service books whatever comes later."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="full"
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "bash", "cat", "chmod", "grep", "head", "inotifywait", "ls", "mkdir", "nohup", "pgrep",
        "pkill", "rm", "sleep", "tail", "touch", "wc",
    )  # fmt: skip
    packages = ("inotify-tools", "procps")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids = source.values("id")
        place = source.index("id")
        plain = not any('"' in cell or "," in cell for row in source.rows for cell in row[:place])
        if not source.has("count") or len(set(ids)) < len(ids) or not plain:
            raise Unsuitable("ids cannot be told apart, or stand behind quoted cells")
        if any(set(key) & set(" ,\"'") for key in ids):
            raise Unsuitable("ids that would have to be quoted")
        head = f"{source.name('id')},{source.name('count')}"
        folder = world.input(draw, ["drop", "dropbox", "arrivals"])
        tool = world.output(draw, ["watch_drop", "book_arrivals", "intake_service"], ".sh")
        done = world.output(draw, ["booked", "taken", "worked_off"])
        target = world.output(draw, ["journal", "arrivals", "bookings"], ".csv")
        waiting = drawn_deliveries(ids, head, draw, draw.integer(6, 8))
        ready = [d for d in waiting if d.name.endswith(".csv") and not d.name.startswith(".")]
        known = set(ids)
        columns = (
            Column("file", "path"),
            Column("rows", "note"),
            Column("unknown", "note"),
            Column("sum", "note"),
        )
        order = sorted(ready, key=lambda d: d.name)
        result = summary(target, "journal", columns, [d.row(head, known) for d in order])
        left = [d for d in waiting if d not in ready]

        def tree(path: str, noun: str, files: list[Delivery]) -> Tree:
            found = [TreeFile(d.name, d.text().encode()) for d in files]
            return Tree(path=path, noun=noun, files=tuple(sorted(found)))

        script = SCRIPT.replace("@name@", tool.rpartition("/")[2])
        script = script.replace("@id@", str(place + 1)).replace("@header@", head)
        script = script.replace("@glue@", {"csv": ",", "tsv": r"'\t'"}[source.format])
        here, at, it, out, there = (quoted(p) for p in (source.path, folder, tool, done, target))
        rules = (
            f"A delivery is a file whose name ends in `.csv` and does not begin with a dot. It is "
            "booked as soon as it is complete, that is when its writer has closed it or it has "
            "been moved or renamed to such a name, and at the start for what lies there already "
            "(all of that is complete), in byte order. To book it means to append "
            "`file,rows,unknown,sum` to the journal, which gets that line as its header when it "
            f"is new: name, number of rows, how many have a `{source.name('id')}` that is not in "
            f"the master table, and the sum of `{source.name('count')}` of the others; then the "
            f"file moves to the done folder. Deliveries have the header `{head}` and may have CR "
            "LF line ends; one with another header is booked as `NAME,refused,,` and moved, too. "
            "Other files are left where they are. On TERM or INT the service finishes what it is "
            "doing and ends with exit code `0`, with nothing left running"
        )
        tail = tree(folder, "drop folder", left)
        return Move(
            focus=result,
            makes=[tree(done, "booked deliveries", ready), tail, result],
            brings=tree(folder, "drop folder", waiting).entries(),
            request=[
                f"Deliveries about `{source.path}` arrive in `{folder}` at any time. I want a "
                f"service `{tool}`, an executable bash script, called as `MASTER DROP DONE "
                f"JOURNAL` and running until it is told to stop. {rules}. Let it work off what "
                f"waits in `{folder}`, with `{source.path}` as the master table, `{done}` as the "
                f"done folder (it does not exist yet, make it) and `{target}` as the journal, and "
                "stop it again.",
                f"Please write `{tool}` for us, an executable bash script with the arguments "
                f"`MASTER DROP DONE JOURNAL`, which watches a drop folder like `{folder}` for as "
                f"long as it runs. {rules}. Use it once: master table `{source.path}`, drop folder "
                f"`{folder}`, done folder `{done}` (make it first), journal `{target}`; when "
                "everything that waits has been booked, stop it.",
            ],
            steps=[
                look(
                    f"ls -A {at}; head -n 2 {at}/*.csv; head -n 2 {here}",
                    "What is waiting, and what does a delivery look like?",
                    "Look at the drop folder and at the master table.",
                ),
                look(
                    "mkdir /tmp/try; (sleep 0.3; echo a > /tmp/try/x.part; sleep 0.1; touch "
                    "/tmp/try/y.csv; rm -r /tmp/try) & inotifywait -q -m -t 2 -e create -e modify "
                    "-e close_write /tmp/try; wait",
                    "Which event tells that a file is complete? `create` comes before the content.",
                    "Watch a folder while files are written in it.",
                    duration=2.5,
                ),
                do(
                    f"cat > {it} <<'SCRIPT'\n{script}SCRIPT\nchmod 755 {it}",
                    "Watch first, then take what is there; the trap ends the watcher, and with it "
                    "the loop.",
                    "Write the service.",
                    duration=1.5,
                ),
                do(
                    f"mkdir -p {out}\n"
                    f"nohup bash {it} {here} {at} {out} {there} > /tmp/service.log 2>&1 &\n"
                    f"until [ -e {there} ] && [ $(wc -l < {there}) -gt {len(ready)} ]; do "
                    "sleep 0.1; done\nkill $!\nwait $!",
                    f"{len(ready)} deliveries are waiting; the other {len(left)} files stay.",
                    "Start it, wait until all are booked, and stop it.",
                    duration=1.5,
                ),
                look(
                    f"cat {there}; ls -A {at} {out}; pgrep -a inotifywait; pkill -0 inotifywait; "
                    f"tail -n 2 /tmp/service.log; grep -c refused {there}",
                    "Every delivery should be in the journal, and no watcher may be left.",
                    "Read the journal, list both folders, and look for processes.",
                ),
            ],
            checks=[serves(tool, source, head, draw.child("trial"))],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "unknown ids are added up",
                            result.with_rows(
                                d.row(head, known | {k for k, _ in d.lines}) for d in order
                            ),
                        ),
                        (
                            "refused ones are missing",
                            result.with_rows(r for r in result.rows if r[1] != "refused"),
                        ),
                    ],
                ),
                Wrong(
                    "takes files at their first byte",
                    path=tool,
                    content=script.replace("-e close_write", "-e create").encode(),
                ),
                Wrong(
                    "does not see renamed files",
                    path=tool,
                    content=script.replace(" -e moved_to", "").encode(),
                ),
                Wrong(
                    "the watcher stays",
                    path=tool,
                    content=script.replace('kill "$watcher" 2> /dev/null', "exit 0").encode(),
                ),
                Wrong(
                    "ends after the first round",
                    path=tool,
                    content=script.replace("while [ -z", "while false && [ -z").encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"inotifywait -m -e complete {at}",
                    symptom=r"not a valid event|[Uu]nknown event",
                    diagnosis="There is no such event; a file is complete on close_write or "
                    "moved_to.",
                ),
                Mistake(
                    "command",
                    before=3,
                    command=f"timeout 2 bash {it} {here} {folder}x {out} /tmp/none.csv; "
                    "cat /tmp/none.csv; inotifywait -t 1 /nowhere",
                    symptom=r"Couldn't watch|No such file",
                    diagnosis="The folder to be watched has to exist.",
                    recovery="rm -f /tmp/none.csv",
                ),
            ],
        )


def drawn_deliveries(ids: list[str], head: str, draw: Draw, count: int) -> list[Delivery]:
    """Deliveries with unknown ids, a foreign header and CR LF, and files that are none."""
    found = []
    for number in range(count):
        keys = [draw.choice(ids) for _ in range(draw.integer(2, 9))]
        keys += [f"{draw.choice(ids)}{draw.choice('XZ')}" for _ in range(draw.integer(0, 2))]
        lines = tuple((key, str(draw.integer(1, 80))) for key in draw.shuffled(keys))
        name = f"{draw.choice(['north', 'south', 'van', 'Desk'])}-{draw.integer(10, 99)}{number}"
        ending = "\r\n" if number == 1 else "\n"
        wrong = f"number,{head.partition(',')[2]}"
        found.append(Delivery(f"{name}.csv", wrong if number == 2 else head, lines, ending))
    lines = found[0].lines
    found.append(Delivery("late-77.csv.part", head, lines))
    found.append(Delivery(".sync-4.csv", head, lines))
    return found


def serves(tool: str, table: Table, head: str, draw: Draw) -> Check:
    """The service books what comes in while it runs, and stops in good order."""
    ids = table.values("id")
    one, slow, moved, more, *_ = drawn_deliveries(ids, head, draw, 6)
    known = set(ids)
    rows = [d.row(head, known) for d in (one, slow, moved, more)]
    middle = len(slow.text()) // 2
    it, fast = quoted(tool), slow.text()
    script = f"""at=$(mktemp -d); cd "$at"
trap 'kill -9 $service 2> log || true; pkill -9 -f "$at" || true; rm -rf "$at"' EXIT
mkdir in out elsewhere
cat > master <<'END'
{table.text()}END
printf %s {quoted(one.text())} > in/{one.name}
{it} "$at/master" "$at/in" "$at/out" "$at/journal.csv" > log 2>&1 &
service=$!
booked() {{ for _ in $(seq 60); do
  [ "$(wc -l < journal.csv 2> /dev/null || echo 0)" -gt $1 ] && return; sleep 0.1
done; exit 1; }}
booked 1
{{ printf %s {quoted(fast[:middle])}; sleep 0.5
  printf %s {quoted(fast[middle:])}; }} > in/{slow.name}
booked 2
echo x > in/.hidden.csv; echo x > in/notes.txt
printf %s {quoted(moved.text())} > in/{moved.name}.part
sleep 0.2
mv in/{moved.name}.part in/{moved.name}
booked 3
printf %s {quoted(more.text())} > elsewhere/{more.name}; mv elsewhere/{more.name} in/
booked 4
kill -TERM $service
code=0; wait $service || code=$?; echo "code $code"
sleep 0.2; {{ pgrep -f "$at/in" || true; }} | wc -l
cat journal.csv; ls in out"""
    names = sorted(d.name for d in (one, slow, moved, more))
    lines = ["code 0", "0", "file,rows,unknown,sum", *map(",".join, rows)]
    lines += ["in:", "notes.txt", "", "out:", *names]
    return shell_prints(
        script,
        "".join(f"{line}\n" for line in lines),
        about=f"{tool} books what arrives while it runs, and stops in good order.",
        paths=[tool],
        key="serves",
        weight=2.0,
    )
