"""Merge the partial counts of workers, and count again what was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Log,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (Column("component", "component"), Column("level", "level"), Column("events", "count"))
Counts = Counter[tuple[str, str]]


@dataclass(frozen=True)
class Part:
    """A range of lines, both ends included, and what is in it."""

    name: str
    first: int
    last: int
    counts: Counts

    def text(self, *, rows: int = 0, lines: int | None = None, trailer: bool = True) -> str:
        """A result file: without its last `rows` rows, with another number of lines, or cut."""
        found = sorted(f"{c}\t{level}\t{n}\n" for (c, level), n in self.counts.items())
        text = "".join(found[: len(found) - rows])
        size = self.last - self.first + 1 if lines is None else lines
        return text + (f"# lines {size}\n" if trailer else "")


class MergeCountsOfWorkers(Recipe):
    """Events by component and level; a report on the parts that were counted again."""

    needs = (Pattern.of("log", format="service", storage="plain"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("awk", "cat", "datamash", "grep", "head", "jq", "ls", "mkdir", "nproc", "numsum",
             "parallel", "sed", "sort", "tail", "wc", "xargs")  # fmt: skip
    packages = ("datamash", "jq", "num-utils", "parallel")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Log)
        parts = _parts(source, draw)
        if any(len(part.counts) < 4 for part in parts):
            raise Unsuitable("parts with next to nothing in them")
        folder = world.input(draw, ["counts", "workers", "map_output"])
        target = world.output(draw, ["events", "events_by_component", "merged_counts"], ".csv")
        report = world.output(draw, ["parts", "merge_report", "lost_parts"], ".json")
        missing, cut, short, again, twin = draw.sample(parts, 5)
        files: dict[str, str] = {part.name: part.text() for part in parts if part != missing}
        files[cut.name] = cut.text(rows=2, trailer=False)
        files[short.name] = short.text(rows=1, lines=short.last - short.first - draw.integer(2, 9))
        files[again.name] = again.text(rows=3, trailer=False)
        files[f"{again.name}.retry"] = again.text()
        files[f"{twin.name}.retry"] = twin.text()
        lost = sorted(part.name for part in (missing, cut, short))

        def made(counts: Counts) -> Table:
            rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            cells = [(component, level, str(n)) for (component, level), n in rows]
            return summary(target, "events by component and level", COLUMNS, cells)

        whole = _summed(part.counts for part in parts)
        result = made(whole)
        twice = sorted((again.name, twin.name))
        finding = Report(
            path=report, noun="report on the parts", value={"recounted": lost, "twice": twice}
        )
        plan = "".join(f"{part.name}\t{part.first}\t{part.last}\n" for part in parts)
        here, there, at, out = (quoted(p) for p in (source.path, target, folder, report))
        work = "/tmp/merge"
        present = [part for part in parts if part.name not in lost]
        wrong = [
            ("only what was complete", made(_summed(part.counts for part in present))),
            ("every file added up", made(_read(files.values()))),
            (
                "each range once, but unchecked",
                made(_read(text for name, text in files.items() if not name.endswith("retry"))),
            ),
        ]
        rule = (
            "a result is complete when its last line is `# lines N` and N is the number of lines "
            "of its range"
        )
        return Move(
            focus=result,
            makes=[result, finding],
            brings=[
                Entry.folder(folder),
                Entry(f"{folder}/plan.tsv", plan.encode()),
                *[
                    Entry(f"{folder}/{name}.tsv", text.encode())
                    for name, text in sorted(files.items())
                ],
            ],
            request=[
                f"Counting the events of `{source.path}` by component and level was shared out to "
                f"workers, and some of them died. `{folder}/plan.tsv` has the parts with their "
                "first and last line; the result of a part is in that folder under its name with "
                "`.tsv`, a second attempt with `.retry.tsv` (component, level, number, by tabs); "
                f"{rule}. Merge the complete results, one a part, and count the parts without one "
                "from the log; lines that are no events, like stack traces, do not count. "
                f"`{target}` is CSV with the header `component,level,events`, most events first, "
                f"then by component and level. `{report}` is a JSON object with two sorted lists "
                "of parts: `recounted` for those that had to be counted again, and `twice` for "
                "those with two result files, complete or not.",
                f"Please finish a distributed count. The log `{source.path}` was cut into parts "
                f"of lines (`{folder}/plan.tsv`: part, first line, last line), and each worker "
                "left its counts as component, level and number, tab-separated, in a file named "
                "after the part with `.tsv`, or with `.retry.tsv` if the part was given out "
                f"again. Not all of them came through: {rule}. Every part goes into the total "
                "exactly once; a part without a complete result is counted anew from the log, "
                "without the lines that are no events. I want the totals as CSV in "
                f"`{target}`, header `component,level,events`, in falling order of events and "
                f"then by component and level, and in `{report}` a JSON object: `recounted` "
                "lists the parts that you counted, `twice` those of which there are two files, "
                "whatever their state; both sorted.",
            ],
            steps=[
                look(
                    f"cd {at} && cat plan.tsv && ls && tail -qn 1 *.tsv && nproc; head -n 3 {here}",
                    "Which parts were planned, and which results are whole?",
                    "Read the plan and the last line of every file.",
                ),
                do(
                    f"mkdir -p {work}/parts && cd {at}\n"
                    "while IFS=$'\\t' read -r part first last; do\n"
                    "  for file in $part.tsv $part.retry.tsv; do\n"
                    '    if [ -f $file ] && [ "$(tail -n 1 $file)" = "# lines '
                    '$((last - first + 1))" ]; then\n'
                    f"      echo {at}/$file >> {work}/complete\n      continue 2\n"
                    "    fi\n  done\n"
                    f"  printf '%s\\t%s\\t%s\\n' $part $first $last >> {work}/lost\n"
                    f"done < plan.tsv\nwc -l {work}/complete; cat {work}/lost",
                    f"{missing.name} has no file at all, {cut.name} no trailer, and the trailer "
                    f"of {short.name} names too few lines.",
                    "Pick one complete file for each part of the plan, and list the others.",
                ),
                do(
                    "count() {\n"
                    f'  sed -n "$2,$3p" {here} | grep -E \'^[0-9]{{4}}-[0-9-]+ [0-9:]+ [A-Z]+ '
                    "\\[' |\n"
                    '    awk \'{ gsub(/[][]/, "", $4); print $4 "\\t" $3 "\\t1" }\' |\n'
                    f'    datamash -s -g 1,2 sum 3 > {work}/parts/"$1".tsv\n}}\n'
                    "export -f count\n"
                    f"parallel -j \"$(nproc)\" --colsep '\\t' count {{1}} {{2}} {{3}} :::: "
                    f"{work}/lost\nwc -l {work}/parts/*",
                    f"{len(lost)} of {len(parts)} parts are lost: {', '.join(lost)}. They do not "
                    "depend on each other.",
                    "Count the lost ranges in parallel, each into its own file.",
                    1.0,
                ),
                do(
                    "{ echo component,level,events\n"
                    f"  {{ xargs grep -hv '^#' < {work}/complete; cat {work}/parts/*.tsv; }} |\n"
                    "    datamash -s -g 1,2 sum 3 | LC_ALL=C sort -t $'\\t' -k 3,3nr -k 1,1 -k 2,2 "
                    f"|\n    sed 's/\\t/,/g'\n}} > {there}\n"
                    f"jq -n --rawfile lost {work}/lost --rawfile files <(ls {at}) '\n"
                    '  {recounted: ($lost | split("\\n") | map(select(. != "") | '
                    'split("\\t")[0]) | sort),\n'
                    '   twice: ($files | split("\\n") | map(select(endswith(".retry.tsv")) | '
                    f'rtrimstr(".retry.tsv")) | sort)}}\' > {out}',
                    "Now every part of the plan has exactly one result.",
                    "Add up by component and level, and note what happened to the parts.",
                ),
                look(
                    f"tail -n +2 {there} | sed 's/.*,//' | numsum; grep -cE '^[0-9]{{4}}-' {here}; "
                    f"head -n 4 {there}; cat {out}",
                    "The total has to be the number of events in the log.",
                    "Compare the grand total with the whole log.",
                ),
            ],
            wrong=[
                *differing(result, wrong),
                Wrong(
                    "retried parts taken for lost ones",
                    path=report,
                    content=Report(
                        path="/",
                        noun="",
                        value={"recounted": sorted({*lost, again.name}), "twice": [twin.name]},
                    )
                    .text()
                    .encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command=f"cat {at}/*.tsv | datamash -s -g 1,2 sum 3 | tail -n 3",
                    symptom=r"invalid (input|numeric value)",
                    diagnosis="The plan and the trailers are no counts; and some parts would be "
                    "in the sum twice.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command="parallel --workers 2 echo ::: 1 2",
                    symptom=r"Unknown option: workers",
                    diagnosis="The number of jobs at a time is given with -j.",
                ),
            ],
        )


def _parts(source: Log, draw: Draw) -> list[Part]:
    """Nine ranges that cover the log, of about equal length."""
    extra = Counter(index for index, _ in source.extra)
    events: list[tuple[str, str] | None] = []
    for index, event in enumerate(source.events):
        events += [(event.component, event.level), *[None] * extra[index]]
    size = len(events) // 9
    edges = [0, *(n * size + draw.integer(-4, 4) for n in range(1, 9)), len(events)]
    return [
        Part(
            f"part-{n + 1:02d}",
            edges[n] + 1,
            edges[n + 1],
            Counter(event for event in events[edges[n] : edges[n + 1]] if event),
        )
        for n in range(9)
    ]


def _summed(found: Iterable[Counts]) -> Counts:
    """All counts together."""
    total: Counts = Counter()
    for counts in found:
        total += counts
    return total


def _read(texts: Iterable[str]) -> Counts:
    """What files of results say, added up as they are."""
    total: Counts = Counter()
    for text in texts:
        for line in text.splitlines():
            if not line.startswith("#"):
                component, level, n = line.split("\t")
                total[component, level] += int(n)
    return total
