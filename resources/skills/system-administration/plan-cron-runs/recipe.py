"""Turn schedules in words into a crontab, and compute the runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shellwright.recipe import (
    Check,
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Snapshot,
    World,
    Wrong,
    byte_sorted,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (Column("service", "service"), Column("next_run", "time"), Column("runs", "count"))
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Job:
    """A schedule in words, and as the fields of a crontab."""

    service: str
    words: str
    fields: str

    def on(self, day: datetime) -> bool:
        """Whether the words mean this day."""
        first, *rest = self.words.split()
        if first == "weekdays":
            return day.weekday() < 5
        if first == "monthly":
            return day.day == int(rest[2])
        return first in ("every", "hourly", "daily") or DAYS[day.weekday()] + "s" == first

    def minutes(self) -> Iterable[int]:
        """The minutes of such a day at which it runs."""
        first, *rest = self.words.split()
        if first == "every":
            # Within the hour: a step that does not divide 60 begins anew at the full hour.
            return [n for n in range(1440) if n % 60 % int(rest[0]) == 0]
        if first == "hourly":
            return range(int(rest[-1][1:]), 1440, 60)
        hour, minute = rest[-1].split(":")
        return [int(hour) * 60 + int(minute)]

    def runs(self, start: datetime, days: int) -> Iterator[datetime]:
        """The runs from the start, over so many days."""
        midnight = start.replace(hour=0, minute=0)
        for number in range(days + 1):
            day = midnight + timedelta(days=number)
            if self.on(day):
                times = (day + timedelta(minutes=minute) for minute in self.minutes())
                yield from (t for t in times if start <= t < start + timedelta(days=days))


class PlanCronRuns(Recipe):
    """A crontab for the services that have a unit, and a table of their coming runs."""

    needs = (Pattern.of("snapshot", of="units"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "cut", "date", "gawk", "ls", "sed", "sort", "uniq")
    packages = ("gawk",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Snapshot)
        known = [unit.name.removesuffix(".service") for unit in source.units]
        jobs = drawn_jobs(draw.sample(known, 9), draw)
        gone = [Job(f"{known[0]}-old", "daily at 05:05", ""), Job("legacy", "every 30 minutes", "")]
        off = [Job(n, "daily at 01:15", "") for n in known if n not in {j.service for j in jobs}]
        listed = world.input(draw, ["schedules", "jobs", "timetable"], ".csv")
        crontab = world.output(draw, ["jobs", "planned", "services"], ".crontab")
        target = world.output(draw, ["next_runs", "coming_runs", "plan"], ".csv")
        start = datetime(2026, draw.integer(3, 9), draw.integer(1, 28), draw.integer(5, 22), 40,
                         tzinfo=UTC)  # fmt: skip
        stamp = f"{start:%Y-%m-%d %H:%M}"
        rows = planned(jobs, start)
        result = summary(target, "coming runs of the jobs", COLUMNS, rows)
        command = f"/opt/{world.theme.key}/run-job"
        lines = [f"{job.service},{job.words},yes" for job in [*jobs, *gone]]
        lines += [f"{job.service},{job.words},no" for job in off[:2]]
        here, there, table, words = (quoted(p) for p in (source.path, target, crontab, listed))
        head = ",".join(result.header)
        script = f"""{{
  ls {here} | sed 's/[.]service$//'
  echo ---
  cat {words}
}} | gawk -F , '
  $0 == "---" {{ reading = 1; next }}
  !reading {{ unit[$0] = 1; next }}
  $3 != "yes" || !($1 in unit) {{ next }}
  {{
    n = split($2, w, " "); split(w[n], t, ":"); minute = t[2] + 0; hour = t[1] + 0; dom = dow = "*"
    if (w[1] == "every") {{ minute = "*/" w[2]; hour = "*" }}
    else if (w[1] == "hourly") hour = "*"
    else if (w[1] == "monthly") dom = w[4]
    else if (w[1] == "weekdays") dow = "1-5"
    else if (w[1] != "daily") dow = index("SunMonTueWedThuFriSat", substr(w[1], 1, 3)) / 3 - 1 / 3
    print minute, hour, dom, "*", dow, "{command} " $1
  }}' > {table}
gawk -v start="$(date -d '{stamp}' +%s)" -v OFS=, '
  function fits(field, value,  part) {{
    if (field == "*") return 1
    if (split(field, part, "/") == 2) return value % part[2] == 0
    if (split(field, part, "-") == 2) return value >= part[1] && value <= part[2]
    return field == value
  }}
  {{
    runs = 0; first = ""
    for (t = start; t < start + 62 * 86400; t += 60) {{
      if (t >= start + 7 * 86400 && first != "") break
      split(strftime("%M %H %d %w", t, 1), now, " ")
      if (fits($1, now[1] + 0) && fits($2, now[2] + 0) && fits($3, now[3] + 0) &&
          fits($5, now[4] + 0)) {{
        if (first == "") first = strftime("%Y-%m-%d %H:%M", t, 1)
        if (t < start + 7 * 86400) runs++
      }}
    }}
    print $7, first, runs
  }}' {table} | LC_ALL=C sort | sed '1i {head}' > {there}"""
        text = "".join(f"{job.fields} {command} {job.service}\n" for job in jobs)
        weekly = next(job for job in jobs if job.words.startswith("weekdays"))
        monthly = next(job for job in jobs if job.words.startswith("monthly"))
        frequent = next(job for job in jobs if job.words.startswith("every"))
        step = frequent.words.split()[1]
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry(
                    listed,
                    b"service,schedule,enabled\n"
                    + "".join(f"{line}\n" for line in draw.shuffled(lines)).encode(),
                )
            ],
            checks=[fires(crontab, command, jobs, start)],
            request=[
                f"The schedules in `{listed}` are to become a crontab, `{crontab}`, in the form of "
                "a user's crontab with one line for each job. Only jobs that are enabled (`yes`) "
                f"and whose service has a unit in `{source.path}` (`gate.service` for `gate`) get "
                f"one; the command is `{command} <service>`. All times are UTC; `every N minutes` "
                "starts at the full hour. So that we can check it, also write "
                f"`{target}`: CSV with the header `{head}`, sorted by service in byte order, with "
                f"the first run at or after `{stamp}` in the form `YYYY-MM-DD hh:mm` and the "
                "number of runs in the `7` days from that minute (its own included, the minute a "
                "week later not).",
                f"Please make a user's crontab `{crontab}` from the schedules in words that "
                f"`{listed}` has, a line a job, running `{command} <service>`. Leave out what is "
                f"not enabled (`yes`) and services without a unit in `{source.path}`, where `gate` "
                "would be `gate.service`. Everything is in UTC, and `every N minutes` counts from "
                "the full hour. I also want to see what it will do: for each job the next run "
                f"from `{stamp}` on (that minute counts), as `YYYY-MM-DD hh:mm`, and how often it "
                f"runs in the `7` times 24 hours that begin then, in `{target}`, a CSV with the "
                f"header `{head}` in byte order of the services.",
            ],
            steps=[
                look(
                    f"cat {words}; ls {here}",
                    "Which wordings are there, and which jobs have no service any more?",
                    "Read the schedules and list the units.",
                ),
                look(
                    f"cut -d , -f 2 {words} | sed 's/[0-9][0-9:]*/N/g' | sort | uniq -c",
                    "The jobs are in a handful of wordings.",
                    "Count the wordings with their numbers blanked out.",
                ),
                do(
                    script,
                    "Only jobs that are enabled and known run. Each wording sets one or two "
                    "fields; the runs follow from going through the minutes.",
                    "Write the crontab, and compute the runs from its fields, not from the words.",
                    2.0,
                ),
                look(
                    f"cat {table} {there}",
                    f"{weekly.service} must not run at a weekend, and {monthly.service} may have "
                    "no run within the week.",
                    "Read the crontab and the runs side by side.",
                ),
            ],
            wrong=[
                Wrong(
                    "runs at weekends, too",
                    path=crontab,
                    content=text.replace("* * 1-5", "* * *").encode(),
                ),
                Wrong(
                    "the interval is taken as a minute",
                    path=crontab,
                    content=text.replace(f"*/{step} ", f"{step} ").encode(),
                ),
                Wrong(
                    "jobs that are off are on",
                    path=crontab,
                    content=f"{text}15 1 * * * {command} {off[0].service}\n".encode(),
                ),
                *differing(
                    result,
                    [
                        (
                            "the start is left out",
                            result.with_rows(planned(jobs, start + timedelta(minutes=1))),
                        ),
                        ("eight days", result.with_rows(planned(jobs, start, 8))),
                        (
                            "every job listed",
                            result.with_rows([*rows, (f"{known[0]}-old", rows[0][1], "7")]),
                        ),
                    ],
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"sed 1d {words} | cut -d , -f 4 | date -f - +%H:%M; "
                    f"date -d '{weekly.words}' +%H:%M",
                    symptom=r"invalid date",
                    diagnosis="date does not understand these wordings: they have to be taken "
                    "apart word by word.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"date --next-cron={table} +%H:%M",
                    symptom=r"unrecognized option",
                    diagnosis="No tool here computes run times; going through the minutes does.",
                ),
            ],
        )


def drawn_jobs(services: list[str], draw: Draw) -> list[Job]:
    """A job for each service, every wording at least once."""
    jobs = []
    for place, name in enumerate(services):
        minute, hour = draw.integer(1, 59), draw.integer(0, 23)
        at = f"{hour:02d}:{minute:02d}"
        kind = place if place < 6 else draw.integer(0, 5)
        if kind == 0:
            step = draw.choice((10, 15, 20))
            jobs.append(Job(name, f"every {step} minutes", f"*/{step} * * * *"))
        elif kind == 1:
            jobs.append(Job(name, f"hourly at :{minute:02d}", f"{minute} * * * *"))
        elif kind == 2:
            jobs.append(Job(name, f"daily at {at}", f"{minute} {hour} * * *"))
        elif kind == 3:
            jobs.append(Job(name, f"weekdays at {at}", f"{minute} {hour} * * 1-5"))
        elif kind == 4:
            day = draw.integer(0, 6)
            fields = f"{minute} {hour} * * {(day + 1) % 7}"
            jobs.append(Job(name, f"{DAYS[day]}s at {at}", fields))
        else:
            day = draw.integer(1, 28)
            jobs.append(Job(name, f"monthly on day {day} at {at}", f"{minute} {hour} {day} * *"))
    return jobs


def planned(jobs: list[Job], start: datetime, days: int = 7) -> list[Row]:
    """The rows of the table."""
    rows = []
    for job in jobs:
        first = next(job.runs(start, 62))
        runs = sum(1 for _ in job.runs(start, days))
        rows.append((job.service, f"{first:%Y-%m-%d %H:%M}", str(runs)))
    return sorted(rows, key=lambda row: row[0].encode())


#: Prints when the lines of a crontab run within 40 days: a digest of the minutes for each command.
EXPAND = r"""import datetime, hashlib, re, sys
names = {n: i for i, n in enumerate("sun mon tue wed thu fri sat".split())}
names |= {n: i for i, n in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
spans = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
short = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0",
         "@midnight": "0 0 * * *", "@monthly": "0 0 1 * *"}
def values(field, low, high):
    found = set()
    for part in field.lower().split(","):
        part, _, step = part.partition("/")
        ends = [names[e] if e in names else int(e) for e in part.split("-")] if part != "*" else []
        first, last = (ends[0], ends[-1]) if ends else (low, high)
        found |= set(range(first, (high if step and len(ends) == 1 else last) + 1, int(step or 1)))
    return found
start = datetime.datetime.fromisoformat(sys.argv[2])
minutes = [start + datetime.timedelta(minutes=n) for n in range(40 * 1440)]
for line in open(sys.argv[1]):
    line = line.strip()
    if not line or line[0] == "#" or re.match(r"\w+\s*=", line):
        continue
    for name, fields in short.items():
        line = re.sub(rf"^{name}\b", fields, line)
    *fields, command = line.split(None, 5)
    m, h, dom, mon, dow = (values(f, *s) for f, s in zip(fields, spans))
    dow |= {0} if 7 in dow else set()
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    hits = [f"{t:%m%d%H%M}" for t in minutes if t.minute in m and t.hour in h and t.month in mon
            and ((t.day in dom or t.isoweekday() % 7 in dow) if either
                 else (t.day in dom and t.isoweekday() % 7 in dow))]
    digest = hashlib.sha256(" ".join(hits).encode()).hexdigest()[:12]
    print(" ".join(command.split()), len(hits), digest)
"""


def fires(path: str, command: str, jobs: list[Job], start: datetime) -> Check:
    """The crontab starts each job at the minutes that its words mean, for 40 days."""
    lines = []
    for job in jobs:
        hits = [f"{time:%m%d%H%M}" for time in job.runs(start, 40)]
        digest = hashlib.sha256(" ".join(hits).encode()).hexdigest()[:12]
        lines.append(f"{command} {job.service} {len(hits)} {digest}")
    at = f"{start:%Y-%m-%d %H:%M}"
    return shell_prints(
        f"python3 - {quoted(path)} '{at}' <<'END' | sort\n{EXPAND}END",
        "".join(f"{line}\n" for line in byte_sorted(lines)),
        about=f"{path} starts each job at the right minutes of 40 days.",
        paths=[path],
        key="runs",
        weight=2.0,
    )
