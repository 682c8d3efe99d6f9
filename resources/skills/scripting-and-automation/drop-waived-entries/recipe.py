"""Leave out of a listing what a file of waivers excuses for the time being."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from shellwright.recipe import (
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing, label, other_extents
from shellwright.recipe.themes import PEOPLE

#: A waiver: the name, the last day on which it counts, and who gave it.
Waiver = tuple[str, date, str]


class DropWaivedEntries(Recipe):
    """Rows with a valid waiver go; those with none, or an expired one, stay."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="listing",
            extent=other_extents("selected"),
        ),
    )
    gives = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="listing", extent="selected"
        ),
    )
    tools = ("mlr", "gawk", "cat", "head", "wc", "diff", "grep")
    packages = ("miller", "gawk")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        naming = label(source)
        names = [row[naming] for row in source.rows]
        if len(names) < 6 or any(set(name) & set('|,"\t\\#') or not name for name in names):
            raise Unsuitable("too few entries, or names that need quotes")
        if any(name != name.strip() for name in names):
            raise Unsuitable("a name with blanks around it")
        today = date(2026, draw.integer(1, 12), draw.integer(1, 28))
        waivers = _waivers(draw, names, today)
        valid = {name for name, last, _ in waivers if last >= today}
        form, column = source.format, source.header[naming]
        given = world.input(draw, ["waivers", "accepted", "known_and_excused"], ".txt")
        target = world.output(draw, ["open_entries", "still_to_settle", "unexcused"], f".{form}")
        result = source.with_rows(
            (row for row in source.rows if row[naming] not in valid),
            path=target,
            extent="selected",
            noun=f"{source.noun} without those waived",
        )
        if not result.rows:
            raise Unsuitable("everything is waived")
        here, there, known = quoted(source.path), quoted(target), quoted(given)
        read = (
            'gawk -F \'|\' \'!/^ *(#|$)/ { gsub(/^ +| +$/, "", $1); gsub(/ /, "", $2); '
            f'if ($2 >= "{today}") print $1 }}\' {known}'
        )
        drop = {
            "csv": f"mlr --csv join --np --ur -j {quoted(column)} \\\n"
            f"  -f <(echo {quoted(column)}; {read}) {here} > {there}",
            "tsv": f"gawk -F '\\t' 'NR == FNR {{ waived[$0]; next }} "
            f"FNR == 1 || !(${naming + 1} in waived)' \\\n  <({read}) {here} > {there}",
        }[form]
        last = {name: day for name, day, _ in waivers}
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(given, _text(draw, waivers).encode())],
            request=[
                f"`{given}` excuses some entries of `{source.path}` for a time: a line has the "
                f"`{column}`, the last day of the waiver and who granted it, with `|` between "
                "them; lines with `#` in front and empty ones mean nothing. Write what nobody has "
                f"excused as of `{today}` to `{target}`, same format, columns and order. On its "
                "last day a waiver still counts; of several for one entry one that counts is "
                "enough.",
                f"I want to see only what is really open in `{source.path}`. Leave out each row "
                f"whose `{column}` has a waiver in `{given}` that holds on `{today}`, and save the "
                f"rest as `{target}`, with the same columns, in the same format and order. The "
                "waivers are lines of name, last valid day and grantor, separated by `|`, with "
                "blanks here and there; comments start with `#`. Expired waivers are void, even "
                "if somebody forgot to delete them; where one was renewed, the newer line helps.",
                f"Please take the waived entries out of `{source.path}` and put the others into "
                f"`{target}` as they are, header included. Which are waived is in `{given}`, one "
                f"waiver a line (`{column}`, `|`, until when, `|`, by whom; `#` starts a remark). "
                f"Go by the date `{today}`: a waiver until that very day is good, one until the "
                "day before is not. Entries can have more than one.",
            ],
            steps=[
                look(
                    f"head -n 4 {here}; wc -l < {here}; cat {known}",
                    f"{source.path} is long; the waivers are kept by hand.",
                    "Look at the top of the listing, its length, and all waivers.",
                ),
                look(
                    read,
                    "Comments, blanks and expired waivers have to go. ISO dates compare as text.",
                    f"Print the names with a waiver that holds on {today}.",
                ),
                do(
                    drop,
                    "Whole names have to agree, and the order stays as it is.",
                    f"Keep the rows whose {column} is not among those names.",
                ),
                look(
                    f"diff {here} {there} | grep '^[<>]'; wc -l < {there}",
                    "Only waived rows may be missing, and nothing may have been added.",
                    "Compare both listings.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("expired waivers count, too", _without(result, source, naming, last.get)),
                    (
                        "the last day does not count",
                        result.with_rows(
                            row
                            for row in source.rows
                            if not any(n == row[naming] and d > today for n, d, _ in waivers)
                        ),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"mlr --{form} anti-join -j {quoted(column)} -f {known} {here}",
                    symptom=r'verb "anti-join" not found',
                    diagnosis="Miller does that with join --np --ur: only what has no partner.",
                ),
                Mistake(
                    "analysis",
                    before=1,
                    command=f"grep -vFf {known} {here} | wc -l; wc -l < {here}",
                    symptom=r"\d",
                    diagnosis="That compares whole lines of the waivers, dates and all; and an "
                    "empty line among them would match everything.",
                ),
            ],
        )


def _waivers(draw: Draw, names: list[str], today: date) -> list[Waiver]:
    """Waivers of about half of the names: valid, just valid, just expired, renewed, unknown."""
    people = draw.sample(PEOPLE, 4)
    chosen = draw.sample(names, max(5, min(14, len(names) // 2)))
    ends = [timedelta(0), timedelta(-1), timedelta(draw.integer(2, 90))]
    found: list[Waiver] = []
    for number, name in enumerate(chosen):
        end = ends[number] if number < len(ends) else timedelta(draw.integer(-80, 120))
        if number == 3:
            # Renewed: the old line was left in place.
            found.append((name, today - timedelta(draw.integer(20, 60)), draw.choice(people)))
            end = timedelta(draw.integer(5, 60))
        found.append((name, today + end, draw.choice(people)))
    found += [
        (f"{draw.choice(names)}.old", today + timedelta(draw.integer(5, 90)), draw.choice(people))
    ]
    return draw.shuffled(found)


def _text(draw: Draw, waivers: list[Waiver]) -> str:
    lines = ["# name | until (inclusive) | granted by"]
    for number, (name, last, person) in enumerate(waivers):
        if number % 5 == 2:
            lines += ["", f"# {draw.choice(['see the minutes', 'next round', 'checked again'])}"]
        lines.append(
            f"{name}{draw.choice([' ', '  ', ''])}| {last} |{draw.choice([' ', ''])}{person}"
        )
    return "".join(f"{line}\n" for line in lines)


def _without(
    result: Table, source: Table, naming: int, last: Callable[[str], date | None]
) -> Table:
    return result.with_rows(row for row in source.rows if last(row[naming]) is None)
