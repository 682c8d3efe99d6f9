"""Find the commit that broke a script by bisection, and take it back."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from shellwright.recipe import (
    DEFAULT_MTIME,
    PEOPLE,
    Blobbed,
    Check,
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Repository,
    Revision,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    summary,
)

SCRIPT = '''#!/usr/bin/env python3
"""Adds up @VALUE@ by @KEY@: totals.py < RECORDS > TOTALS"""
import csv
import sys


def value_of(row):
    return int(row["@VALUE@"])


def key_of(row):
    return row["@KEY@"]


def totals(rows):
    found = {}
    for row in rows:
        found[key_of(row)] = found.get(key_of(row), 0) + value_of(row)
    return found


def main():
    rows = list(csv.DictReader(sys.stdin))
    out = csv.writer(sys.stdout, lineterminator="\\n")
    out.writerow(["@KEY@", "@VALUE@"])
    for name, total in sorted(totals(rows).items()):
        out.writerow([name, total])


main()
'''


@dataclass(frozen=True)
class Change:
    """A commit to the script: its subject, the text that it replaces and the new one."""

    subject: str
    old: str
    new: str


#: Commits that change nothing about the result.
HARMLESS = (
    Change("Say what main does", "def main():\n", 'def main():\n    """Read, add up, write."""\n'),
    Change("Import in one line", "import csv\nimport sys\n", "import csv, sys\n"),
    Change("Name the columns once", "import csv, sys\n", "import csv, sys\n\nMORE = ()\n"),
    Change("Leave out what is not used", "\nMORE = ()\n", ""),
    Change("Imports on lines of their own", "import csv, sys\n", "import csv\nimport sys\n"),
    Change("Tell mypy what comes out", "def main():\n", "def main() -> None:\n"),
    Change("Mention the order", '> TOTALS"""', '> TOTALS, by name"""'),
)
#: Commits that break it while they claim to do something else.
GUILTY = (
    Change("Read large files faster", "    for row in rows:\n", "    for row in rows[:-1]:\n"),
    Change(
        "Simplify the addition",
        "found.get(key_of(row), 0) + value_of(row)",
        "value_of(row)",
    ),
    Change(
        "Make names easier to compare",
        '    return row["@KEY@"]\n',
        '    return row["@KEY@"].lower()\n',
    ),
    Change(
        "Guard against strange numbers",
        '    return int(row["@VALUE@"])\n',
        '    return int(row["@VALUE@"][:1])\n',
    ),
)
#: A commit after which the script cannot be run at all, until the next one to it.
UNFINISHED = (
    "    rows = list(csv.DictReader(sys.stdin))\n",
    "    rows = list(csv.DictReader(sys.stdin)\n",
)


@dataclass(frozen=True, kw_only=True)
class Mended(Repository):
    """The repository afterwards; what already held of it before is a guard."""

    before: Repository

    def checks(self) -> list[Check]:
        held = self.before.checks()
        return [replace(check, guard=check in held) for check in super().checks()]


class BisectRegression(Recipe):
    """The commit that broke a script is named and reverted, and the right totals are there."""

    needs = (
        Pattern.of(
            "table",
            format="csv",
            condition="clean",
            shape="records",
            extent=("full", "enriched"),
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("git", "python3", "cmp", "cat", "tail", "diff", "jq", "chmod")
    packages = ("diffutils", "git", "jq")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        role = draw.choice(["category", "person", "status"])
        if not source.has(role, "count"):
            raise Unsuitable("columns are missing")
        target = world.output(draw, ["totals", "sums", "per_group"], ".csv")
        finding = world.output(draw, ["culprit", "first_bad_commit", "regression"], ".json")
        place = world.input(draw, [f"{world.theme.key}-totals", "totals-repo", "sum-script"])
        culprit = draw.choice(GUILTY)
        bad, revisions, good = _history(world, draw, source, role, culprit)
        before = Repository(
            path=place,
            noun="totals script",
            revisions=revisions,
            branches=(("main", len(revisions) - 1),),
            tags=(("v1.0", good),),
            owner=PEOPLE[draw.integer(0, len(PEOPLE) - 1)],
        )
        result = _totals(source, role, target)
        if _broken(source, role, culprit) == {row[0]: row[1] for row in result.rows}:
            raise Unsuitable("the fault does not show with these records")
        tip = before.tip()
        text = _reverted(tip, culprit, source, role)
        files = tuple(
            replace(file, content=text) if file.name == "totals.py" else file for file in tip.files
        )
        subject = revisions[bad].subject
        later = before.with_commit(
            Revision(
                f'Revert "{subject}"', before.owner, tip.time + 60, files, (len(revisions) - 1,)
            )
        )
        parts = {field.name: getattr(later, field.name) for field in fields(later)}
        fixed = Mended(**parts, before=before)
        ids = [commit.decode() for commit in before.objects()[1]]
        value = {
            "commit": ids[bad],
            "author": revisions[bad].author,
            "subject": subject,
        }
        report = Report(path=finding, noun="finding about the regression", value=value)
        git = f"git -C {quoted(place)}"
        given, there, note = (quoted(p) for p in (source.path, target, finding))
        judge = (
            "#!/bin/sh\n"
            f"python3 -I totals.py < {given} > /tmp/now.csv 2> /dev/null || exit 125\n"
            "cmp -s /tmp/now.csv /tmp/good.csv\n"
        )

        def named(position: int, name: str) -> Wrong:
            other = revisions[position]
            found = {"commit": ids[position], "author": other.author, "subject": other.subject}
            return Report(path=finding, noun="", value=found).as_wrong(name)[0]

        return Move(
            focus=result,
            makes=[fixed, report, result],
            brings=before.entries(),
            request=[
                f"Between `v1.0` and the tip of `main` in `{place}` some commit broke `totals.py`: "
                f"for `{source.path}` on its standard input it used to print the right totals. "
                "(Some commits in between cannot run at all; that was always put right soon and is "
                "not what I mean.) Write the first commit with wrong totals to "
                f"`{finding}`, a JSON object with `commit` (the full hash), `author` (the name) "
                "and `subject`. Then take back just that commit with a new one on `main` whose "
                'subject is `Revert "<subject>"`, leave no other trace in the repository, and '
                f"save the right output for `{source.path}` as `{target}`.",
                f"`totals.py` in the repository `{place}` was right in release `v1.0` and is wrong "
                f"on `main`, as its output for `{source.path}` (read from standard input) shows. "
                "I need to know since when: the full hash (`commit`), the name of the `author` and "
                f"the `subject` of the first commit that gives other totals, as a JSON object in "
                f"`{finding}`. A few commits do not run at all; those are not meant. Undo that one "
                'change by a commit on `main` called `Revert "<subject>"` and nothing else, with '
                "main checked out, no other branches or tags, and a clean work tree at the end. "
                f"`{target}` gets what the repaired script prints for the same records.",
            ],
            steps=[
                look(
                    f"{git} log --oneline -n 5; {git} rev-list --count v1.0..main; "
                    f"{git} show v1.0:totals.py > /tmp/old.py; python3 -I /tmp/old.py < {given} "
                    f"> /tmp/good.csv; (cd {quoted(place)} && python3 -I totals.py < {given}) "
                    "| diff /tmp/good.csv - | tail -n 6",
                    "v1.0 is known to be right, so its output is what to compare with.",
                    "Count the commits and see how the output differs today.",
                ),
                do(
                    f"cat > /tmp/judge.sh <<'JUDGE'\n{judge}JUDGE\nchmod +x /tmp/judge.sh\n"
                    f"{git} show v1.0:totals.py > /tmp/old.py\n"
                    f"python3 -I /tmp/old.py < {given} > /tmp/good.csv\n"
                    f"{git} bisect start main v1.0 > /tmp/bisect.log\n"
                    f"{git} bisect run /tmp/judge.sh >> /tmp/bisect.log 2>&1\n"
                    f"{git} show -s --format='%H%n%an%n%s' refs/bisect/bad | jq -Rn "
                    f"'[inputs] | {{commit: .[0], author: .[1], subject: .[2]}}' > {note}\n"
                    f"{git} bisect reset >> /tmp/bisect.log 2>&1",
                    f"{len(revisions) - 1 - good} commits lie in between, and some cannot run: the "
                    "judge answers 125 for those, so that they are skipped.",
                    "Bisect with a script, write the finding down, and end the bisection.",
                    duration=3.0,
                ),
                look(
                    f"cat {note}; {git} show --format=%an $(jq -r .commit {note}) | tail -n 14",
                    f"The search ends at {ids[bad][:10]}, {subject!r}.",
                    "Read what that commit changed.",
                ),
                do(
                    f"{git} revert --no-edit $(jq -r .commit {note}) > /tmp/revert.log",
                    "That change explains the difference; the later commits touch other lines.",
                    "Revert that commit.",
                ),
                do(
                    f"(cd {quoted(place)} && python3 -I totals.py < {given} > {there}) && "
                    f"cmp {there} /tmp/good.csv",
                    "The script on main should agree with v1.0 again.",
                    "Write the totals and compare them with those of the release.",
                ),
                look(
                    f"{git} status -sb; {git} log --oneline -n 2; cat {there} | tail -n 4",
                    f"{len(result.rows)} rows are expected, and a clean work tree on main.",
                    "Check repository and result.",
                ),
            ],
            wrong=[
                named(bad - 1, "the last good commit"),
                named(bad + 1, "the commit after it"),
                named(len(revisions) - 1, "the newest commit"),
                *result.with_rows(
                    [(name, str(int(total) + 1)) for name, total in result.rows]
                ).as_wrong("every sum is one too high"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"{git} rev-list --count v1.0.1..main",
                    symptom=r"unknown revision|ambiguous argument",
                    diagnosis="There is no such tag; the release is called v1.0.",
                ),
                Mistake(
                    "analysis",
                    before=1,
                    command=f"{git} bisect start v1.0 main; {git} bisect good main; {git} bisect "
                    f"log | tail -n 3; {git} bisect reset",
                    symptom=r"not ancestors|mistook|merge base|Some good revs",
                    diagnosis="The bad revision comes first, and it is main that is bad.",
                ),
            ],
        )


def _source(text: str, table: Table, role: str) -> str:
    return text.replace("@KEY@", table.name(role)).replace("@VALUE@", table.name("count"))


def _history(
    world: World, draw: Draw, table: Table, role: str, culprit: Change
) -> tuple[int, tuple[Revision, ...], int]:
    """The position of the bad commit, all commits, and the position of the release."""
    people = draw.sample(PEOPLE, 5)
    text, notes = SCRIPT, f"# Totals of {world.theme.organisation}\n"
    time = DEFAULT_MTIME - 86_400 * 120
    revisions: list[Revision] = []

    def commit(subject: str) -> None:
        nonlocal time
        time += draw.integer(3_000, 200_000)
        files = (
            Blobbed("NOTES.md", notes.encode()),
            Blobbed("totals.py", _source(text, table, role).encode(), executable=True),
        )
        parents = (len(revisions) - 1,) if revisions else ()
        revisions.append(Revision(subject, draw.choice(people), time, files, parents))

    def note() -> None:
        nonlocal notes
        topic = f"{draw.choice(world.theme.components)} {draw.integer(10, 99)}"
        notes += f"\n- see {topic}\n"
        commit(f"Note {topic}")

    commit("Start the totals script")
    for _ in range(draw.integer(1, 3)):
        note()
    good = len(revisions) - 1
    #: What happens: harmless changes in order, the guilty one and two unfinished ones among them.
    plan: list[Change | str] = list(HARMLESS)
    for _ in range(draw.integer(14, 24)):
        plan.insert(draw.integer(0, len(plan)), "note")
    guilty = draw.integer(len(plan) // 3, len(plan) - 4)
    plan.insert(guilty, culprit)
    for place in (guilty + 3, guilty - 3):
        plan.insert(place, "unfinished")
    bad = 0
    for step in plan:
        if step == "note":
            note()
        elif isinstance(step, Change):
            text = text.replace(step.old, step.new)
            commit(step.subject)
            bad = len(revisions) - 1 if step is culprit else bad
        else:
            sound, text = text, text.replace(*UNFINISHED)
            commit("Begin to read in parts")
            text = sound
            commit("Read at once after all")
    return bad, tuple(revisions), good


def _reverted(tip: Revision, culprit: Change, table: Table, role: str) -> bytes:
    """The script of the tip without the guilty change."""
    old, new = _source(culprit.old, table, role), _source(culprit.new, table, role)
    return tip.file("totals.py").decode().replace(new, old).encode()


def _totals(table: Table, role: str, path: str) -> Table:
    """The sum of the counts by a column."""
    found: dict[str, int] = {}
    for name, cell in zip(table.values(role), table.values("count"), strict=True):
        found[name] = found.get(name, 0) + int(cell)
    columns = [Column(table.name(role), role), Column(table.name("count"), "count")]
    rows = [(name, str(total)) for name, total in sorted(found.items())]
    return summary(path, f"totals by {table.name(role)}", columns, rows)


def _broken(table: Table, role: str, culprit: Change) -> dict[str, str]:
    """The totals that the script gives with the guilty change."""
    found: dict[str, int] = {}
    pairs = list(zip(table.values(role), table.values("count"), strict=True))
    for name, cell in pairs[:-1] if "[:-1]" in culprit.new else pairs:
        key = name.lower() if ".lower()" in culprit.new else name
        value = int(cell[:1] if "[:1]" in culprit.new else cell)
        found[key] = value if culprit.new == "value_of(row)" else found.get(key, 0) + value
    return {name: str(total) for name, total in found.items()}
