"""Match names with typing errors to those of a register and add up hours."""

from __future__ import annotations

from decimal import Decimal

from shellwright.recipe import (
    PEOPLE,
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
from shellwright.recipe.tabular import differing, unused_name

REGISTER, MATCHED = "/tmp/register", "/tmp/matched.tsv"
#: For each line of the sheet the closest name, if just one is closest, with line and hours.
LOOP = r"""tail -n +2 SHEET | while IFS=';' read -r day name hours; do
  best=$({ tre-agrep -i -k -s -E 2 "<<<$name>>>" REGISTER || true; } | sort -t : -k 1,1n |
    awk -F : 'NR == 1 { least = $1 } $1 == least { n++; found = $2 }
      END { if (n == 1) print found }')
  printf '%s\t%s\t%s\n' "${best//[<>]/}" "$hours" "$name"
done > MATCHED"""


class BookHoursToRegister(Recipe):
    """Hours per person of a register, and a list of the names that could not be matched."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="full"
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary", extent="full"),)
    tools = ("awk", "cat", "cut", "grep", "head", "mlr", "sed", "sort", "tail", "tre-agrep", "uniq",
             "wc")  # fmt: skip
    packages = ("tre-agrep", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        person, form = source.name("person"), source.format
        register = sorted(set(source.values("person")))
        if len(register) < 5 or any(set(name) & set("<>:;|,\"'") for name in register):
            raise Unsuitable("too few names, or names with marks")
        lines, strangers = signed_in(register, draw)
        hours: dict[str, Decimal] = {}
        entries: dict[str, int] = {}
        lost: list[str] = []
        exact: dict[str, Decimal] = {}
        for _, typed, spent in lines:
            name = closest(typed, register)
            if not name:
                lost.append(typed)
                continue
            hours[name] = hours.get(name, Decimal(0)) + Decimal(spent)
            entries[name] = entries.get(name, 0) + 1
            if typed.lower() == name.lower():
                exact[name] = exact.get(name, Decimal(0)) + Decimal(spent)
        if set(lost) != set(strangers) or len(hours) < 4:
            raise Unsuitable("a stranger is like somebody in the register, or too few people")
        sheet = world.input(draw, ["sign_in", "timesheet", "attendance"], ".txt")
        target = world.output(draw, ["hours_by_person", "booked_hours", "hours"], ".csv")
        unknown = world.output(draw, ["unknown_names", "not_booked", "whoever"], ".txt")
        number = unused_name(source, "entries")
        columns = (Column(person, "person"), Column(number, "count"), Column("hours", "amount"))
        rows = [(name, str(entries[name]), f"{hours[name]:.2f}") for name in sorted(hours)]
        result = summary(target, "hours by person", columns, rows)
        listed = Report(
            path=unknown,
            noun="names that match nobody",
            value=sorted(set(lost), key=str.encode),
            format="text",
            weight=1.0,
        )
        here, there, given, rest = (quoted(p) for p in (source.path, target, sheet, unknown))
        text = "day;name;hours\n" + "".join(f"{';'.join(line)}\n" for line in lines)
        first = next(typed for _, typed, _ in lines if closest(typed, register) not in ("", typed))
        loop = LOOP.replace("SHEET", given).replace("REGISTER", REGISTER)
        return Move(
            focus=result,
            makes=[result, listed],
            brings=[Entry(sheet, text.encode())],
            request=[
                f"`{sheet}` was filled in by hand (`day;name;hours`), and the names are spelt "
                f"as people liked. The right ones are those in `{person}` of `{source.path}`. Book "
                "every line to the name that is closest to what was written, counted in missing, "
                "additional and wrong characters with case ignored; it may be off by at most `2`, "
                "and if two names are equally close the line belongs to nobody. I need "
                f"`{target}`, comma-separated with the header `{','.join(result.header)}`: the "
                "person, the number of lines and the sum of hours with two decimals, sorted by "
                "name and without people who have no line. What belongs to nobody goes to "
                f"`{unknown}` as it was written, each spelling once, sorted by bytes, one a line.",
                f"Who worked how long? The sheet `{sheet}` has lines `day;name;hours` with many "
                f"misspelt names; `{person}` in `{source.path}` has them right. A line counts for "
                "the person whose name differs in the fewest characters (one left out, put in "
                "or replaced counts as one; upper and lower case are the same), as long as that is "
                "no more than `2` and nobody else's name is as near. Write `{target}`, a CSV with "
                f"`{','.join(result.header)}` for each person with at least one line, in order of "
                "name: how many lines, how many hours in all (two decimals). Put the spellings "
                f"that fit nobody, unchanged and without repetition, into `{unknown}`, one "
                "per line in byte order.".replace("{target}", target),
            ],
            steps=[
                look(
                    f"head -n 6 {given}; wc -l {given}; mlr --i{form} --onidx cut -f {person} "
                    f"{here} | sort | uniq -c",
                    "The lines were written by hand, and the register is in the table.",
                    "Look at the sheet and at the names as they should be.",
                ),
                do(
                    f"mlr --i{form} --onidx --ofs '\\t' cut -f {person} {here} | sort -u | sed "
                    f"'s/.*/<<<&>>>/' > {REGISTER}",
                    "Approximate matching searches within a line, so a part of a name would be "
                    "enough. Marks around the names rule that out: three of them cost more than "
                    "two errors.",
                    "Write each name of the register once, fenced by marks.",
                ),
                look(
                    f"tre-agrep -i -k -s -E 2 {quoted(f'<<<{first}>>>')} {REGISTER}; tre-agrep -i "
                    f"-k -s -E 2 {quoted(f'<<<{strangers[0]}>>>')} {REGISTER}; true",
                    f"{first!r} should be close to a name of the register, while {strangers[0]!r} "
                    "should not be.",
                    "Try one misspelt and one unknown name.",
                ),
                do(
                    loop.replace("MATCHED", MATCHED),
                    "Many lines are not spelt as in the register, be it only by case.",
                    "Find the closest name of every line; none where two are equally close.",
                    1.0,
                ),
                do(
                    f"awk -F '\\t' '$1 != \"\"' {MATCHED} | mlr --itsv --ocsv "
                    f"--implicit-csv-header label {person},hours,typed then stats1 -a count,sum "
                    f"-f hours -g {person} then rename hours_count,{number},hours_sum,hours then "
                    f"put '$hours = fmtnum($hours, \"%.2f\")' then sort -f {person} > {there}",
                    "The lines without a person are apart now, and the others can be counted.",
                    "Count lines and add up hours per person.",
                ),
                do(
                    f"awk -F '\\t' '$1 == \"\" {{ print $3 }}' {MATCHED} | LC_ALL=C sort -u "
                    f"> {rest}",
                    "What belongs to nobody goes into a list of its own.",
                    "List the spellings that fit nobody.",
                ),
                look(
                    f"cat {there} {rest}; cut -f 1,3 {MATCHED} | sort -u | grep -v '^[[:space:]]' "
                    "| head -n 30",
                    "Lines booked plus lines left should be all lines of the sheet.",
                    "Read both results and the pairs of names with some distrust.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "only exact spellings are booked",
                        result.with_rows(
                            (n, str(entries[n]), f"{exact[n]:.2f}") for n in sorted(exact)
                        ),
                    ),
                    (
                        "people without a line are listed",
                        result.with_rows(
                            (n, str(entries.get(n, 0)), f"{hours.get(n, Decimal(0)):.2f}")
                            for n in register
                        ),
                    ),
                ],
            )
            + Report(
                path=unknown, noun="", format="text", value=sorted(lost, reverse=True)
            ).as_wrong("in reverse order"),
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command=f"agrep -2 {quoted(first)} {REGISTER}",
                    symptom=r"agrep: command not found",
                    diagnosis="The program is called tre-agrep here.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command=f"tre-agrep -x -E 2 {quoted(first)} {REGISTER}",
                    symptom=r"invalid option -- 'x'",
                    diagnosis="Unlike grep it has no -x for whole lines, hence the marks.",
                ),
            ],
        )


def distance(left: str, right: str) -> int:
    """How many characters have to be put in, left out or replaced to get from one to the other."""
    row = list(range(len(right) + 1))
    for n, a in enumerate(left, 1):
        before, row[0] = row[0], n
        for m, b in enumerate(right, 1):
            before, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, before + (a != b))
    return row[-1]


def closest(typed: str, register: list[str]) -> str:
    """The one name that is closest and off by two at most, or nothing."""
    costs = sorted((distance(typed.lower(), name.lower()), name) for name in register)
    if costs[0][0] > 2 or costs[0][0] == costs[1][0]:
        return ""
    return costs[0][1]


def misspelt(name: str, draw: Draw) -> str:
    """The name as somebody may write it, off by two characters at most."""
    letters = list(name)
    for _ in range(draw.integer(0, 2)):
        place = draw.integer(1, len(letters) - 1)
        kind = draw.choice(["drop", "double", "swap"])
        if kind == "drop" and letters[place] != " ":
            letters.pop(place)
        elif kind == "double":
            letters.insert(place, letters[place])
        elif letters[place] != " ":
            letters[place] = draw.choice("aeioukst")
    text = " ".join("".join(letters).split())
    return draw.choice([text, text, text.lower(), text.upper()])


def signed_in(register: list[str], draw: Draw) -> tuple[list[Row], list[str]]:
    """The lines of a sheet (day, name, hours), and the strangers on it."""
    others = [name for name in PEOPLE if name not in register]
    guests = draw.sample(others, 3)
    first, _, last = draw.choice(register).partition(" ")
    strangers = sorted({*guests, f"{first} {last}-Jones", last})
    lines: list[Row] = []
    for _ in range(draw.integer(28, 48)):
        name = draw.choice(strangers) if draw.chance(0.12) else ""
        typed = name or misspelt(draw.choice(register), draw)
        quarter = f"{draw.integer(2, 36) / 4:.2f}"
        lines.append((f"2026-02-{draw.integer(2, 27):02d}", typed, quarter))
    return lines, sorted({typed for _, typed, _ in lines if typed in strangers})
