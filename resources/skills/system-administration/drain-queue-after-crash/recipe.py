"""Mend a worker of a beanstalkd queue, and drain what a crash has left in its binlog."""

from __future__ import annotations

import difflib
import hashlib
import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from shellwright.recipe import (
    Check,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    Wrong,
    custom,
    do,
    look,
    quoted,
)
from shellwright.recipe.checks import slug
from shellwright.recipe.tabular import differing

EXTENTS = ("full", "enriched", "ranked")
SECOND = 1_000_000_000
#: When the jobs were put, and a time that no clock reaches.
PUT, FAR = 1_772_438_400 * SECOND, 3_800_000_000 * SECOND
READY, BURIED, DELAYED = 1, 3, 4

WORKER = '''#!/usr/bin/env python3
"""Applies the jobs that wait in a tube of beanstalkd to the {records}.

usage: {name} PORT TUBE TABLE RESULT
"""
import csv
import json
import os
import socket
import sys


class Queue:
    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port), 5).makefile("rwb")

    def ask(self, line):
        self.stream.write(line.encode() + b"\\r\\n")
        self.stream.flush()
        return self.stream.readline().decode().split()

    def reserve(self):
        word, *rest = self.ask("reserve-with-timeout 0")
        if word != "RESERVED":
            return None
        return rest[0], self.stream.read(int(rest[1]) + 2)[:-2]


def read(path):
    with open(path, newline="", encoding="utf-8") as stream:
        return {{row["{key}"]: row for row in csv.DictReader(stream)}}


def save(rows, header, path):
    with open(path + ".part", "w", newline="", encoding="utf-8") as stream:
        out = csv.DictWriter(stream, header, lineterminator="\\n")
        out.writeheader()
        out.writerows(rows.values())
    os.replace(path + ".part", path)


def apply(rows, body):
    job = json.loads(body)
    row = rows[job["id"]]
    if job["op"] == "drop":
        del rows[job["id"]]
    elif job["op"] == "set":
        row[job["column"]]
        row[job["column"]] = job["value"]
    elif job["op"] == "add":
        row[job["column"]] = str(int(row[job["column"]]) + job["value"])
    else:
        raise ValueError(job["op"])


def main():
    port, tube, table, result = sys.argv[1:]
    rows = read(result if os.path.exists(result) else table)
    header = list(next(iter(rows.values())))
    queue = Queue(int(port))
    queue.ask("watch " + tube)
    queue.ask("ignore default")
    while (job := queue.reserve()) is not None:
        number, body = job
        try:
            apply(rows, body)
        except (ValueError, KeyError, TypeError):
            queue.ask(f"bury {{number}} 100")
            continue
        save(rows, header, result)
        queue.ask(f"delete {{number}}")
    save(rows, header, result)


main()
'''


@dataclass(frozen=True)
class Fault:
    """What is wrong with a worker: lines as they should be, and as they are."""

    name: str
    changes: tuple[tuple[str, str], ...]

    def into(self, text: str) -> str:
        """The text with the fault in it."""
        for right, wrong in self.changes:
            assert right in text, right
            text = text.replace(right, wrong)
        return text


DONE = '        save(rows, header, result)\n        queue.ask(f"delete {number}")\n'
#: Faults that lose jobs when something goes wrong between two lines.
LOSING = (
    Fault(
        "deletes first",
        (
            (DONE, "        save(rows, header, result)\n"),
            (
                "        number, body = job\n",
                '        number, body = job\n        queue.ask(f"delete {number}")\n',
            ),
        ),
    ),
    Fault("saves at the end only", ((DONE, '        queue.ask(f"delete {number}")\n'),)),
)
OTHERS = (
    Fault(
        "refused jobs are deleted",
        (('queue.ask(f"bury {number} 100")', 'queue.ask(f"delete {number}")'),),
    ),
    Fault(
        "refused jobs are released",
        (('queue.ask(f"bury {number} 100")', 'queue.ask(f"release {number} 100 60")'),),
    ),
    Fault("jobs of the default tube are taken", (('    queue.ask("ignore default")\n', ""),)),
    Fault(
        "bodies end at the first line break",
        (("self.stream.read(int(rest[1]) + 2)[:-2]", "self.stream.readline()[:-2]"),),
    ),
    Fault(
        "begins anew each time",
        (("read(result if os.path.exists(result) else table)", "read(table)"),),
    ),
    Fault("stops at unknown records", (("(ValueError, KeyError, TypeError)", "ValueError"),)),
)

#: Starts a queue from a folder, and prints how many jobs wait or are delayed in each tube, and the
#: bodies of what is ready there or buried.
CLIENT = """import hashlib, json, os, shutil, socket, subprocess, sys, tempfile, time
at = tempfile.mkdtemp()
def start(*options):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(["beanstalkd", "-l", "127.0.0.1", "-p", str(port), *options],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(400):
        try:
            return server, port, socket.create_connection(("127.0.0.1", port), 5).makefile("rwb")
        except OSError:
            time.sleep(0.01)
    sys.exit("no queue")
def ask(line, body=None):
    queue.write(line.encode() + b"\\r\\n" + (b"" if body is None else body + b"\\r\\n"))
    queue.flush()
    return queue.readline().decode().split()
def data(reply):
    return queue.read(int(reply[-1]) + 2)[:-2].decode()
def stats(tube):
    reply = ask(f"stats-tube {tube}")
    if reply[0] != "OK":
        return {}
    lines = data(reply).split("\\n")
    return {k[13:]: int(v) for k, _, v in (l.partition(": ") for l in lines)
            if k.startswith("current-jobs-")}
def taken(tube):
    ask(f"watch {tube}")
    if tube != "default":
        ask("ignore default")
    found = []
    while (reply := ask("reserve-with-timeout 0"))[0] == "RESERVED":
        found.append(data(reply))
        ask(f"delete {reply[1]}")
    ask("watch default")
    if tube != "default":
        ask(f"ignore {tube}")
    return [hashlib.sha256(body.encode()).hexdigest()[:12] for body in found]
def told(tube):
    now = stats(tube)
    print(tube, "delayed", now.get("delayed", 0), "ready", *taken(tube))
    ask(f"use {tube}")
    if now.get("buried"):
        ask("kick 1000")
        print(tube, "buried", *sorted(taken(tube)))
"""
LEFT = """server, port, queue = start("-b", shutil.copytree(sys.argv[1], at + "/b"), "-s", "100000")
for tube in sys.argv[2:]:
    told(tube)
server.kill()
shutil.rmtree(at)
"""
TRIED = """given = json.load(sys.stdin)
worker, tube, table, result = sys.argv[1], "trial", at + "/table.csv", at + "/result.csv"
open(table, "w").write(given["table"])
server, port, queue = start()
def put(jobs):
    for where, pri, body in jobs:
        ask(f"use {where}")
        ask(f"put {pri} 0 60 {len(body.encode())}", body.encode())
def work(target):
    subprocess.run(["python3", worker, str(port), tube, table, target], timeout=5,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        if not stats(tube)["reserved"]:
            break
        time.sleep(0.01)
put(given["early"])
work(at + "/missing/result.csv")
print("nothing saved", sum(stats(tube)[state] for state in ("ready", "delayed", "buried")))
ask(f"use {tube}")
ask("kick 100")
ask("kick 100")
for part in ("early", "late"):
    if part == "late":
        put(given["late"])
    work(result)
    rows = open(result).read().splitlines() if os.path.exists(result) else []
    print(part, stats(tube), *rows, sep="\\n")
for name in (tube, "default"):
    told(name)
server.kill()
shutil.rmtree(at)
"""


@dataclass(frozen=True)
class Job:
    """A job of the queue, as the server knows it."""

    number: int
    tube: str
    priority: int
    body: str
    state: int = READY
    due: int = 0
    deleted: bool = False

    def record(self) -> bytes:
        """The job in the form of version 7 of the binlog, and its deletion if it is deleted."""
        body = self.body.encode() + b"\r\n"
        name = self.tube.encode()
        delay = 3600 * SECOND if self.state == DELAYED else 0

        def state(value: int) -> bytes:
            return struct.pack(
                "<QI4xqqi4xqq5IB3x", self.number, self.priority, delay, 60 * SECOND, len(body),
                PUT, self.due, 0, 0, 0, int(value == BURIED), 0, value,
            )  # fmt: skip

        found = struct.pack("<i", len(name)) + name + state(self.state) + body
        return found + (struct.pack("<i", 0) + state(0) if self.deleted else b"")

    @property
    def waits(self) -> bool:
        """Whether a worker gets it from a server that starts today."""
        return not self.deleted and (
            self.state == READY or (self.state == DELAYED and self.due < FAR)
        )

    @property
    def sign(self) -> str:
        """A short digest of the body."""
        return hashlib.sha256(self.body.encode()).hexdigest()[:12]


class DrainQueueAfterCrash(Recipe):
    """A mended worker, the table with the effect of the waiting jobs, and a drained tube."""

    needs = (Pattern.of("table", format="csv", condition="clean", shape="records", extent=EXTENTS),)
    gives = (Pattern.of("table", format="csv", condition="clean", extent="merged"),)
    tools = ("awk", "beanstalkd", "cat", "cp", "cut", "grep", "head", "ls", "mktemp", "nc",
             "patch", "python3", "rm", "sleep", "tr", "wc")  # fmt: skip
    packages = ("beanstalkd", "netcat-openbsd", "patch")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids = source.values("id")
        if len(ids) < 20 or len(set(ids)) < len(ids):
            raise Unsuitable("ids that occur twice, or too few records")
        if any(not cell.isdigit() for cell in source.values("count")):
            raise Unsuitable("counts that are no numbers")
        tube = draw.choice(["corrections", "updates", f"{world.theme.record}-changes"])
        other = draw.choice(["mail-out", "thumbnails", "invoices"])
        jobs = drawn_jobs(tube, other, world.theme.statuses, source, draw)
        folder = world.input(draw, ["queue", "binlog", "beanstalk"])
        old = world.input(draw, ["worker", "apply_jobs", "consumer"], ".py")
        new = world.output(draw, ["worker", "apply_jobs", "consumer"], ".py")
        target = world.output(draw, ["worked_off", "current", f"{world.theme.records}_now"], ".csv")
        port = draw.integer(11_300, 11_900)
        key = source.name("id")
        right = WORKER.format(records=world.theme.records, name=new.rpartition("/")[2], key=key)
        faults = [draw.choice(LOSING), *draw.sample(OTHERS, 2)]
        if {f.name for f in faults[1:]} == {f.name for f in OTHERS[:2]}:
            faults[2] = OTHERS[3]
        broken = right
        for fault in faults:
            broken = fault.into(broken)
        mine = [job for job in jobs if job.tube == tube]
        rows, refused = worked_off(source, ordered(mine))
        result = source.with_rows(
            rows, path=target, extent="merged", noun=f"{source.noun} after the queue"
        )
        kept = [job for job in mine if job.state == BURIED]
        left = [
            tail_of(jobs, tube, [*refused, *kept]),
            *[tail_of(jobs, t) for t in ("default", other)],
        ]
        diff = "".join(
            difflib.unified_diff(broken.splitlines(True), right.splitlines(True), "a", "b", n=2)
        )
        torn = Job(99, tube, 1, job_body("set", ids[0], source.name("status"), "torn " * 6))
        log = struct.pack("<i", 7) + b"".join(job.record() for job in jobs)
        here, there, at = quoted(source.path), quoted(target), quoted(folder)
        mended, worker = quoted(new), quoted(old)
        start = f"beanstalkd -l 127.0.0.1 -p {port} -s 100000"
        hidden = Trial.drawn(source, draw.child("hidden"))
        waiting = [job for job in mine if job.waits]

        def answered(chosen: Iterable[Job]) -> Table:
            return result.with_rows(worked_off(source, list(chosen))[0])

        everything = [replace(job, state=READY, due=0) for job in mine if not job.deleted]
        said = (
            f"It is called as `{new} PORT TUBE TABLE RESULT`, with the port of a server on "
            "`127.0.0.1`, and ends when the tube has no job that is ready. Where `RESULT` exists, "
            "an earlier run has left it, and the work goes on from there instead of from `TABLE`. "
            "A job is deleted only once its effect is in `RESULT`, also if that cannot be written; "
            "one that is no valid JSON, names a record or a column that does not exist, or has "
            "another `op` than `set`, `add` and `drop` is buried; jobs of other tubes, `default` "
            "included, are not touched. What a valid job means is right as the worker has it"
        )
        state = (
            "Jobs that are not due yet or were buried already stay as they are, and so do all "
            "other tubes"
        )
        return Move(
            focus=result,
            makes=[result],
            removes=[folder],
            brings=[
                Entry.folder(folder),
                Entry(f"{folder}/binlog.1", log + torn.record()[:-20], mode=0o600),
                Entry(old, broken.encode(), mode=0o755),
            ],
            checks=[
                asked(
                    f"{CLIENT}{LEFT}",
                    [folder, tube, "default", other],
                    "".join(left),
                    about=f"A queue that starts from {folder} has what should be left.",
                    paths=[folder],
                    key="left",
                ),
                asked(
                    f"{CLIENT}{TRIED}",
                    [new],
                    hidden.told(),
                    about=f"{new} loses no job and takes only its own, with other jobs, too.",
                    paths=[new],
                    key="trial",
                    stdin=hidden.given(),
                    weight=2.0,
                ),
            ],
            request=[
                f"The machine with our beanstalkd crashed. Its binlog folder is `{folder}`; the "
                f"tube `{tube}` in it still has jobs for `{source.path}`. Before they are worked "
                f"off, the worker `{old}` has to be mended, because it loses jobs and does things "
                f"that it should not: leave that file and write the mended one to `{new}`. {said}. "
                f"Then have everything that is ready in `{tube}` applied, in the order in which "
                f"the server hands it out, with `{target}` as the result. {state}. Afterwards "
                f"`{folder}` is still the queue's binlog, with what is left of it in there, and no "
                "server is running.",
                f"Jobs are waiting in `{folder}`, the binlog folder of a beanstalkd that went down "
                f"in the middle of the night. Those in the tube `{tube}` are changes to "
                f"`{source.path}`; I need the table with all of them that are ready in it, applied "
                f"in the server's order, as `{target}`. But the worker `{old}` is known to lose "
                f"jobs. Put a version without its faults at `{new}` and keep the old one. {said}. "
                f"{state}. The queue must be able to go on from `{folder}` with whatever remains; "
                "leave no server behind.",
                f"Please get `{target}` out of our stranded queue: `{source.path}` with the effect "
                f"of every job that is ready in the tube `{tube}`, in the order the server gives "
                f"them. All that is left of the server is its binlog folder `{folder}`, from which "
                f"a beanstalkd starts, and which has to hold the rest of the jobs in the end. "
                f"{state}. The worker for it, `{old}`, is not fit for this. Its mended version is "
                f"to be `{new}`; the old file stays. {said}. Nothing should be running when you "
                "are done.",
            ],
            steps=[
                look(
                    f"cat {worker}",
                    "Which way does a job take through this worker, and where can it get lost?",
                    "Read the worker.",
                ),
                look(
                    f"""ls -l {at}; grep -ao "{{.*}}" {at}/binlog.1 | head -n 12; head -n 2 {here}
copy=$(mktemp -d); cp {at}/binlog.1 "$copy"
{start} -b "$copy" 2> /dev/null & server=$!
sleep 0.2
for tube in {tube} default {other}; do
  echo "stats-tube $tube"
done | cat - <(echo quit) | awk -v ORS='\\r\\n' 1 | nc -N 127.0.0.1 {port} |
  tr -d '\\r' | awk '/^name|jobs-(ready|delayed|buried)/'
kill $server; rm -rf "$copy\"""",
                    "The log has deleted jobs in it as well; a server on a copy knows which count.",
                    "Ask a server that works on a copy how many jobs each tube has.",
                    0.4,
                ),
                do(
                    f"patch -s -o {mended} {worker} <<'PATCH'\n{diff}PATCH",
                    f"Three faults: it {'; it '.join(SAID[fault.name] for fault in faults)}.",
                    "Write the worker without them.",
                ),
                do(
                    f"""{start} -b {at} 2> /dev/null & server=$!
sleep 0.2
python3 {mended} {port} {tube} {here} {there}
printf 'stats-tube {tube}\\r\\nquit\\r\\n' | nc -N 127.0.0.1 {port} | head -n 7
kill $server""",
                    "Jobs are ready, some of them delayed ones that are due by now. Nothing else "
                    "may be touched.",
                    "Start the queue from its binlog, let the worker run once, stop the server.",
                    1.0,
                ),
                look(
                    f"wc -l {there}; cut -d , -f 1 {there} | head -n 3; ls {at}",
                    "Which jobs were buried on top of the others, and is the table whole?",
                    "Count the records and look at the binlog.",
                ),
            ],
            wrong=[
                *[
                    Wrong(f"still: {fault.name}", path=new, content=fault.into(right).encode())
                    for fault in faults
                ],
                *differing(
                    result,
                    [
                        ("in the order of ids", answered(sorted(waiting, key=lambda j: j.number))),
                        ("delayed and buried ones, too", answered(ordered(everything))),
                        (
                            "highest numbers first",
                            answered(sorted(waiting, key=lambda j: (-j.priority, j.number))),
                        ),
                    ],
                ),
                Wrong("the binlog is gone", command=f"rm -f {at}/binlog.*"),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=1,
                    command=f"printf 'stats-tube {tube}\\r\\n' | nc -v -N 127.0.0.1 {port}",
                    symptom=r"Connection refused",
                    diagnosis="The server is gone; one has to be started from a copy first.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"beanstalkd --dump {at}",
                    symptom=r"unknown option|unrecognized|Use: beanstalkd|usage",
                    diagnosis="It has no such option; only a running server tells what is in it.",
                ),
            ],
        )


#: What the faults look like to somebody who reads the worker.
SAID = {
    "deletes first": "deletes a job before the work is done",
    "saves at the end only": "deletes jobs whose effect is not saved yet",
    "refused jobs are deleted": "throws refused jobs away",
    "refused jobs are released": "puts refused jobs back, so that they come again",
    "jobs of the default tube are taken": "goes on watching the default tube",
    "bodies end at the first line break": "reads a line where it should read so many bytes",
    "begins anew each time": "forgets what an earlier run has left",
    "stops at unknown records": "stops at a job with an unknown record",
}


def job_body(op: str, key: str, column: str, value: str | int, wide: bool = False) -> str:
    """The JSON of a job, on one line or on several."""
    job: dict[str, str | int] = {"op": op, "id": key}
    if op != "drop":
        job |= {"column": column, "value": value}
    return json.dumps(job, indent=1 if wide else None)


def drawn_jobs(
    tube: str, other: str, statuses: Sequence[str], table: Table, draw: Draw
) -> list[Job]:
    """The jobs of three tubes, with ids in the order in which they were put."""
    ids = draw.sample(table.values("id"), 16)
    count, status = table.name("count"), table.name("status")

    def job(where: str, priority: int, body: str, state: int = READY, due: int = 0) -> Job:
        return Job(0, where, priority, body, state, due)

    def add(key: str, wide: bool = False) -> str:
        return job_body("add", key, count, draw.integer(2, 60), wide)

    first, second = draw.sample(list(statuses), 2)
    found = [
        job(tube, 900, job_body("set", ids[0], status, first)),
        job(tube, 20, job_body("set", ids[0], status, second)),
        job(tube, 100, job_body("drop", ids[1], "", "")),
        job(tube, 300, add(ids[1])),
        job(tube, 40, add(ids[2])),
        job(tube, 50, job_body("drop", ids[2], "", "")),
        job(tube, 100, add(ids[3], True)),
        job(tube, 100, job_body("set", ids[4], status, first, True)),
        job(tube, 100, add("UNKNOWN-3")),
        job(tube, draw.integer(1, 99), add(ids[5])[: -draw.integer(2, 9)]),
        job(tube, 100, job_body("set", ids[6], "no_such_column", "1")),
        job(tube, 100, job_body("bump", ids[7], count, 4)),
        job(tube, 10, job_body("add", ids[8], count, 500), DELAYED, FAR),
        job(tube, 60, add(ids[9]), DELAYED, PUT + 7200 * SECOND),
        job(tube, 100, job_body("add", ids[10], count, 700), BURIED),
        job("default", 5, job_body("add", ids[11], count, 40)),
        job("default", 100, job_body("drop", ids[12], "", "")),
        job(other, 100, json.dumps({"to": f"it@{tube}.example", "n": draw.integer(2, 99)})),
        job(other, 10, json.dumps({"to": "desk", "n": draw.integer(2, 99)}), BURIED),
    ]
    for key, late in zip(ids[13:], draw.shuffled([True, False, True]), strict=True):
        value = str(draw.integer(100, 900))
        found.append(job(tube, 150, job_body("set", key, count, value)))
        found.append(job(tube, 160 if late else 140, add(key)))
    more = [*draw.sample(ids[3:6], 2), ids[9]]
    found += [job(tube, draw.choice([50, 100, 100, 200]), add(key)) for key in more]
    gone = draw.sample(table.values("id"), draw.integer(3, 6))
    found += [
        replace(job(tube, 100, job_body("add", key, count, 90)), deleted=True) for key in gone
    ]
    return [replace(each, number=n) for n, each in enumerate(draw.shuffled(found), 1)]


def ordered(jobs: Iterable[Job]) -> list[Job]:
    """The jobs that wait, in the order in which the server hands them out."""
    waiting = [job for job in jobs if job.waits]
    return sorted(waiting, key=lambda job: (job.priority, job.number))


def worked_off(table: Table, jobs: Iterable[Job]) -> tuple[list[Row], list[Job]]:
    """The rows after the jobs, and the jobs that are refused."""
    place = table.index("id")
    rows = {row[place]: dict(zip(table.header, row, strict=True)) for row in table.rows}
    refused: list[Job] = []
    for item in jobs:
        try:
            job = json.loads(item.body)
        except ValueError:
            refused.append(item)
            continue
        row = rows.get(job["id"])
        if row is None or job["op"] not in ("set", "add", "drop"):
            refused.append(item)
        elif job["op"] == "drop":
            del rows[job["id"]]
        elif job["column"] not in row:
            refused.append(item)
        elif job["op"] == "set":
            row[job["column"]] = job["value"]
        else:
            row[job["column"]] = str(int(row[job["column"]]) + job["value"])
    return [tuple(row.values()) for row in rows.values()], refused


def tail_of(jobs: Sequence[Job], tube: str, buried: Sequence[Job] | None = None) -> str:
    """What the client tells of a tube; `buried` are those of a tube that has been drained."""
    mine = [job for job in jobs if job.tube == tube and not job.deleted]
    delayed = sum(job.state == DELAYED and not job.waits for job in mine)
    ready = ordered(mine) if buried is None else []
    lost = [job for job in mine if job.state == BURIED] if buried is None else buried
    line = " ".join([tube, "delayed", str(delayed), "ready", *[job.sign for job in ready]])
    more = " ".join([tube, "buried", *sorted(job.sign for job in lost)])
    return f"{line}\n{more}\n" if lost else f"{line}\n"


@dataclass(frozen=True)
class Trial:
    """Jobs that only the verifier has, for two runs of the worker on a table of its own."""

    table: Table
    early: tuple[Job, ...]
    late: tuple[Job, ...]

    @classmethod
    def drawn(cls, source: Table, draw: Draw) -> Trial:
        """A few rows of the source, and jobs that meet every fault."""
        table = source.with_rows(source.rows[3:12])
        a, b, c, d, e, *_ = draw.shuffled(table.values("id"))
        count, status = table.name("count"), table.name("status")
        early = [
            ("trial", 70, job_body("set", a, status, f"late {draw.integer(1, 99)}")),
            ("trial", 10, job_body("set", a, status, "early")),
            ("trial", 30, job_body("add", b, count, draw.integer(3, 80), True)),
            ("trial", 20, job_body("add", "NOBODY-1", count, 3)),
            ("trial", 25, '{"op": "add", "id": '),
            ("trial", 15, job_body("set", c, "nowhere", "x")),
            ("trial", 40, job_body("drop", d, "", "")),
            ("default", 0, job_body("drop", b, "", "")),
        ]
        late = [
            ("trial", 50, job_body("add", b, count, draw.integer(3, 80))),
            ("trial", 50, job_body("add", d, count, 8)),
            ("trial", 60, job_body("add", e, count, 9, True)),
        ]
        made = [Job(n, *job) for n, job in enumerate([*early, *late])]
        return cls(table, tuple(made[: len(early)]), tuple(made[len(early) :]))

    def given(self) -> str:
        """The input of the check."""
        parts = {"early": self.early, "late": self.late}
        jobs = {k: [(j.tube, j.priority, j.body) for j in v] for k, v in parts.items()}
        return json.dumps({"table": self.table.text(), **jobs})

    def told(self) -> str:
        """What the check prints of a worker that is right."""
        first = [job for job in self.early if job.tube == "trial"]
        lines = [f"nothing saved {len(first)}"]
        table = self.table
        refused: list[Job] = []
        for part, jobs in (("early", first), ("late", list(self.late))):
            rows, bad = worked_off(table, ordered(jobs))
            table, refused = table.with_rows(rows), [*refused, *bad]
            now = {"urgent": 0, "ready": 0, "reserved": 0, "delayed": 0, "buried": len(refused)}
            lines += [part, str(now), *table.text().splitlines()]
        text = "".join(f"{line}\n" for line in lines)
        every = [*self.early, *self.late]
        return text + tail_of(every, "trial", refused) + tail_of(every, "default")


def asked(
    script: str,
    arguments: Sequence[str],
    text: str,
    *,
    about: str,
    paths: Sequence[str],
    key: str,
    stdin: str = "",
    weight: float = 1.0,
) -> Check:
    """A Python script with a queue of its own prints this text."""
    name = f"{slug(paths[0])}.{key}.txt"
    return custom(
        "command_prints",
        about=about,
        paths=paths,
        weight=weight,
        files={name: text.encode()},
        argv=["python3", "-c", script, *arguments],
        stdin=stdin,
        expected=name,
        cwd="/",
        timeout=20,
    )
