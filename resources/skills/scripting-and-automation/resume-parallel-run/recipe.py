"""An interrupted run of many jobs, finished without doing any of them twice."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Tree,
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

WORKER = """#!/bin/bash
# Books a document: {name} DOCUMENT LEDGER
# Every call books. To book a document a second time is an offence.
set -euo pipefail
doc=$1 ledger=$2
cd {root}
exec 9>> "$ledger"
flock 9
(( $(wc -l < "$ledger") )) || echo '{head}' >&9
printf '%s,%d,%d,%d\\n' "$doc" "$(wc -l < "$doc")" "$(wc -w < "$doc")" "$(grep -cF '{word}' "$doc" || true)" >&9
"""  # noqa: E501
HEAD = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"


@dataclass(frozen=True)
class Attempt:
    """A line of the job log."""

    number: int
    code: int
    signal: int

    def fine(self) -> bool:
        """Whether the job was done."""
        return self.code == 0 and self.signal == 0


class ResumeParallelRun(Recipe):
    """The ledger has every document once, and the job log tells of every job."""

    needs = (Pattern.of("tree", content="documents", condition="tidy"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("awk", "cat", "cut", "head", "parallel", "sort", "uniq", "wc")
    packages = ("parallel",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        texts = {f.name: f.content.decode() for f in source.files if not f.target}
        if not 10 <= len(texts) == len(source.files) or any(set(n) & set(" ,'\"") for n in texts):
            raise Unsuitable("too few documents, or names that a CSV has to quote")
        word = draw.choice(world.theme.categories)
        names = draw.shuffled(texts)
        attempts = drawn_attempts(len(names), draw)
        last = {attempt.number: attempt for attempt in attempts}
        done = [names[a.number - 1] for a in attempts if a.fine()]
        columns = (
            Column("document", "path"),
            Column("lines", "count"),
            Column("words", "count"),
            Column("mentions", "count"),
        )
        head = ",".join(column.name for column in columns)
        worker = world.input(draw, ["book", "register", "enter"], ".sh")
        listing = world.input(draw, ["batch", "worklist", "todo"], ".txt")
        journal = world.input(draw, ["run", "jobs", "batch_jobs"], ".joblog")
        target = world.output(draw, ["booked", "register", "ledger"], ".csv")

        def counted(name: str) -> Row:
            text = texts[name]
            lines = text.splitlines()
            hits = sum(word in line for line in lines)
            return name, str(len(lines)), str(len(text.split())), str(hits)

        # What was booked before the documents were amended shows other figures.
        amended = draw.sample(done, max(2, len(done) // 3))
        booked = [
            (n, str(int(lines) + 2), str(int(words) + draw.integer(5, 30)), hits)
            if n in amended
            else (n, lines, words, hits)
            for n, lines, words, hits in map(counted, done)
        ]
        open_jobs = [name for n, name in enumerate(names, 1) if n not in last or not last[n].fine()]
        killed = [names[n - 1] for n, a in last.items() if a.signal]
        result = replace(
            summary(target, "ledger of documents", columns, [*booked, *map(counted, open_jobs)]),
            ordered=False,
        )
        program = WORKER.format(
            name=worker.rpartition("/")[2], root=source.path, head=head, word=word
        )
        here, there, tool = quoted(journal), quoted(target), quoted(worker)
        log = HEAD + "".join(
            f"{a.number}\t:\t{1772438400 + 3 * n}.{draw.integer(100, 999)}\t     "
            f"{draw.integer(0, 2)}.{draw.integer(100, 999)}\t0\t0\t{a.code}\t{a.signal}\t"
            f"{worker} {names[a.number - 1]} {target}\n"
            for n, a in enumerate(attempts)
        )
        started = f"{head}\n" + "".join(f"{','.join(row)}\n" for row in booked)
        run = f"parallel --will-cite --joblog {here} --resume-failed -j 2 -a {quoted(listing)}"
        still = (
            "awk -F '\\t' 'NR > 1 { last[$1] = $7 + $8 }\n"
            f"  END {{ for (n in last) open += (last[n] > 0); print open + 0 }}' {here}"
        )
        return Move(
            focus=result,
            makes=[result],
            # It goes on: what was there at the start is not to be guarded.
            removes=[journal],
            brings=[
                Entry(worker, program.encode(), mode=0o755),
                Entry(listing, "".join(f"{name}\n" for name in names).encode()),
                Entry(journal, log.encode()),
                Entry(target, started.encode()),
            ],
            request=[
                f"The overnight GNU parallel run that books every document of `{listing}` (names "
                f"below `{source.path}`) with `{worker}` was cut off; `{journal}` is its job log "
                f"and `{target}` the ledger so far. Finish it: book what failed, was killed or "
                "never started, with that worker as it is. No document may be booked twice, and "
                "what is booked stays as it is, even though some documents were edited since; the "
                f"order in `{target}` does not matter. Afterwards `{journal}` has to show for "
                "every job of the list, by its number, an attempt with exit value 0 and no signal.",
                f"Please finish last night's batch. `{listing}` names the documents below "
                f"`{source.path}`, GNU parallel called `{worker}` for each of them, kept "
                f"`{journal}` as its job log, and was stopped half-way through. `{target}` has "
                "what was booked until then; those lines stay, also where a document has changed "
                "meanwhile. Everything still open (not started, failed, or ended by a signal) is "
                "to be booked by the unchanged worker, and nothing for a second time. In the end "
                f"every job number must have an attempt without exit value and signal in "
                f"`{journal}`. The lines of the ledger may be in any order.",
            ],
            steps=[
                look(
                    f"cat {tool}; head -n 4 {here}; cut -f 7,8 {here} | sort | uniq -c; "
                    f"wc -l {quoted(listing)} {there}",
                    "Each call of the worker books. Which ways did the jobs end?",
                    "Read the worker, and count exit values and signals.",
                ),
                look(
                    f"{run} --dry-run {tool} '{{}}' {there} | head -n 30; wc -l {here}",
                    "Killed jobs show as exit value 0 with a signal, and some jobs were never "
                    "started.",
                    "List what a resumed run would do.",
                ),
                do(
                    f"{run} {tool} '{{}}' {there}",
                    "Those are the open jobs, none of the others.",
                    "Resume the run with the same list and job log.",
                    duration=2.0,
                ),
                look(
                    f"wc -l {there}; cut -d , -f 1 {there} | sort | uniq -d; {still}",
                    "Every document should be there once, below the header, and no job open.",
                    "Count the lines, look for duplicates and for jobs that are still open.",
                ),
            ],
            checks=[
                shell_prints(
                    f"awk -F '\\t' 'NR > 1 && $7 == 0 && $8 == 0 {{ print $1 }}' {here} | sort -nu",
                    "".join(f"{n}\n" for n in range(1, len(names) + 1)),
                    about=f"{journal} has a finished attempt for every job.",
                    paths=[journal],
                    key="jobs",
                )
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("all documents booked anew", result.with_rows(map(counted, names))),
                        (
                            "those killed are missing",
                            result.with_rows(r for r in result.rows if r[0] not in killed),
                        ),
                        (
                            "one is booked twice",
                            result.with_rows([*result.rows, counted(done[0])]),
                        ),
                        (
                            "only what never started",
                            result.with_rows([*booked, *map(counted, names[len(last) :])]),
                        ),
                    ],
                ),
                Wrong("the job log as it was", path=journal, content=log.encode()),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"parallel --continue --joblog {here} {tool} '{{}}' {there} "
                    f"< {quoted(listing)}",
                    symptom=r"Unknown option|unknown option",
                    diagnosis="The option is called --resume-failed; --resume alone would leave "
                    "out those that failed.",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command="awk -F '\\t' 'NR > 1 && $7 == 0 && $8 > 0 { print $9, \"was killed by "
                    f"signal\", $8 }}' {here}",
                    symptom=r"was killed by signal (9|15)",
                    diagnosis="An exit value of 0 is not enough: these jobs ended by a signal and "
                    "booked nothing.",
                ),
            ],
        )


def drawn_attempts(count: int, draw: Draw) -> list[Attempt]:
    """The attempts of a run that got through two thirds of the jobs, in order of their end."""
    begun = count * 2 // 3
    bad = draw.sample(range(1, begun + 1), 5)
    found = []
    for number in range(1, begun + 1):
        place = bad.index(number) if number in bad else -1
        code, signal = [(75, 0), (1, 0), (0, 9), (0, 15), (75, 0), (0, 0)][place]
        found.append(Attempt(number, code, signal))
    # The run was resumed once before, and one of the failed jobs went well then.
    return [*found, Attempt(bad[4], 0, 0)]
