"""A crontab that another machine left: mended, and one night of it under cron itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

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
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.tabular import differing, tally

COLUMNS = (Column("job", "name"), Column("exit", "code"), Column("mail", "address"))
#: The minutes at which the jobs start, from that of the first one.
AFTER = {"gather": 0, "totals": 2, "alert": 3, "review": 4}
SCRIPTS = {
    "gather": """# Takes the records of SOURCE into STATE, and says how many.
set -eu
cp "${{SOURCE:?}}" "${{STATE:?}}/records.csv"
{ask} "select count(*) || ' records' from r"
""",
    "totals": """# Makes the totals of a day (YYYYMMDD) from what was gathered, and says so.
set -eu
case ${{1-}} in
    20[0-9][0-9][01][0-9][0-3][0-9]) ;;
    *) echo "totals: no day: ${{1-}}"; exit 64 ;;
esac
{ask} -csv -header 'select "{status}", count(*) as records, sum(cast("{count}" as integer))
    as "{count}" from r group by 1 order by 1' > "$STATE/totals-$1.csv"
echo "totals of $1"
""",
    "alert": """# Lists what has this share of the records or more (such as 50%); 1 if anything has.
set -eu
case ${{1-}} in
    *[0-9]%) ;;
    *) echo "alert: no share: ${{1-}}"; exit 64 ;;
esac
over=$({ask} "select \\"{status}\\" || ' ' || count(*) from r group by \\"{status}\\"
    having count(*) * 100 >= ${{1%?}} * (select count(*) from r) order by 1")
[ -z "$over" ] || {{ echo "$over"; exit 1; }}
""",
    "review": """# Notes the day and the number of records in STATE/reviews.txt, and says nothing.
set -eu
echo "$(date +%F) $({ask} 'select count(*) from r')" >> "$STATE/reviews.txt"
""",
}
ASK = """sqlite3 :memory: -cmd ".import --csv '${STATE:?}/records.csv' r\""""
TAB = """# {key}: the jobs of the night.
PATH={jobs}:/usr/bin:/bin
SOURCE={source}
STATE={state}
MAILTO=desk@{key}.example
{gather} {hour} * * * gather
{totals} {hour} * * * totals $(date +\\%Y\\%m\\%d)
{review} {hour} 1-7 * * [ "$(date +\\%u)" != 1 ] || review
MAILTO=ops@{key}.example
{alert} {hour} * * 1-5 alert {limit}\\%
"""
#: cron through the minutes of a `night` with a `tab`; the places it knows are `at` a folder, as are
#: mails and log. Its clock stands still until all that it has started at a minute is done, however
#: busy the machine is; a job of every minute tells that cron has seen this one. Until the next one
#: it sleeps, and a signal wakes it. SIGHUP would do, but its handler may wait for ever for what the
#: interrupted code has locked.
NIGHT = """mkdir -p "$at"/{run,dev,mail,etc/cron.d,etc/pam.d,usr/sbin,var/spool/cron/crontabs}
: > "$at/etc/crontab"
printf '%s required pam_permit.so\\n' auth account session > "$at/etc/pam.d/cron"
printf '#!/bin/sh\\ncat > "%s/mail/$$"\\n' "$at" > "$at/usr/sbin/sendmail"
for when in @reboot '* * * * *'; do
  echo "$when $(id -un) touch $at/beat"
done > "$at/etc/cron.d/beat"
lib='/usr/$LIB/faketime/libfaketime.so.1' mine=$at/var/spool/cron/crontabs/$(id -un)
printf '%s\\n' "LD_PRELOAD=$lib" FAKETIME_NO_CACHE=1 "FAKETIME_TIMESTAMP_FILE=$at/clock" |
  cat - "$tab" > "$mine"
chmod 600 "$mine"; chmod +x "$at/usr/sbin/sendmail"
socat -u "UNIX-RECV:$at/dev/log" "CREATE:$at/log" & log=$!
until [ -S "$at/dev/log" ]; do sleep 0.02; done
echo "$night ${1}:00" > "$at/clock"
proot -0 -b "$at/run:/run" -b "$at/dev/log:/dev/log" -b "$at/etc/crontab:/etc/crontab" \\
  -b "$at/etc/cron.d:/etc/cron.d" -b "$at/etc/pam.d:/etc/pam.d" \\
  -b "$at/usr/sbin/sendmail:/usr/sbin/sendmail" -b "$at/var/spool/cron:/var/spool/cron" \\
  env LD_PRELOAD="$lib" FAKETIME_NO_CACHE=1 FAKETIME_TIMESTAMP_FILE="$at/clock" cron -f -L 15 &
until [ -s "$at/run/crond.pid" ]; do sleep 0.02; done
cron=$(cat "$at/run/crond.pid")
for time; do
  echo "$night $time:00" > "$at/clock.new"; mv "$at/clock.new" "$at/clock"
  until [ -e "$at/beat" ]; do kill -CHLD "$cron"; sleep 0.02; done
  until read -r _ _ doing _ < "/proc/$cron/stat" && [ "$doing" = S ] && ! pgrep -P "$cron"
  do sleep 0.02; done > /dev/null
  rm "$at/beat"
done
kill "$cron" $log; wait
"""
#: Tells each job that cron has started, with its status and who was sent what it printed.
RECORD = r"""{ cat "$at"/mail/*; tr '<' '\n' < "$at/log"; } | gawk -v OFS=, '
  /^To: / { to = $2 }
  sub(/^Subject: Cron <[^>]*> /, "") { sub(/ \(failed\)$/, ""); mail[$0] = to }
  !/\/beat\)$/ && match($0, / CMD \(\[([0-9]+)\] (.*)\)$/, m) { line[++n] = m[2]; at[m[1]] = n }
  match($0, /grandchild #([0-9]+) failed with exit status ([0-9]+)/, m) { code[at[m[1]]] = m[2] }
  END { for (i = 1; i <= n; i++) {
    match(line[i], /gather|totals|alert|review/, m); print m[0], code[i] + 0, mail[line[i]] } }'"""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a crontab: how it comes into one, and how one tells of it."""

    name: str
    said: str
    into: Callable[[str], str]


def instead(right: str, wrong: str) -> Callable[[str], str]:
    """Has one text in the place of another, which must be there; both are patterns of `re.sub`."""

    def change(text: str) -> str:
        changed = re.sub(right, wrong, text, flags=re.MULTILINE)
        assert changed != text, right
        return changed

    return change


#: One of each group is in a crontab; those of its form come last.
FAULTS = (
    (
        Fault("a date in percent signs", "percent signs end the command of totals",
              instead(r"\\%Y\\%m\\%d", "%Y%m%d")),
        Fault("a share in percent", "the percent sign ends the command of alert",
              instead(r"(alert \d+)\\%", r"\1%")),
        Fault("a command in an assignment", "cron does not expand the value of DAY",
              lambda text: instead(r"\$\(date \+\\%Y\\%m\\%d\)", "$DAY")(
                  instead(r"^(MAILTO=desk)", r"DAY=$(date +%Y%m%d)\n\1")(text))),
    ),
    (
        Fault("no path to the jobs", "the jobs are not in its PATH",
              instead(r"^PATH=.*?:", "PATH=")),
        Fault("a variable in PATH", "cron does not expand the value of PATH",
              instead(r"^PATH=(.*?):.*", r"PATH=\1:$PATH")),
        Fault("a comment behind a value", "the comment belongs to the value of STATE",
              instead(r"^(STATE=.*)", r"\1 # kept between the nights")),
        Fault("an export", "export is no assignment, and the whole file is ignored",
              instead(r"^STATE=", "export STATE=")),
    ),
    (
        Fault("Sunday is 1", "alert runs from Tuesday to Saturday",
              instead(r"1-5 alert", "2-6 alert")),
        Fault("either day", "review runs on each Monday and on seven days a month",
              instead(r"1-7 \* \* .*", "1-7 * 1 review")),
        Fault("every Monday", "review runs on each Monday",
              instead(r"1-7 \* \* .*", "* * 1 review")),
    ),
    (
        Fault("hour and minute exchanged", "hour and minute of totals are exchanged",
              instead(r"^(\d+) (\d+) (.*totals)", r"\2 \1 \3")),
        Fault("every minute", "alert runs at every minute of the hour",
              instead(r"^\d+ (.*alert)", r"* \1")),
        Fault("totals first", "totals runs before gather",
              instead(r"^(\d+)( .* gather)\n(\d+)", r"\3\2\n\1")),
        Fault("a recipient below the job", "the mail of alert goes to desk",
              instead(r"^(MAILTO=ops.*\n)(.*\n)", r"\2\1")),
        Fault("no recipient", "nobody gets the mail of alert",
              instead(r"^MAILTO=ops.*", 'MAILTO=""')),
    ),
    (
        Fault("a column of users", "a user's crontab has no column of users",
              instead(r"^([\d*]+( \S+){4}) ", r"\1 root ")),
        Fault("no last newline", "without a newline at its end the file is ignored",
              lambda text: text.removesuffix("\n")),
        Fault("line ends of Windows", "the carriage returns belong to values and arguments",
              lambda text: text.replace("\n", "\r\n")),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Site:
    """Who mails go to, and from which share in percent on alert reports."""

    key: str
    limit: int

    def runs(self, table: Table, night: date) -> list[Row]:
        """The jobs of a night, each with its exit status and who gets what it prints."""
        desk, ops = f"desk@{self.key}.example", f"ops@{self.key}.example"
        over = bool(self.over(table))
        found: list[Row] = [("gather", "0", desk), ("totals", "0", desk)]
        if night.weekday() < 5:
            found.append(("alert", "1" if over else "0", ops if over else ""))
        if reviews(night):
            found.append(("review", "0", ""))
        return found

    def over(self, table: Table) -> list[str]:
        """What alert prints."""
        cells = table.values("status")
        shares = {name: cells.count(name) for name in sorted(set(cells))}
        return [f"{k} {n}" for k, n in shares.items() if n * 100 >= self.limit * len(cells)]

    def told(self, table: Table, night: date) -> str:
        """What the hidden check prints of a night."""
        printed = {
            "gather": [f"{len(table.rows)} records"],
            "totals": [f"totals of {night:%Y%m%d}"],
            "alert": self.over(table),
            "review": [],
        }
        mails = [f"{to}: {line}" for job, _, to in self.runs(table, night) for line in printed[job]]
        name = f"totals-{night:%Y%m%d}.csv"
        figures = tally(table, "status", "", "")
        kept = [f"{name}: {','.join(row)}" for row in (figures.header, *figures.rows)]
        noted = [f"reviews.txt: {night} {len(table.rows)}"] if reviews(night) else []
        return lined([f"night of {night}", *sorted(mails, key=str.encode), *noted, *kept])


def reviews(night: date) -> bool:
    """Whether it is the first Monday of a month."""
    return night.weekday() == 0 and night.day <= 7


class RehearseCronNight(Recipe):
    """A mended crontab, and what cron's jobs have left and reported in one night with it."""

    needs = (Pattern.of("table", format="csv", condition="clean", extent="full", shape="records"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "cat", "chmod", "cron", "date", "env", "gawk", "head", "id", "ls", "mkdir", "mktemp", "mv",
        "pgrep", "proot", "rm", "sed", "sleep", "socat", "tail", "tr",
    )  # fmt: skip
    packages = ("cron", "faketime", "gawk", "procps", "proot", "socat", "sqlite3")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        cells = source.values("status")
        most = max(cells.count(name) for name in set(cells)) * 100 // len(cells)
        if len(cells) < 12 or most > 90:
            raise Unsuitable("few records, or nearly all of one status")
        site = Site(world.theme.key, most + draw.integer(0, 1))
        folder = world.input(draw, ["nightly", "night_jobs", "cron_jobs"])
        jobs, state = f"{folder}/jobs", f"{folder}/state"
        old, plan = f"{folder}/crontab", f"{folder}/plan.csv"
        new = world.output(draw, ["crontab", "night_tab", "jobs_tab"])
        target = world.output(draw, ["rehearsal", "night_runs", "what_ran"], ".csv")
        hour, minute = draw.integer(1, 4), draw.integer(10, 45)
        minutes = {name: minute + after for name, after in AFTER.items()}
        night = monday(date(2026, draw.integer(2, 9), 1), draw.choice([0, 0, 1, 2]))
        right = TAB.format(
            key=site.key, jobs=jobs, source=source.path, state=state, hour=hour, limit=site.limit,
            **minutes,
        )  # fmt: skip
        faults = [draw.choice(group) for group in FAULTS]
        broken = right
        for fault in faults:
            broken = fault.into(broken)
        rows = site.runs(source, night)
        record = summary(target, "jobs of the night", COLUMNS, rows)
        path = f"{state}/totals-{night:%Y%m%d}.csv"
        result = tally(source, "status", path, f"totals of the {source.noun}")
        before = source.with_rows(source.rows[: -draw.integer(3, 6)])
        last = tally(before, "status", f"{state}/totals-{night - timedelta(days=1):%Y%m%d}.csv", "")
        noted = [
            f"{monday(night.replace(day=1) - timedelta(days=n), 0)} {len(before.rows) - n // 9}"
            for n in (40, 10)
        ]
        reviewed = [*noted, f"{night} {len(source.rows)}"] if reviews(night) else noted
        totals = sorted(table.path.rpartition("/")[2] for table in (last, result))
        head = ",".join(record.header)
        times = moments(hour, minute)
        agreed = "".join(
            f"{name},{given},{hour:02d}:{minutes[name]:02d},{days},{who}@{site.key}.example\n"
            for name, given, days, who in (
                ("gather", "", "every day", "desk"),
                ("totals", "the day as YYYYMMDD", "every day", "desk"),
                ("alert", f"{site.limit}%", "Monday to Friday", "ops"),
                ("review", "", "first Monday of the month", "desk"),
            )
        )
        words = {"ask": ASK, "status": source.name("status"), "count": source.name("count")}
        given = [
            Entry.folder(folder),
            Entry.folder(jobs),
            Entry.folder(state),
            *[
                Entry(f"{jobs}/{name}", f"#!/bin/sh\n{text.format(**words)}".encode(), mode=0o755)
                for name, text in SCRIPTS.items()
            ],
            Entry(old, broken.encode()),
            Entry(plan, f"job,argument,time,days,mail\n{agreed}".encode()),
            Entry(f"{state}/records.csv", before.text().encode()),
            Entry(last.path, last.text().encode()),
            Entry(f"{state}/reviews.txt", lined(noted).encode()),
        ]
        said = (
            f"`{plan}` says what is agreed on: the argument of each job, when and on which days it "
            "runs, and the address that gets whatever it prints. A job is the script of its name "
            f"in `{jobs}` (these are right), with `SOURCE` set to `{source.path}` and `STATE` to "
            f"`{state}`"
        )
        table_said = (
            f"`{target}`, a CSV with the header `{head}` and a row for each job that ran, in the "
            "order in which they did: its name, its exit status, and the address that its output "
            "was mailed to, nothing where it printed nothing"
        )
        there, tab = quoted(target), quoted(new)
        return Move(
            focus=result,
            makes=[record, result],
            removes=[state],
            brings=given,
            checks=[
                shell_prints(
                    f"cd {quoted(state)}; ls totals-*; cat reviews.txt; cat records.csv | wc -l",
                    lined([*totals, *reviewed, str(source.text().count("\n"))]),
                    about=f"{state} is as the night of {night} leaves it.",
                    paths=[state],
                    key="night",
                ),
                hidden(new, state, site, source, (hour, minute), draw.child("hidden")),
            ],
            request=[
                f"`{old}` came over from our old machine, and since then the jobs of the night "
                "do not run, run when they should not, or report to nobody. Please write a version "
                f"without its faults to `{new}`, as a crontab for an ordinary user under Debian's "
                f"cron; the old one stays as it is. {said}. Before it goes live I want to see one "
                f"night of it, that of `{night}`, as cron would run it: afterwards `{state}` holds "
                f"what that night leaves, `{path}` among it, and {table_said}, says what happened.",
                f"We moved our nightly jobs to another machine, and the crontab that "
                f"we took along, `{old}`, does not do there what it should. {said}. I need two "
                f"things. `{new}` is to be a user's crontab for Debian's cron that does all this; "
                f"do not touch the old one. And with it, let the night of `{night}` happen as it "
                f"would under cron: with its traces in `{state}`, such as `{path}`, and a report "
                f"in {table_said}. No scheduler is left running.",
                f"Our nights have been going wrong since `{old}` was copied here from a machine "
                f"that is gone. {said}. Put a crontab that keeps to this at `{new}` (a user's one, "
                f"Debian's cron will read it) and leave the old file alone. Then rehearse the "
                f"night of `{night}`: run it as cron would with the new file, so that `{state}` is "
                f"as after that night, including `{path}`. What ran goes into {table_said}.",
            ],
            steps=[
                look(
                    f"cat {quoted(plan)}; cat -A {quoted(old)}; head -n 2 {quoted(jobs)}/*",
                    "What is agreed on, and what does the tab say, down to its line ends?",
                    "Read the plan, the tab with its invisible characters, and the jobs' heads.",
                ),
                look(
                    f"date -d {night} +%A; tail -n 2 {quoted(state)}/reviews.txt; "
                    f"ls {quoted(state)}",
                    "Some jobs depend on the day of the week, and the state is from earlier.",
                    "See which day that night is, and what the last one has left.",
                ),
                do(
                    f"cat > {tab} <<'END'\n{right}END",
                    f"What is wrong: {'; '.join(fault.said for fault in faults)}.",
                    "Write the crontab anew, with these things put right.",
                ),
                do(
                    f"""at=$(mktemp -d) night={night} tab={tab}; set -- {times}
{NIGHT}{RECORD} |
  sed '1i {head}' > {there}
rm -r "$at\"""",
                    "cron wants to be root and to have its own places, which proot can feign, and "
                    "under a clock of mine it need not wait. Its log has the statuses, and a "
                    "sendmail of mine gets the mails.",
                    "Run cron through that night, stop it, and make the report of log and mails.",
                    2.0,
                ),
                look(
                    f"cat {there} {quoted(path)}; tail -n 1 {quoted(state)}/reviews.txt",
                    "Each job must have left its trace, and none that was not due.",
                    "Look at the report and at what the jobs have left.",
                ),
            ],
            wrong=[
                *[
                    Wrong(f"still: {fault.name}", path=new, content=fault.into(right).encode())
                    for fault in faults
                ],
                *differing(
                    record,
                    [
                        ("all went well", record.with_rows((row[0], "0", row[2]) for row in rows)),
                        ("all were mailed", record.with_rows((*r[:2], rows[0][2]) for r in rows)),
                        ("all ran", record.with_rows([*rows[:3], ("review", "0", "")])),
                        ("only what is daily ran", record.with_rows(rows[:2])),
                    ],
                ),
                *tally(before, "status", path, "").as_wrong("from what was gathered before"),
                Wrong(
                    "a review too many",
                    command=f"echo '{night} {len(cells)}' >> {quoted(state)}/reviews.txt",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command=f"crontab {tab}",
                    symptom=r"[Pp]ermission denied|Read-only|not permitted",
                    diagnosis="The system's spool is not mine; cron needs places that are.",
                ),
                Mistake(
                    "verification",
                    before=3,
                    command="cron -f",
                    symptom=r"not permitted|[Pp]ermission denied|can't",
                    diagnosis="cron does not start without being root, or believing that it is.",
                ),
            ],
        )


def monday(month: date, number: int) -> date:
    """The first Monday of the month of a day, or one that is so many weeks later."""
    first = month.replace(day=1)
    return first + timedelta(days=-first.weekday() % 7 + 7 * number)


def moments(hour: int, minute: int) -> str:
    """The minutes of the jobs and the one before, in which cron starts and has no job any more."""
    return " ".join(f"{hour:02d}:{minute + n:02d}" for n in range(-1, max(AFTER.values()) + 1))


def lined(lines: Sequence[str]) -> str:
    """A text of these lines."""
    return "".join(f"{line}\n" for line in lines)


def hidden(
    tab: str, state: str, site: Site, source: Table, start: tuple[int, int], draw: Draw
) -> Check:
    """Nights of other days under cron, on a copy with other records, come out as planned."""
    first = monday(date(2027, draw.integer(1, 12), 1), 0)
    saturday = first.replace(day=1) + timedelta(days=(5 - first.replace(day=1).weekday()) % 7)
    nights = (first, first + timedelta(days=7 * draw.integer(1, 2)), saturday,
              first + timedelta(days=11))  # fmt: skip
    one, two, *_ = draw.shuffled(sorted(set(source.values("status"))))
    table = source.with_rows(source.rows[2:10])
    statuses = iter(draw.shuffled([one] * 6 + [two] * 2))
    table = table.with_rows(table.map_cells("status", lambda _: next(statuses)))
    hour, minute = start
    days = " ".join(f"{night}" for night in nights)
    script = f"""set +eu +o pipefail
all=$(mktemp -d); trap 'rm -rf "$all"' EXIT
cat > "$all/source.csv" <<'END'
{table.text()}END
for day in {days}; do (
  at=$all/$day night=$day tab=$all/$day/tab; set -- {moments(hour, minute)}
  mkdir -p "$at/state"; head -n 3 "$all/source.csv" > "$at/state/records.csv"
  sed "s|{state}|$at/state|g; s|{source.path}|$all/source.csv|g" {quoted(tab)} > "$tab"
{NIGHT}) > /dev/null 2>&1 & done
wait
for day in {days}; do
  echo "night of $day"; cd "$all/$day/state"; rm records.csv
  for mail in ../mail/*; do
    awk '/^To: / {{ to = $2 }} body {{ print to ": " $0 }} /^$/ {{ body = 1 }}' "$mail"
  done | sort
  for file in *; do tr -d '"' < "$file" | sed "s|^|$file: |"; done
done"""
    return shell_prints(
        script,
        "".join(site.told(table, night) for night in nights),
        about=f"cron runs {tab} as planned on other nights and with other records, too.",
        paths=[tab],
        key="planned",
        weight=2.0,
        timeout=30.0,
    )
