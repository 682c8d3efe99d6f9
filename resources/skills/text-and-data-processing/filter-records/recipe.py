"""Pick records by status, period and amount."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    do,
    look,
)
from shellwright.recipe.tabular import backticked, differing, other_extents

Test = Callable[[Row, tuple[bool, bool, bool]], bool]


@dataclass(frozen=True)
class Condition:
    """What a record has to meet; all limits are included."""

    statuses: tuple[str, ...]
    first: str
    last: str
    least: Decimal

    def parts(self, table: Table, row: Row) -> tuple[bool, bool, bool]:
        """Whether the status, the day and the amount of a row are as wanted."""
        day, amount = row[table.index("date")], Decimal(row[table.index("amount")])
        return (
            row[table.index("status")] in self.statuses,
            self.first <= day <= self.last,
            amount >= self.least,
        )


class FilterRecords(Recipe):
    """The records that meet a condition, in their order."""

    needs = (
        Pattern.of("table", condition="clean", shape="records", extent=other_extents("selected")),
    )
    gives = (Pattern.of("table", condition="clean", shape="records", extent="selected"),)
    tools = ("mlr", "gawk", "jq", "head", "tail", "sort", "uniq", "cut", "wc")
    packages = ("miller", "gawk", "jq")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("status", "date", "amount"):
            raise Unsuitable("no status, date or amount to filter by")
        want = _condition(source, draw)
        form, theme = source.format, world.theme
        status, day, amount = (source.name(role) for role in ("status", "date", "amount"))
        rows = [row for row in source.rows if all(want.parts(source, row))]
        target = world.output(
            draw, ["selection", "relevant", f"selected_{theme.records}"], f".{form}"
        )
        result = source.with_rows(
            rows, path=target, extent="selected", noun=f"selected {source.noun}"
        )
        here, there = shlex.quote(source.path), shlex.quote(target)
        s, d, a = (source.index(role) + 1 for role in ("status", "date", "amount"))
        least = f"{want.least:.2f}"
        names = ", ".join(json.dumps(name) for name in want.statuses)
        either = " || ".join(f'${{{status}}} == "{name}"' for name in want.statuses)
        either_awk = " || ".join(f'${s} == "{name}"' for name in want.statuses)
        either_jq = " or ".join(f'.["{status}"] == "{name}"' for name in want.statuses)
        pick = {
            "csv": f'mlr --csv filter \'({either}) && ${{{day}}} >= "{want.first}" '
            f'&& ${{{day}}} <= "{want.last}" && ${{{amount}}} >= {least}\' {here} > {there}',
            "tsv": f"gawk -F '\\t' 'NR == 1 || (({either_awk}) && ${d} >= \"{want.first}\" "
            f'&& ${d} <= "{want.last}" && ${a} + 0 >= {least})\' {here} > {there}',
            "jsonl": f'jq -c \'select(({either_jq}) and .["{day}"] >= "{want.first}" '
            f'and .["{day}"] <= "{want.last}" and .["{amount}"] >= {least})\' {here} > {there}',
        }[form]
        count = {
            "csv": f"mlr --icsv --opprint count-distinct -f {status} {here}",
            "tsv": f"tail -n +2 {here} | cut -f {s} | sort | uniq -c",
            "jsonl": f"jq -r '.[\"{status}\"]' {here} | sort | uniq -c",
        }[form]
        edge = {
            "csv": f"mlr --icsv --opprint stats1 -a count,min,max -f {amount} {there}",
            "tsv": f"tail -n +2 {there} | cut -f {d},{a} | sort | head -n 3; wc -l {there}",
            "jsonl": f"jq -s 'length, (map(.[\"{amount}\"]) | min)' {there}",
        }[form]
        listed = backticked(want.statuses, "or")
        kept = [want.parts(source, row) for row in source.rows]
        wrong: dict[str, Test] = {
            "limits were left out": lambda row, ok: (
                all(ok) and Decimal(row[a - 1]) > want.least and want.first < row[d - 1] < want.last
            ),
            "the amount was not looked at": lambda row, ok: ok[0] and ok[1],
            "only the first status was taken": lambda row, ok: (
                all(ok) and row[s - 1] == want.statuses[0]
            ),
            "amounts compared as text": lambda row, ok: ok[0] and ok[1] and row[a - 1] >= least,
        }
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"From `{source.path}` I only need the {theme.records} whose `{status}` is "
                    f"{listed}, with a `{day}` from `{want.first}` to `{want.last}` (both days "
                    f"included) and at least `{least}` in `{amount}`. Save them as `{target}` in "
                    "the same format, all columns, order unchanged."
                ),
                (
                    f"Pick out of `{source.path}` what meets all of this: `{status}` {listed}; "
                    f"`{day}` not before `{want.first}` and not after `{want.last}`; `{amount}` of "
                    f"`{least}` or more. The selection goes to `{target}`, with the same columns "
                    "and format as the original and in its order."
                ),
            ],
            steps=[
                look(
                    f"head -n 3 {here}; {count}",
                    f"I need the columns of {source.path} and the values of {status}.",
                    f"Look at some rows, and count the values of {status}.",
                ),
                do(
                    pick,
                    "ISO dates can be compared as text, the amounts have to be compared as "
                    "numbers, and all limits are included.",
                    "Keep the rows that meet all three conditions.",
                ),
                look(
                    edge,
                    "Some rows may lie exactly on a limit. How many are left, and what is the "
                    "smallest amount?",
                    "Count the rows and look at the smallest amount.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        name,
                        result.with_rows(
                            row for row, ok in zip(source.rows, kept, strict=True) if test(row, ok)
                        ),
                    )
                    for name, test in wrong.items()
                ],
            ),
            mistakes=[_mistake(form, here, there, status, names, either_awk)],
        )


def _condition(table: Table, draw: Draw) -> Condition:
    """A condition that some records meet and others miss, with a record on the amount's limit."""
    s, d, a = (table.index(role) for role in ("status", "date", "amount"))
    statuses = sorted(set(table.values("status")))
    days = sorted(table.values("date"))
    if len(statuses) < 3 or len(table.rows) < 8:
        raise Unsuitable("too few records or statuses to pick from")
    for _ in range(20):
        chosen = tuple(draw.sample(statuses, 2))
        first, last = days[len(days) // 8], days[-1 - draw.integer(0, len(days) // 4)]
        within = [row for row in table.rows if row[s] in chosen and first <= row[d] <= last]
        amounts = sorted(Decimal(row[a]) for row in within)
        if len(amounts) >= 4 and first < last:
            least = amounts[draw.integer(1, len(amounts) // 2)]
            return Condition(chosen, first, last, least)
    raise Unsuitable("no condition picks a fair share of the records")


def _mistake(form: str, here: str, there: str, status: str, names: str, either: str) -> Mistake:
    """An error that the tool for this format is prone to."""
    if form == "csv":
        return Mistake(
            "hallucination",
            before=1,
            command=f"mlr --csv filter '${{{status}}} in ({names})' {here} > {there}",
            symptom=r"mlr: cannot parse DSL expression",
            diagnosis="Miller has no in operator; each status takes a comparison of its own.",
            recovery=f"rm -f {there}",
        )
    if form == "tsv":
        return Mistake(
            "command",
            before=1,
            command=f"gawk -F '\\t' 'NR == 1 || {either})' {here} > {there}",
            symptom=r"syntax error",
            diagnosis="The opening parenthesis of the first part is missing.",
            recovery=f"rm -f {there}",
        )
    return Mistake(
        "hallucination",
        before=1,
        command=f"jq -c 'select(.[\"{status}\"] in [{names}])' {here} > {there}",
        symptom=r"jq: error: syntax error",
        diagnosis="jq has no infix in; each status takes a comparison of its own.",
        recovery=f"rm -f {there}",
    )
