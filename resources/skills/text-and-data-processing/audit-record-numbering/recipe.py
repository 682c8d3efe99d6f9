"""Sum up the running numbers of records and the holes in them."""

from __future__ import annotations

import itertools
import re

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)

NUMBERS, STEPS = "/tmp/numbers", "/tmp/steps"


class AuditRecordNumbering(Recipe):
    """A report tells the bounds of the numbers, the holes, and where the largest one is."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="full"
        ),
    )
    gives = (Pattern.of("report", format="json"),)
    tools = ("awk", "cat", "cut", "grep", "head", "jo", "mlr", "numaverage", "numbound",
             "numinterval", "numsum", "paste", "sed", "sort", "uniq", "wc")  # fmt: skip
    packages = ("num-utils", "miller", "jo")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        key, form = source.name("id"), source.format
        found = [re.fullmatch(r"(\D*)(\d+)", one) for one in source.values("id")]
        if not all(found) or len({match[1] for match in found if match}) > 1:
            raise Unsuitable("ids that are no prefix and number")
        prefix = found[0][1] if found[0] else ""
        digits = len(source.values("id")[0]) - len(prefix)
        numbers = sorted(int(match[2]) for match in found if match)
        steps = [b - a for a, b in itertools.pairwise(numbers)]
        wide = draw.choice([3, 4, 5])
        if len(set(numbers)) < len(numbers) or len(numbers) < 20 or max(steps) <= wide:
            raise Unsuitable("numbers that are there twice, or no hole that is wide enough")
        middle = sorted(steps)[len(steps) // 2]
        if len(steps) % 2 == 0 and sorted(steps)[len(steps) // 2 - 1] != middle:
            raise Unsuitable("the median is no whole number of the list")
        at = steps.index(max(steps))
        value = {
            "lowest": numbers[0],
            "highest": numbers[-1],
            "unused": sum(steps) - len(steps),
            "holes": sum(step > 1 for step in steps),
            "wide_holes": sum(step - 1 >= wide for step in steps),
            "largest_step": max(steps),
            "largest_after": f"{prefix}{numbers[at]:0{digits}d}",
            "median_step": middle,
        }
        target = world.output(draw, ["numbering", "number_audit", "holes"], ".json")
        result = Report(path=target, noun="audit of the numbering", value=value)
        here, there = quoted(source.path), quoted(target)
        last = len(steps) - 1 - steps[::-1].index(max(steps))
        spoiled = {
            "unused counts holes instead of numbers": value | {"unused": value["holes"]},
            "steps are taken for holes": value | {"wide_holes": sum(s >= wide for s in steps)},
            "the last of the largest steps": value
            | {"largest_after": f"{prefix}{numbers[last]:0{digits}d}"},
            "the record after the hole": value
            | {"largest_after": f"{prefix}{numbers[at + 1]:0{digits}d}"},
        }
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"The auditors ask about gaps in the running numbers of `{source.path}`, the "
                f"digits in `{key}`. Write a JSON object to `{target}` with whole numbers: "
                "`lowest` and `highest` number, `unused` (how many numbers in between no record "
                "has), `holes` (how many runs of unused numbers there are), `wide_holes` (those "
                f"of at least `{wide}` numbers), `largest_step` between two neighbouring numbers "
                f"and `median_step`; and as a string, `largest_after`, the `{key}` just below the "
                "largest step, the lowest such if there are several.",
                f"Has something been taken out of `{source.path}`? The digits of `{key}` were "
                f"given out in sequence. I need `{target}`, a JSON object: `lowest`, `highest`, "
                "`unused` (numbers between these two that do not occur), `holes` (gaps, however "
                f"wide), `wide_holes` (gaps in which `{wide}` or more numbers are missing), "
                "`largest_step` and `median_step` (differences of a number and the next one), all "
                f"as whole numbers, and `largest_after`, a string: the `{key}` from which the "
                "largest step goes up, the lowest one if that occurs more than once.",
            ],
            steps=[
                look(
                    f"head -n 4 {here}; wc -l {here}; mlr --i{form} --onidx cut -f {key} {here} | "
                    "sed 's/[0-9]*$//' | sort | uniq -c",
                    "Records in no order, with numbers behind a prefix.",
                    "See the ids, and whether they all have the same prefix.",
                ),
                do(
                    f"mlr --i{form} --onidx cut -f {key} {here} | grep -oE '[0-9]+$' | sed -E "
                    f"'s/^0+([0-9])/\\1/' | sort -n > {NUMBERS}\nnuminterval {NUMBERS} > {STEPS}",
                    f"All have {prefix!r}. Sorted by value, the difference to the next number "
                    "shows "
                    "the gaps.",
                    "Write the numbers in order, and the steps between them.",
                ),
                look(
                    f"sort -n {STEPS} | uniq -c; paste {NUMBERS} {STEPS} | sort -k 2,2nr -k 1,1n | "
                    "head -n 4",
                    "Between any two neighbours there is one step. Which steps are wide?",
                    "Count the steps by width, and see where the widest are.",
                ),
                do(
                    f"after=$(paste {NUMBERS} {STEPS} | sort -k 2,2nr -k 1,1n | head -n 1 | cut -f "
                    "1)\n"
                    f"jo lowest=$(numbound -l {NUMBERS}) highest=$(numbound {NUMBERS}) "
                    f"unused=$(awk '$1 > 1 {{ print $1 - 1 }}' {STEPS} | numsum) "
                    f"holes=$(awk '$1 > 1' {STEPS} | wc -l) "
                    f"wide_holes=$(awk '$1 > {wide}' {STEPS} | wc -l) "
                    f"largest_step=$(numbound {STEPS}) median_step=$(numaverage -M {STEPS}) "
                    f"largest_after=$(printf '{prefix}%0{digits}d' \"$after\") > {there}",
                    f"The largest step is {value['largest_step']}. A gap of {wide} numbers is a "
                    f"step of {wide + 1}.",
                    "Put the figures together.",
                ),
                look(
                    f"cat {there}; echo $(($(numbound {NUMBERS}) - $(numbound -l {NUMBERS}) + 1 - "
                    f"$(wc -l < {NUMBERS})))",
                    "Highest less lowest plus one less the number of records must be what is "
                    "unused.",
                    "Read the report and count the unused numbers another way.",
                ),
            ],
            wrong=[
                wrong
                for name, answer in spoiled.items()
                if answer != value
                for wrong in Report(path=target, noun="", value=answer).as_wrong(name)
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"echo $((0{numbers[0]}8 + 1))",
                    symptom=r"value too great for base",
                    diagnosis="With a leading zero the shell takes a number for octal; the zeros "
                    "have to go first.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command=f"numaverage --median {STEPS}",
                    symptom=r"(?i)usage|unknown option|invalid|median",
                    diagnosis="num-utils know short options only; -M is the median.",
                ),
            ],
        )
