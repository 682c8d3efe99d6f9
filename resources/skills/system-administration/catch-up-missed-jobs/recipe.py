"""Mend an anacrontab, tell which jobs are due, and let the scheduler catch up on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shellwright.recipe import (
    Archive,
    Check,
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
from shellwright.recipe.kinds.archive import packed
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("job", "name"),
    Column("last_run", "text"),
    Column("next_due", "text"),
    Column("due", "status"),
)
NAMES = ("backup", "inventory", "prune", "ledger")
KEPT = 3
SCRIPTS = {
    "backup": """# Packs the folder DOCS as STATE/backup-<day>.tar.gz.
set -eu
cd "${DOCS:?}/.."
tar -czf "${STATE:?}/backup-$(date +%Y%m%d).tar.gz" "${DOCS##*/}"
""",
    "inventory": """# Lists what the newest backup in STATE holds, below its name.
set -eu
cd "${STATE:?}"
newest=$(ls backup-*.tar.gz | tail -n 1)
{ echo "$newest"; tar -tzf "$newest" | grep -v '/$' | LC_ALL=C sort; } > inventory.txt
""",
    "prune": f"""# Leaves the newest {KEPT} backups in STATE.
set -eu
cd "${{STATE:?}}"
ls backup-*.tar.gz | head -n -{KEPT} | xargs -r rm --
""",
    "ledger": """# Notes the day and the number of backups in STATE/ledger.txt.
set -eu
cd "${STATE:?}"
echo "$(date +%F) $(ls backup-*.tar.gz | wc -l)" >> ledger.txt
""",
}
TAB = """# {key}: upkeep of the documents. Period (days), delay (minutes), identifier, command.
START_HOURS_RANGE=3-22
PATH={jobs}:/usr/local/bin:/usr/bin:/bin
STATE={state}
DOCS={docs}
{p0}\t5\tbackup\tbackup
{p1}\t15\tinventory\tinventory
{p2}\t25\tprune\tprune
{p3}\t45\tledger\tledger
"""


@dataclass(frozen=True)
class Fault:
    """What is wrong with the tab: a line as it should be and as it is, and how one tells of it."""

    name: str
    right: str
    wrong: str
    said: str

    def into(self, text: str, words: dict[str, str]) -> str:
        """The tab with the fault in it."""
        right = self.right.format(**words)
        assert right in text, right
        return text.replace(right, self.wrong.format(**words))


#: One of each group is in a tab.
FAULTS = (
    (
        Fault("blanks around a value", "STATE={state}\n", "STATE = {state}\n",
              "the value of STATE begins with a blank"),
        Fault("a value in quotes", "STATE={state}\n", 'STATE="{state}"\n',
              "the quotes belong to the value of STATE"),
        Fault("no path to the jobs", "PATH={jobs}:", "PATH=", "the jobs are not found"),
        Fault("a value below its job", "DOCS={docs}\n{p0}\t5\tbackup\tbackup\n",
              "{p0}\t5\tbackup\tbackup\nDOCS={docs}\n", "backup does not get DOCS"),
    ),
    (
        Fault("an unknown name of a period", "{p0}\t5\tbackup", "@daily\t5\tbackup",
              "an unknown period runs backup at each start"),
        Fault("the backup comes last", "{p0}\t5\tbackup", "{p0}\t65\tbackup",
              "its delay puts backup behind the jobs that need it"),
    ),
    (
        Fault("an identifier for two", "\tinventory\tinventory", "\tbackup\tinventory",
              "inventory shares a time stamp with backup"),
        Fault("a test that sh does not know", "\tinventory\tinventory",
              "\tinventory\t[[ -d $STATE ]] && inventory", "sh does not know [["),
    ),
    (
        Fault("period and delay exchanged", "{p2}\t25\tprune", "25\t{p2}\tprune",
              "period and delay of prune are exchanged"),
        Fault("a month is no number of days", "{p3}\t45\tledger", "@monthly\t45\tledger",
              "ledger would run once a month"),
        Fault("no identifier", "\tledger\tledger", "\tledger", "the line of ledger is skipped"),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Stand:
    """What the scheduler and its jobs have left: last runs, backups, inventory and ledger."""

    stamps: dict[str, date]
    backups: dict[str, tuple[str, ...]]
    inventory: tuple[str, ...] = ()
    ledger: tuple[str, ...] = ()

    def due(self, periods: dict[str, int], today: date) -> list[str]:
        """The jobs that are due, in order."""
        return [n for n in NAMES if (today - self.last(n)).days >= periods[n]]

    def last(self, name: str) -> date:
        """The last run; long ago where there was none."""
        return self.stamps.get(name, date(1990, 1, 1))

    def after(self, periods: dict[str, int], today: date, members: Sequence[str]) -> Stand:
        """The stand after the jobs that are due have run on that day."""
        due = self.due(periods, today)
        backups, inventory, ledger = dict(self.backups), self.inventory, self.ledger
        if "backup" in due:
            backups[f"backup-{today:%Y%m%d}.tar.gz"] = tuple(members)
        newest = max(backups)
        if "inventory" in due:
            inventory = (newest, *sorted(backups[newest], key=str.encode))
        if "prune" in due:
            backups = {name: backups[name] for name in sorted(backups)[-KEPT:]}
        if "ledger" in due:
            ledger = (*ledger, f"{today} {len(backups)}")
        return Stand({**self.stamps, **dict.fromkeys(due, today)}, backups, inventory, ledger)

    def told(self) -> str:
        """What the check prints of it."""
        lines = [f"{name} {self.stamps[name]:%Y%m%d}" for name in sorted(self.stamps)]
        lines += [*sorted(self.backups), "inventory:", *self.inventory, "ledger:", *self.ledger]
        return "".join(f"{line}\n" for line in lines)


#: Prints a spool and a folder of state as `Stand.told` does.
TELL = """tell() {
  (cd "$1" && for job in *; do echo "$job $(cat "$job")"; done)
  (cd "$2" && ls backup-*; echo inventory:; cat inventory.txt; echo ledger:; cat ledger.txt)
}
"""


class CatchUpMissedJobs(Recipe):
    """A mended tab, a table of what was due, and the traces of one run that caught up."""

    needs = (Pattern.of("tree", content="documents", condition="tidy"),)
    gives = (Pattern.of("archive", format="tar.gz", holds="tree", origin="made"),)
    tools = (
        "anacron", "cat", "cp", "date", "dateutils.dadd", "faketime", "grep", "head", "mkdir",
        "mktemp", "rm", "sed", "tail", "tar",
    )  # fmt: skip
    packages = ("anacron", "dateutils", "faketime")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        if any(f.target or " " in f.name for f in source.files) or "|" in source.path:
            raise Unsuitable("links, or names with spaces")
        folder = world.input(draw, ["upkeep", "housekeeping", "scheduled"])
        jobs, spool, state = f"{folder}/jobs", f"{folder}/spool", f"{folder}/state"
        old, plan = f"{folder}/anacrontab", f"{folder}/schedule.csv"
        new = world.output(draw, ["anacrontab", "upkeep_tab", "jobs_tab"])
        target = world.output(draw, ["due_jobs", "missed", "catch_up"], ".csv")
        periods = dict(
            zip(
                NAMES,
                (1, draw.integer(2, 4), draw.integer(6, 9), draw.integer(13, 16)),
                strict=True,
            )
        )
        today = date(2026, draw.integer(3, 9), draw.integer(1, 28))
        stand = drawn_stand(source, periods, today, draw)
        root, _, base = source.path.rpartition("/")
        members = [f"{base}/{file.name}" for file in source.files]
        after = stand.after(periods, today, members)
        words = {
            "key": world.theme.key, "jobs": jobs, "state": state, "docs": source.path,
            **{f"p{n}": str(periods[name]) for n, name in enumerate(NAMES)},
        }  # fmt: skip
        right = TAB.format(**words)
        faults = [draw.choice(group) for group in FAULTS]
        broken = right
        for fault in faults:
            broken = fault.into(broken, words)
        rows = status(stand, periods, today)
        table = summary(target, "jobs and when they are due", COLUMNS, rows)
        backup = f"{state}/backup-{today:%Y%m%d}.tar.gz"
        result = Archive(
            path=backup,
            noun=f"backup of the {source.noun}",
            payload=source,
            root=root,
            origin="made",
        )
        head = ",".join(table.header)
        here, there, tab, was = (quoted(p) for p in (folder, target, new, old))
        due = stand.due(periods, today)
        schedule = "".join(
            f"{name},{periods[name]},{before}\n"
            for name, before in zip(NAMES, ("", *NAMES), strict=False)
        )
        moment = f"{today} {draw.integer(4, 9):02d}:{draw.integer(10, 59)}:00"
        run = f"faketime '{moment}' anacron -d -n -s -t {tab} -S {here}/spool"
        wish = (
            f"`{plan}` says what is agreed on: how many `days` lie between two runs of a `job`, "
            f"and which one it comes `after` when both are due. A job runs the script of its name "
            f"in `{jobs}` (these are right) with `STATE` set to `{state}` and `DOCS` to "
            f"`{source.path}`, and keeps its name as its identifier"
        )
        table_said = (
            f"a CSV with the header `{head}`, one row a job in the order of the plan: the days as "
            "`YYYY-MM-DD`, `never` where there was no run, `yes` or `no` for whether it is due "
            f"on `{today}`; a job that never ran has been due since that day"
        )
        return Move(
            focus=result,
            makes=[table, result],
            removes=[spool, state],
            brings=[
                Entry.folder(folder),
                Entry.folder(jobs),
                *[
                    Entry(f"{jobs}/{name}", f"#!/bin/sh\n{text}".encode(), mode=0o755)
                    for name, text in SCRIPTS.items()
                ],
                Entry(old, broken.encode()),
                Entry(plan, f"job,days,after\n{schedule}".encode()),
                *stand_entries(stand, source, spool, state),
            ],
            checks=[
                printed(
                    f"{TELL}tell {quoted(spool)} {quoted(state)}",
                    after.told(),
                    about=f"What was due on {today} has run once and in order, and nothing else.",
                    paths=[spool, state],
                    key="stand",
                ),
                hidden(new, state, source, periods, draw.child("hidden")),
            ],
            request=[
                f"The machine with the jobs in `{folder}` was off for some time, and even before "
                f"that its anacron did not do what it should: jobs were left out, failed, or ran "
                f"when it was not their turn. {wish}. First write down in `{target}` how things "
                f"stand according to the time stamps in `{spool}`: {table_said}. Then mend the tab "
                f"`{old}`; the new one is `{new}`, and the old one stays as it is. In the end, "
                f"let it catch up as it would on `{today}`: what is due runs once, the stamps in "
                f"`{spool}` say so, and the day's backup is `{backup}`.",
                f"Please sort out the periodic jobs in `{folder}`. {wish}. `{old}` is the "
                "anacrontab that was to do this, and it has several faults; keep it, and write one "
                f"without them to `{new}`. With it, do what was missed, `{today}` being the day: "
                "every job that is due exactly once, none that is not, in order and with the "
                f"scheduler's stamps in `{spool}` as after a run of its own, which leaves "
                f"`{backup}` among other things. I also want to know what was missed, from the "
                f"stamps as they are now: `{target}`, {table_said}.",
            ],
            steps=[
                look(
                    f"cat {quoted(plan)} {was}; head -n 3 {here}/jobs/*",
                    "What is agreed on, and what does the tab say instead?",
                    "Read the plan, the tab and what the jobs say about themselves.",
                ),
                look(
                    f"""copy=$(mktemp -d); mkdir "$copy/spool" "$copy/state"
cp {here}/spool/* "$copy/spool"; cp {here}/state/* "$copy/state"
sed "s|{state}|$copy/state|" {was} > "$copy/tab"
faketime '{moment}' anacron -d -n -s -t "$copy/tab" -S "$copy/spool" 2>&1 |
  grep -v sendmail
rm -r "$copy\"""",
                    "On copies I can see what anacron makes of this tab on that day.",
                    "Let it run on copies of the stamps and the state, and read its messages.",
                    0.5,
                    fails=True,
                ),
                do(
                    f"""sed 1d {quoted(plan)} | while IFS=, read -r job days _; do
  if last=$(cat "{folder}/spool/$job" 2> /dev/null); then
    last=$(date -d "$last" +%F)
    next=$(dateutils.dadd "$last" "${{days}}d")
  else
    last=never next={today}
  fi
  due=yes
  [[ $next > {today} ]] && due=no
  echo "$job,$last,$next,$due"
done | sed '1i {head}' > {there}""",
                    "The stamps are the only record of the last runs, and the next step changes "
                    "them.",
                    "Write the table from the stamps and the plan.",
                ),
                do(
                    f"""sed -f - {was} > {tab} <<'END'
{script_of(broken, right)}END""",
                    f"Four faults: {'; '.join(fault.said for fault in faults)}.",
                    "Write the tab with these lines put right.",
                ),
                do(
                    f"{run}\ngrep -H . {here}/spool/*",
                    f"{len(due)} of {len(NAMES)} jobs are due on that day: {', '.join(due)}.",
                    "Run the scheduler with that day as its today, at once and in order.",
                    0.5,
                ),
                look(
                    f"cat {there}; head -n 3 {here}/state/*.txt; "
                    f"tar -tzf {quoted(backup)} | tail -n 2",
                    "Whatever was due must have left its trace, and only that.",
                    "Look at the table and at what the jobs have left.",
                ),
            ],
            wrong=[
                *[
                    Wrong(
                        f"still: {fault.name}", path=new, content=fault.into(right, words).encode()
                    )
                    for fault in faults
                ],
                *differing(
                    table,
                    [
                        (
                            "due only after the day",
                            table.with_rows(
                                (*row[:3], "no" if row[2] == f"{today}" else row[3]) for row in rows
                            ),
                        ),
                        (
                            "what never ran is not due",
                            table.with_rows(
                                (*row[:3], "no" if row[1] == "never" else row[3]) for row in rows
                            ),
                        ),
                        ("after the run", table.with_rows(status(after, periods, today))),
                    ],
                ),
                Wrong(
                    "everything is marked as run",
                    command=f"for j in {' '.join(NAMES)}; do echo {today:%Y%m%d} > "
                    f"{here}/spool/$j; done",
                )
                if len(due) < len(NAMES)
                else Wrong("a stamp is gone", command=f"rm {here}/spool/prune"),
                Wrong(
                    "the ledger has a run too many",
                    command=f"echo '{today} {KEPT}' >> {here}/state/ledger.txt",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"anacron -d -n -S {here}/spools -t {was}",
                    symptom=r"Can't chdir to",
                    diagnosis="That folder does not exist: the stamps are in spool.",
                ),
                Mistake(
                    "hallucination",
                    before=4,
                    command=f"anacron --date={today} -t {tab} -S {here}/spool",
                    symptom=r"unrecognized option|invalid option|unknown option",
                    diagnosis="It takes no date; its clock has to be another one.",
                ),
            ],
        )


def script_of(broken: str, right: str) -> str:
    """A sed script that puts the lines right by their numbers."""
    pairs = enumerate(zip(broken.splitlines(), right.splitlines(), strict=True), 1)
    return "".join(f"{n}c\\\n{b}\n" for n, (a, b) in pairs if a != b)


def drawn_stand(tree: Tree, periods: dict[str, int], today: date, draw: Draw) -> Stand:
    """Stamps of which the first is due, some others are and some are not, and one is missing."""
    ripe, fresh = draw.sample(NAMES[1:], 2)
    exact = draw.chance(0.5)
    ages = {
        "backup": draw.integer(1, 20),
        ripe: periods[ripe] + (0 if exact else draw.integer(1, 9)),
        fresh: periods[fresh] - 1,
    }
    stamps = {name: today - timedelta(days=age) for name, age in ages.items()}
    last = stamps["backup"]
    names = [f"{tree.path.rpartition('/')[2]}/{file.name}" for file in tree.files]
    backups = {
        f"backup-{last - timedelta(days=n * 2):%Y%m%d}.tar.gz": tuple(draw.sample(names, 3))
        for n in range(draw.integer(4, 6))
    }
    seen = sorted(backups)[1]
    inventory = (seen, *sorted(backups[seen], key=str.encode))
    ledger = tuple(f"{last - timedelta(days=n)} {KEPT}" for n in (44, 30, 15))
    return Stand(dict(sorted(stamps.items())), backups, inventory, ledger)


def stand_entries(stand: Stand, tree: Tree, spool: str, state: str) -> list[Entry]:
    """The files of a stand: backups hold the first lines of some documents."""
    texts = {f"{tree.path.rpartition('/')[2]}/{f.name}": f.content[:60] for f in tree.files}
    found = [Entry.folder(spool), Entry.folder(state)]
    found += [
        Entry(f"{spool}/{name}", f"{day:%Y%m%d}\n".encode(), mode=0o600)
        for name, day in stand.stamps.items()
    ]
    for name, members in stand.backups.items():
        inside = {member: Entry(member, texts[member]) for member in sorted(members)}
        found.append(Entry(f"{state}/{name}", packed(inside, "tar.gz")))
    for name, lines in (("inventory", stand.inventory), ("ledger", stand.ledger)):
        found.append(Entry(f"{state}/{name}.txt", "".join(f"{n}\n" for n in lines).encode()))
    return found


def status(stand: Stand, periods: dict[str, int], today: date) -> list[Row]:
    """The rows of the table."""
    due = stand.due(periods, today)
    rows: list[Row] = []
    for name in NAMES:
        last = stand.stamps.get(name)
        following = last + timedelta(days=periods[name]) if last else today
        rows.append((name, f"{last or 'never'}", f"{following}", "yes" if name in due else "no"))
    return rows


def hidden(tab: str, state: str, tree: Tree, periods: dict[str, int], draw: Draw) -> Check:
    """On copies, with other stamps and days, the tab does what the plan says."""
    base = tree.path.rpartition("/")[2]
    members = [f"{base}/{file.name}" for file in tree.files]
    today = date(2026, draw.integer(1, 6), draw.integer(20, 28))
    script = f"""{TELL}at=$(mktemp -d); trap 'rm -rf "$at"' EXIT
sed "s|{state}|$at/state|g" {quoted(tab)} > "$at/tab"
mkdir "$at/old"; echo old > "$at/old/a"
"""
    text = ""
    short = {"backup": 0, "inventory": 1, "prune": 1, "ledger": 1}
    cases: tuple[dict[str, int], ...] = (
        dict.fromkeys(NAMES, 0),
        {},
        {name: periods[name] for name in NAMES},
        {name: periods[name] - short[name] for name in NAMES},
        {"backup": 0, "inventory": periods["inventory"], "prune": periods["prune"] - 1},
    )
    for number, ages in enumerate(cases):
        day = today + timedelta(days=number * 40)
        stamps = {name: day - timedelta(days=age) for name, age in ages.items()}
        backups: dict[str, tuple[str, ...]] = {
            f"backup-{day - timedelta(days=n):%Y%m%d}.tar.gz": ("a",) for n in range(2, 6)
        }
        stand = Stand(stamps, backups, ("-",), ("-",))
        text += stand.after(periods, day, members).told() + "failed 0\n"
        marks = "".join(
            f'echo {when:%Y%m%d} > "$at/spool/{name}"\n' for name, when in stamps.items()
        )
        script += f"""rm -rf "$at/spool" "$at/state"; mkdir "$at/spool" "$at/state"
for day in {" ".join(name[7:15] for name in backups)}; do
  tar -czf "$at/state/backup-$day.tar.gz" -C "$at/old" a
done
echo - > "$at/state/inventory.txt"; echo - > "$at/state/ledger.txt"
{marks}faketime '{day} 08:30:00' anacron -d -n -s -t "$at/tab" -S "$at/spool" 2> "$at/log"
tell "$at/spool" "$at/state"
echo "failed $(grep -c 'exit status' "$at/log")"
"""
    return printed(
        script,
        text,
        about=f"With {tab} each job runs when the plan says, with other time stamps, too.",
        paths=[tab],
        key="planned",
        weight=2.0,
    )


def printed(
    script: str, text: str, *, about: str, paths: Sequence[str], key: str, weight: float = 1.0
) -> Check:
    """A bash script of several runs prints this text, whatever some of its commands return."""
    lenient = f"set +eu +o pipefail\n{script}\ntrue"
    return shell_prints(
        lenient, text, about=about, paths=paths, key=key, weight=weight, timeout=20.0
    )
