"""Plan jobs with dependencies on several workers by a stated rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Row,
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
    Column("job", "job"),
    Column("worker", "worker"),
    Column("start", "minute"),
    Column("end", "minute"),
)
PROGRAM = """function rank(j,   k, best) {
  if (!(j in ranks)) {
    for (k = 1; k <= n; k++) if ((job[k], j) in need && rank(job[k]) > best) best = rank(job[k])
    ranks[j] = minutes[j] + best
  }
  return ranks[j]
}
function ready(j,   k) {
  for (k = 1; k <= n; k++)
    if ((j, job[k]) in need && (!(job[k] in end) || end[job[k]] > now)) return 0
  return 1
}
function pick(   k, best) {
  for (k = 1; k <= n; k++) if (!(job[k] in end) && ready(job[k]))
    if (best == "" || rank(job[k]) > rank(best) || rank(job[k]) == rank(best) && job[k] < best)
      best = job[k]
  return best
}
BEGIN { FS = ","; now = 0 }
NR == FNR { done[$1] = 1; next }
FNR == 1 || $1 in done { next }
{ job[++n] = $1; minutes[$1] = $2
  for (k = split($3, wanted, " "); k > 0; k--) if (!(wanted[k] in done)) need[$1, wanted[k]] = 1 }
END {
  while (planned < n) {
    for (w = 1; w <= workers; w++) if (busy[w] <= now && (next_job = pick()) != "") {
      end[next_job] = busy[w] = now + minutes[next_job]; planned++
      print next_job "," w "," now "," busy[w]
    }
    soonest = 0
    for (w = 1; w <= workers; w++)
      if (busy[w] > now && (!soonest || busy[w] < soonest)) soonest = busy[w]
    now = soonest
  }
  for (k = 1; k <= n; k++) {
    if (rank(job[k]) > chain) chain = rank(job[k])
    all += minutes[job[k]]
  }
  print chain, all > bounds
}
"""


class ScheduleJobsOnWorkers(Recipe):
    """A row for each job with its worker, start and end; a report on how long it takes."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "merged"),
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("awk", "cat", "column", "head", "jq", "mkdir", "mlr", "sort", "tail", "tsort")
    packages = ("bsdextrautils", "jq", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category"):
            raise Unsuitable("no categories")
        group, form = source.name("category"), source.format
        sizes = Counter(source.values("category"))
        slugs = {name: re.sub(r"[^a-z0-9]+", "-", name.lower()) for name in sorted(sizes)}
        if not 4 <= len(sizes) <= 8 or len({*slugs.values()}) < len(slugs):
            raise Unsuitable("too few or too many categories, or names that look alike")
        loads = {f"load-{slug}": sizes[name] for name, slug in slugs.items()}
        jobs, listed = _jobs(draw, loads, world.theme.components)
        done = sorted(draw.sample(sorted(loads), 2))
        workers = draw.choice((2, 3, 3))
        given = world.input(draw, ["jobs", "rebuild_jobs", "pipeline"], ".csv")
        ended = world.input(draw, ["finished", "done_so_far", "completed"], ".txt")
        target = world.output(draw, ["schedule", "worker_plan", "rebuild_plan"], ".csv")
        report = world.output(draw, ["duration", "plan_report", "how_long"], ".json")
        left = {name: jobs[name] for name in jobs if name not in done}
        ranks = _ranks(left)

        def made(order: Callable[[str], object], number: int = workers) -> Table:
            rows = _planned(left, order, number)
            ordered = sorted(rows, key=lambda row: (int(row[2]), int(row[1])))
            return summary(target, "schedule of the rebuild", COLUMNS, ordered)

        result = made(lambda name: (-ranks[name], name))
        length = max(int(row[3]) for row in result.rows)
        work = sum(minutes for minutes, _ in left.values())
        value = {
            "minutes": length,
            "longest_chain": max(ranks.values()),
            "busy_percent": round(100 * work / (workers * length), 1),
        }
        finding = Report(path=report, noun="length of the rebuild", value=value, tolerance=0.0011)
        here, there, at, out, past = (
            quoted(path) for path in (source.path, target, given, report, ended)
        )
        folder, keys = "/tmp/plan", "`minutes`, `longest_chain` and `busy_percent`"
        head = ",".join(result.header)
        rule = (
            "whenever a worker is free, of the jobs whose needs have all ended (an end and a start "
            "may fall on the same minute) the one with the longest remaining chain is begun; that "
            "is its own minutes plus those of the longest chain of unfinished jobs that "
            "have to wait for it. Equal chains go by name, and among free workers the lowest "
            "number comes first"
        )
        return Move(
            focus=result,
            makes=[result, finding],
            brings=[
                Entry(given, listed.encode()),
                Entry(ended, "".join(f"{name}\n" for name in done).encode()),
            ],
            request=[
                f"The rebuild of our data broke off and goes on with `{workers}` workers. Plan it. "
                f"`{given}` has the jobs with `minutes` and `needs` (blank-separated); a job "
                "`load-<name>` without minutes takes one minute for each row of the "
                f"`{group}` `<name>` in `{source.path}`, where the name is written in small "
                "letters with `-` for anything but letters and digits. What "
                f"`{ended}` lists is done. The rule: {rule}. `{target}` is CSV with the header "
                f"`{head}`, minutes from `0`, workers from `1`, ordered by start and then "
                f"worker. And `{report}` is a JSON object with {keys}: when all is done, the "
                "longest chain of what was left, and how much of the workers' time until then "
                "is spent working, as a percentage with one decimal.",
                f"How long will the rest of our rebuild take with `{workers}` workers (`1`, and so "
                f"on)? The jobs are in `{given}`, those already finished in `{ended}`. Where "
                "`minutes` is empty, as with each `load-<name>`, it is the number of rows in "
                f"`{source.path}` whose `{group}` is `<name>` (lower case, `-` for each run of "
                "other characters than letters and digits). `needs` names the jobs, with blanks "
                f"between, that have to end first. Work by this rule: {rule}. I need the plan as "
                f"CSV in `{target}` with the header `{head}`, times in minutes from `0`, sorted by "
                f"start and worker, and a JSON object `{report}` with {keys}, which are the end "
                "of the last job, the length of the longest chain of unfinished jobs, "
                "and the share of busy worker time up to the end in per cent, one decimal.",
            ],
            steps=[
                look(
                    f"column -s, -t < {at}; cat {past}; awk -F, 'FNR > 1 {{ k = split($3, need, "
                    f'" "); for (; k > 0; k--) print need[k], $1 }}\' {at} | tsort | tail -n 4',
                    "Is there a loop among the needs, and what is done?",
                    "Read the jobs and sort them topologically.",
                ),
                do(
                    f"mkdir -p {folder}\n"
                    f"mlr --i{form} --ocsv count-distinct -f {group} -o rows then put '$job = "
                    f'"load-" . gsub(tolower(${group}), "[^a-z0-9]+", "-")\' then '
                    f"cut -o -f job,rows {here} > {folder}/rows.csv\n"
                    f"mlr --csv join --ur -j job -f {folder}/rows.csv then put "
                    "'if (is_empty($minutes)) {$minutes = $rows}' then cut -o -f "
                    f"job,minutes,needs {at} > {folder}/jobs.csv\nhead -n 4 {folder}/jobs.csv",
                    "No loop. The loads have no length yet; it is in the records.",
                    f"Count the rows of each {group} and put them in.",
                ),
                do(
                    f"cat > {folder}/plan.awk <<'EOF'\n{PROGRAM}EOF\n"
                    f"{{ echo {head}; awk -v workers={workers} -v bounds={folder}/bounds "
                    f"-f {folder}/plan.awk {past} {folder}/jobs.csv | "
                    f"sort -t , -k 3,3n -k 2,2n; }} > {there}",
                    f"The jobs that are left go to {workers} workers. From one end of a job to "
                    "the next I give the job with the longest remaining chain to a free worker.",
                    "Simulate the rule and write the plan.",
                ),
                do(
                    f"read -r chain work < {folder}/bounds\n"
                    f"last=$(mlr --icsv --onidx stats1 -a max -f end {there})\n"
                    f'jq -n --argjson chain "$chain" --argjson work "$work" '
                    '--argjson last "$last" \'\n  {minutes: $last, longest_chain: $chain,\n'
                    f"   busy_percent: (1000 * $work / ({workers} * $last) | round / 10)}}' "
                    f"> {out}",
                    "All work together, spread evenly, and the longest chain: no plan can take "
                    "less than either.",
                    "Report the end beside the two lower bounds.",
                ),
                look(
                    f"column -s, -t < {there}; mlr --icsv --opprint put '$m = $end - $start' then "
                    f"stats1 -a sum,max -f m,end -g worker {there}; cat {out}",
                    "No worker may do two jobs at once, and no job may start before its needs.",
                    "Read the plan and add up each worker's minutes.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("the shortest job first", made(lambda name: (left[name][0], name))),
                    ("the longest job first", made(lambda name: (-left[name][0], name))),
                    ("in order of name", made(lambda name: name)),
                    ("one worker more", made(lambda n: (-ranks[n], n), workers + 1)),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"awk -F, 'FNR == 2 {{ print $1 }}' {at} | tsort",
                    symptom=r"odd number of tokens",
                    diagnosis="It reads pairs: a job and one that has to come after it.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mlr --i{form} --ocsv count-by -f {group} {here}",
                    symptom=r"verb \"count-by\" not found",
                    diagnosis="The verb is count-distinct.",
                ),
            ],
        )


Jobs = Mapping[str, tuple[int, Sequence[str]]]


def _jobs(
    draw: Draw, loads: Mapping[str, int], components: Sequence[str]
) -> tuple[dict[str, tuple[int, list[str]]], str]:
    """The jobs with minutes and needs, and the file that lists them in drawn order."""
    jobs: dict[str, tuple[int, list[str]]] = {name: (size, []) for name, size in loads.items()}
    for name in loads:
        if draw.chance(0.7):
            jobs[name.replace("load", "check")] = (draw.integer(2, 14), [name])
    for component in components:
        before = draw.sample(sorted(jobs), draw.integer(1, 3))
        jobs[f"build-{component}"] = (draw.integer(5, 40), sorted(before))
    ends = sorted(name for name in jobs if not any(name in needs for _, needs in jobs.values()))
    jobs["report"] = (draw.integer(4, 12), draw.sample(ends, max(2, len(ends) - 2)))
    jobs["publish"] = (draw.integer(2, 6), ["report"])
    lines = [
        f"{name},{'' if name in loads else minutes},{' '.join(needs)}\n"
        for name, (minutes, needs) in ((name, jobs[name]) for name in draw.shuffled(jobs))
    ]
    return jobs, "job,minutes,needs\n" + "".join(lines)


def _ranks(jobs: Jobs) -> dict[str, int]:
    """The minutes from the start of each job to the end of the longest chain after it."""
    ranks: dict[str, int] = {}

    def rank(name: str) -> int:
        if name not in ranks:
            after = [other for other, (_, needs) in jobs.items() if name in needs]
            ranks[name] = jobs[name][0] + max(map(rank, after), default=0)
        return ranks[name]

    return {name: rank(name) for name in jobs}


def _planned(jobs: Jobs, order: Callable[[str], object], workers: int) -> list[Row]:
    """The plan when the ready job that is first in an order is begun whenever a worker is free."""
    ends: dict[str, int] = {}
    free = [0] * workers
    rows: list[Row] = []
    now = 0
    while len(ends) < len(jobs):
        for worker in range(workers):
            ready = [
                name
                for name, (_, needs) in jobs.items()
                if name not in ends
                and all(need not in jobs or ends.get(need, now + 1) <= now for need in needs)
            ]
            if free[worker] <= now and ready:
                name = min(ready, key=order)
                ends[name] = free[worker] = now + jobs[name][0]
                rows.append((name, str(worker + 1), str(now), str(ends[name])))
        now = min(end for end in free if end > now)
    return rows
