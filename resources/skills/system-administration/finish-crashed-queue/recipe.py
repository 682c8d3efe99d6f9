"""Work off the rest of a queue whose worker crashed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from shellwright.recipe import (
    Draw,
    Entry,
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
    custom,
    do,
    look,
    quoted,
    shell_prints,
)
from shellwright.recipe.tabular import differing


@dataclass(frozen=True)
class Job:
    """A file of the queue: its name, the job in it (nothing where it is torn), and its text."""

    file: str
    number: int
    op: str
    key: str
    column: str = ""
    value: str = ""
    torn: bool = False

    def content(self) -> bytes:
        """The text of the file."""
        body: dict[str, str | int] = {"job": self.number, "op": self.op, "id": self.key}
        if self.column:
            body |= {"column": self.column, "value": self.value}
        text = json.dumps(body)
        return (text[:-9] if self.torn else text + "\n").encode()


class FinishCrashedQueue(Recipe):
    """The table has the effect of every job once, and the spool is empty."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "enriched", "ranked"),
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="merged"),)
    tools = ("cat", "find", "grep", "head", "jq", "ls", "mktemp", "mlr", "mv", "ps", "rm", "tail",
             "wc", "xargs")  # fmt: skip
    packages = ("jq", "miller", "procps")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids = source.values("id")
        if len(ids) < 14 or len(set(ids)) < len(ids):
            raise Unsuitable("ids that occur twice, or too few records")
        queue = drawn_queue(world.theme.statuses, source, draw)
        spool = world.input(draw, ["spool", "queue", "jobs"])
        target = world.output(
            draw, ["worked_off", "current", f"{world.theme.records}_now"], f".{source.format}"
        )
        waiting = [*queue.claimed, *queue.new]
        rows, refused = worked_off(source, waiting, queue.done)
        result = source.with_rows(
            rows, path=target, extent="merged", noun=f"{source.noun} after the queue"
        )

        def box(name: str, noun: str, jobs: list[Job]) -> Tree:
            files = [TreeFile(job.file, job.content()) for job in jobs]
            return Tree(path=f"{spool}/{name}", noun=noun, files=tuple(sorted(files)))

        before = [box("done", "finished jobs", queue.old), box("failed", "refused jobs", queue.bad)]
        gone = {job.file for job in refused}
        after = [
            box("done", "finished jobs", queue.old + [j for j in waiting if j.file not in gone]),
            box("failed", "refused jobs", queue.bad + refused),
        ]
        lock, journal = f"{spool}/worker.lock", f"{spool}/journal.log"
        here, there, at = quoted(source.path), quoted(target), quoted(spool)
        count = source.name("count")
        key = source.name("id")
        script = f"""work=$(mktemp -d)
for file in {at}/cur/*.json {at}/new/*.json; do
  if ! number=$(jq -e .job "$file" 2> "$work/errors"); then
    mv "$file" {at}/failed/
  elif grep -q " done $number\\$" {at}/journal.log; then
    mv "$file" {at}/done/
  else
    jq -c --arg file "$file" '. + {{$file}}' "$file" >> "$work/jobs"
  fi
done
mlr --i{source.format} --ojson --jvquoteall cat {here} > "$work/rows"
jq -n --slurpfile rows "$work/rows" --slurpfile jobs "$work/jobs" '
  reduce ($jobs | sort_by(.job))[] as $j ({{rows: $rows[0], done: [], failed: []}};
    (.rows | map(.{key} == $j.id) | index(true)) as $at
    | if $at == null then .failed += [$j.file]
      elif $j.op == "set" then .rows[$at][$j.column] = $j.value | .done += [$j.file]
      elif $j.op == "add" then
        .rows[$at][$j.column] |= (tonumber + ($j.value | tonumber) | tostring)
        | .done += [$j.file]
      elif $j.op == "drop" then del(.rows[$at]) | .done += [$j.file]
      else .failed += [$j.file] end)' > "$work/after"
jq .rows "$work/after" | mlr --ijson --o{source.format} cat > {there}
jq -r '.done[]' "$work/after" | xargs -r -I {{}} mv {{}} {at}/done/
jq -r '.failed[]' "$work/after" | xargs -r -I {{}} mv {{}} {at}/failed/
rm -r {at}/worker.lock "$work\""""
        everything = [replace(job, torn=False) for job in waiting]
        twice, _ = worked_off(source, waiting, [])
        by_name = sorted(waiting, key=lambda job: job.file)
        named, _ = worked_off(
            source, [replace(j, number=n) for n, j in enumerate(by_name)], [], skip=queue.done,
            original=by_name,
        )  # fmt: skip
        new_only, _ = worked_off(source, queue.new, queue.done)
        whole, _ = worked_off(source, everything, queue.done)
        return Move(
            focus=result,
            makes=[result, *after],
            removes=[f"{spool}/new", f"{spool}/cur", lock],
            brings=[
                Entry.folder(spool),
                Entry.folder(f"{spool}/new"),
                Entry.folder(f"{spool}/cur"),
                *[entry for tree in before for entry in tree.entries()],
                *[Entry(f"{spool}/cur/{job.file}", job.content()) for job in queue.claimed],
                *[Entry(f"{spool}/new/{job.file}", job.content()) for job in queue.new],
                Entry(lock, f"{queue.pid}\n".encode()),
                Entry(journal, queue.journal.encode()),
            ],
            checks=[
                custom("absent", about="The stale lock is gone.", paths=[lock], path=lock),
                shell_prints(
                    f"find {at}/new {at}/cur -type f | wc -l",
                    "0\n",
                    about="No job is waiting or claimed any more.",
                    paths=[f"{spool}/new", f"{spool}/cur"],
                    key="left",
                ),
            ],
            request=[
                f"The worker that applies the jobs in `{spool}` to `{source.path}` crashed. Finish "
                f"its work. Jobs in `{spool}/new` are waiting, those in `{spool}/cur` were claimed;"
                f" what `{journal}` calls `done` has had its effect on the table already, so such "
                "a job is not applied again, even if it was delivered a second time. Apply the "
                "others in the order of their number `job`: `set` puts the value into the column "
                f"of the record with that `{key}`, `add` adds to it, `drop` removes the record. A "
                "file that is no valid JSON, and a job whose record does not exist at its turn or "
                f"whose `op` is another one, is refused. Files of refused jobs go to "
                f"`{spool}/failed`, all others to `{spool}/done`, names kept. Write the table, "
                f"format and row order kept, to `{target}`; the source and the journal stay as "
                f"they are. In the end remove `{lock}`.",
                f"Our queue `{spool}` has been standing still since its worker died. Please work "
                f"off what is in `{spool}/cur` (claimed) and `{spool}/new` (waiting) by hand: "
                f"every job counts exactly once, by its number `job`. `{source.path}` contains "
                f"the effect of whatever has a line `done` in `{journal}`, and nothing else. Go "
                f"by ascending number; `op` is `set` (put the value into that column of the "
                f"record whose `{key}` is given), `add` (add the value to it) or `drop` (remove "
                "the record). Refuse a job with any other operation, one whose record is not "
                "there at that moment, and a file that is not valid JSON. Refused files are moved "
                f"to `{spool}/failed` and the rest to `{spool}/done` under the same names. The "
                f"outcome goes to `{target}` with the rows in their order and in the same format. "
                f"Keep the source and the journal unchanged, and take `{lock}` away when done.",
            ],
            steps=[
                look(
                    f"ls -l {at} {at}/new {at}/cur; cat {at}/worker.lock; "
                    f"tail -n 8 {at}/journal.log; ps -p {queue.pid} -o pid,args",
                    "Is the worker really dead, and which jobs had it claimed?",
                    "List the queue, read the end of the journal and look for the process.",
                ),
                look(
                    f"head -n 3 {here}; cat {at}/cur/*; find {at}/new -type f | wc -l; "
                    f"jq -c '[.op, .column]' {at}/new/* | head -n 8",
                    "The claimed jobs are the delicate ones. What do jobs look like?",
                    "Read the claimed jobs and the operations of some waiting ones.",
                    fails=True,
                ),
                do(
                    script,
                    "The journal tells which claimed jobs are done. Torn files have to be sorted "
                    "out before the others are read together, and the numbers give the order.",
                    "Sort the files, apply the open jobs in order, move them, remove the lock.",
                    1.0,
                ),
                look(
                    f"find {at} -type f | wc -l; ls {at}/failed; wc -l {there}; head -n 3 {there}",
                    "Were only those jobs refused that had to be, and is the queue empty?",
                    "Look at what was refused, and at the table.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("finished jobs applied again", result.with_rows(twice)),
                        ("claimed jobs left out", result.with_rows(new_only)),
                        ("in the order of file names", result.with_rows(named)),
                        ("torn jobs guessed", result.with_rows(whole)),
                    ],
                ),
                Wrong("the lock is back", command=f"echo {queue.pid} > {quoted(lock)}"),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"jq -s 'sort_by(.job) | length' {at}/new/*.json",
                    symptom=r"parse error|Unfinished",
                    diagnosis="Not every file holds whole JSON, so they cannot be read together.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"mlr --i{source.format} --ojson put '${{{count} = 1' {here}",
                    symptom=r"cannot parse DSL|parse error",
                    diagnosis="A brace is missing; and the jobs refer to each other, which needs "
                    "all rows at once.",
                ),
            ],
        )


@dataclass(frozen=True)
class Queue:
    """What lies in the spool: jobs by folder, the numbers that are done, the journal, the pid."""

    old: list[Job]
    bad: list[Job]
    claimed: list[Job]
    new: list[Job]
    done: list[int]
    journal: str
    pid: int


def drawn_queue(statuses: tuple[str, ...], table: Table, draw: Draw) -> Queue:
    """A queue with three claimed jobs, a second delivery, torn files and unknown records."""
    ids = draw.sample(table.values("id"), 14)
    count, status = table.name("count"), table.name("status")
    first = draw.integer(1, 4)
    number = first

    def job(op: str, key: str, suffix: str = "", torn: bool = False) -> Job:
        nonlocal number
        number += 1
        column = {"set": status, "add": count, "bump": count}.get(op, "")
        value = draw.choice(statuses) if op == "set" else str(draw.integer(2, 40))
        return Job(f"job-{number}{suffix}.json", number, op, key, column, value, torn)

    old = [job(draw.choice(["set", "add"]), draw.choice(ids)) for _ in range(4)]
    bad = [job("add", "UNKNOWN-7")]
    applied, begun, fresh = job("add", ids[0]), job("add", ids[1]), job("add", ids[2])
    new = [job("add", ids[3]), job("set", ids[3]), job("drop", ids[4]), job("add", ids[4])]
    new += [job("set", ids[5]), job("set", ids[5]), job("add", ids[6], torn=True)]
    new += [job("bump", ids[7]), job("add", "GONE-1"), job("drop", ids[8])]
    new += [job(draw.choice(["set", "add"]), key) for key in ids[9:14]]
    new.append(replace(old[1], file=f"job-{old[1].number}-retry.json", op="add", column=count,
                       value="55"))  # fmt: skip
    old[1] = replace(new[-1], file=f"job-{old[1].number}.json")
    lines = []
    for n, item in enumerate([*old, *bad, applied, begun]):
        lines.append(f"2026-03-01T04:{n:02d}:02Z start {item.number}")
        if item is not begun:
            word = "failed" if item in bad else "done"
            lines.append(f"2026-03-01T04:{n:02d}:09Z {word} {item.number}")
    done = [item.number for item in [*old, applied]]
    pid = draw.integer(40_000, 60_000)
    journal = "".join(f"{line}\n" for line in lines)
    return Queue(old, bad, [applied, begun, fresh], draw.shuffled(new), done, journal, pid)


def worked_off(
    table: Table,
    jobs: list[Job],
    done: list[int],
    *,
    skip: list[int] | None = None,
    original: list[Job] | None = None,
) -> tuple[list[Row], list[Job]]:
    """The rows after the jobs in order of number, and the jobs that are refused.

    `skip` and `original` leave out jobs by the number that they had before they were renumbered.
    """
    place = table.index("id")
    rows = {row[place]: list(row) for row in table.rows}
    refused: list[Job] = []
    if original is not None and skip is not None:
        jobs = [job for job, was in zip(jobs, original, strict=True) if was.number not in skip]
    for job in sorted(jobs, key=lambda item: item.number):
        if not job.torn and job.number in done:
            continue
        if job.torn or job.key not in rows or job.op not in ("set", "add", "drop"):
            refused.append(job)
        elif job.op == "drop":
            del rows[job.key]
        else:
            cell = table.header.index(job.column)
            value = str(int(rows[job.key][cell]) + int(job.value)) if job.op == "add" else job.value
            rows[job.key][cell] = value
    return [tuple(row) for row in rows.values()], refused
