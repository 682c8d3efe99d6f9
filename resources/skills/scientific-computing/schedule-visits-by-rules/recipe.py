"""Find the one schedule that keeps all rules."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

from shellwright.recipe import (
    Draw,
    Entry,
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
)
from shellwright.recipe.tabular import grouped

Plan = dict[str, int]


@dataclass(frozen=True)
class Rule:
    """A rule in words, and as a test of a plan."""

    text: str
    holds: Callable[[Plan], bool]


class ScheduleVisitsByRules(Recipe):
    """A text report with one review a day, the only order that a list of rules allows."""

    needs = (Pattern.of("table", condition="clean", shape="records"),)
    gives = (Pattern.of("report", format="text"),)
    tools = ("mlr", "z3", "sed", "sort", "cat")
    packages = ("miller", "z3")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category", "count"):
            raise Unsuitable("no counts by category")
        c, n, form = source.index("category"), source.index("count"), source.format
        group, count = source.header[c], source.header[n]
        totals = {
            name: sum(int(row[n]) for row in rows)
            for name, rows in grouped(source.rows, lambda row: row[c]).items()
        }
        names = sorted(totals)
        ranking = sorted(names, key=lambda name: totals[name])
        if not 4 <= len(names) <= 6 or len({*totals.values()}) < len(names):
            raise Unsuitable("too few or too many categories, or two of one size")
        if any({*name} & {*"|\\'\"()"} or " and " in name for name in names):
            raise Unsuitable("a name that a solver or a list of rules cannot spell")
        plans = [
            dict(zip(names, order, strict=True)) for order in permutations(range(1, len(names) + 1))
        ]
        plan, figure_rule, rules = _puzzle(draw, names, ranking, plans)
        given = world.input(draw, ["review_rules", "rules_for_the_rota", "constraints"], ".txt")
        target = world.output(draw, ["review_plan", "rota", "schedule"], ".txt")
        lines = _lines(plan)
        result = Report(path=target, noun="review plan", value=lines, format="text")
        here, there, listed = (shlex.quote(path) for path in (source.path, target, given))
        sums = f"stats1 -a sum -f {count} -g {group} then sort -nr {count}_sum"
        largest_first = plan[ranking[-1]] < plan[ranking[0]]
        collect = (
            f"mapfile -t names < <(mlr --i{form} --onidx {sums} \\\n"
            f"  then cut -f {group} {here})\n"
            "days=$(printf ' |%s|' \"${names[@]}\")\n"
        )
        model = _model(listed, largest_first=largest_first)
        short = r"sed -nE 's/^[( ]+\|?([^|()]+)\|? ([0-9]+)\)+$/\2 \1/p' | sort -n"
        relaxed = [p for p in plans if p != plan and all(rule.holds(p) for rule in rules)]
        words = figure_rule.text.replace("{count}", f"`{count}`")
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(given, "".join(f"- {rule.text}\n" for rule in rules).encode())],
            request=[
                (
                    f"Plan one review of each `{group}` that occurs in `{source.path}`, on days "
                    f"`1` to `{len(names)}`, one a day. The rules are in `{given}`, and one more "
                    f"comes from the records: {words}. Only one order keeps them all. Write it to "
                    f"`{target}`, a line for each day in order: the number, a space, the name."
                ),
                (
                    f"Each `{group}` in `{source.path}` gets a review, one a day from day `1` to "
                    f"day `{len(names)}`. `{given}` has the rules that people asked for. Besides, "
                    f"{words}. There is exactly one plan that fits; save it as `{target}` with "
                    "one line a day, from the first to the last: number of the day, one space, "
                    "name as it is spelled in the records."
                ),
            ],
            steps=[
                look(
                    f"cat {listed}; mlr --i{form} --opprint {sums} {here}",
                    f"I need the rules of {given} and, for the last rule, the sums of {count}.",
                    "Print the rules and the sums, the largest first.",
                ),
                do(
                    f"{collect}{{\n{model}"
                    '  echo "(check-sat) (get-value ($days))"\n'
                    f"}} | z3 -in | {short} > {there}",
                    f"{ranking[-1]} has the largest sum ({totals[ranking[-1]]}) and {ranking[0]} "
                    f"the smallest ({totals[ranking[0]]}). There are too many rules to try by "
                    "hand, so a solver gets them. The rules have three forms, so sed can translate "
                    "them.",
                    "Take the names from the records, largest sum first, declare a day for each, "
                    "assert the rules and reshape the answer.",
                    duration=0.5,
                ),
                look(
                    f"cat {there}\n{collect}{{\n{model}"
                    "  echo '(assert (not (and'\n"
                    f"  sed -E 's/^([0-9]+) (.+)$/(= |\\2| \\1)/' {there}\n"
                    "  echo '))) (check-sat)'\n} | z3 -in",
                    "The plan should be the only one; if I forbid it, nothing must be left.",
                    "Read the plan and ask for another one.",
                    duration=0.5,
                ),
            ],
            wrong=[
                Wrong(about, target, content)
                for about, content in (
                    *(("the rule about the sums was forgotten", _text(p)) for p in relaxed[:1]),
                    ("in alphabetical order", _text({a: d for d, a in enumerate(names, 1)})),
                    ("backwards", _text({a: len(names) + 1 - day for a, day in plan.items()})),
                )
                if content != _text(plan)
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command="z3 -in <<'EOF'\n"
                    f"(declare-const |{names[0]}| Int)\n"
                    f"(assert (distinct |{names[0]}| |{names[1]}|))\nEOF",
                    symptom=r"unknown constant",
                    diagnosis="Every name has to be declared before the first assertion.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"z3 --rules {listed}",
                    symptom=r"(?i)error|unknown|invalid",
                    diagnosis="The solver cannot read rules in prose; I have to write them as "
                    "assertions.",
                ),
            ],
        )


def _model(listed: str, *, largest_first: bool) -> str:
    """Shell lines that print a model of `$names`, largest sum first, and of the listed rules."""
    first, second = ("0", "-1") if largest_first else ("-1", "0")
    forms = {
        "(.+) is not reviewed on day ([0-9]+)": r"(not (= |\1| \2))",
        "(.+) is reviewed on an earlier day than (.+)": r"(< |\1| |\2|)",
        "(.+) and (.+) are not reviewed on neighbouring days": r"(not (= (abs (- |\1| |\2|)) 1))",
    }
    script = "".join(
        rf"    s/^- {text}\.$/(assert {assertion})/" + "\n" for text, assertion in forms.items()
    )
    return (
        "  printf '(declare-const |%s| Int)\\n' \"${names[@]}\"\n"
        '  printf "(assert (<= 1 |%s| ${#names[@]}))\\n" "${names[@]}"\n'
        '  echo "(assert (distinct$days))"\n'
        f'  echo "(assert (< |${{names[{first}]}}| |${{names[{second}]}}|))"\n'
        f"  sed -E '\n{script}  ' {listed}\n"
    )


def _lines(plan: Plan) -> list[str]:
    """The plan as it is written down."""
    return [f"{day} {name}" for name, day in sorted(plan.items(), key=lambda item: item[1])]


def _text(plan: Plan) -> bytes:
    return "".join(f"{line}\n" for line in _lines(plan)).encode()


def _puzzle(
    draw: Draw, names: list[str], ranking: list[str], plans: list[Plan]
) -> tuple[Plan, Rule, list[Rule]]:
    """A plan, the rule about sums, and listed rules; each is needed to find the plan."""
    for _ in range(60):
        plan = dict(zip(names, draw.shuffled(range(1, len(names) + 1)), strict=True))
        extra = _by_size(plan, ranking)
        rules = [rule for rule in draw.shuffled(_candidates(names)) if rule.holds(plan)]
        left = [other for other in plans if extra.holds(other)]
        kept: list[Rule] = []
        for rule in rules:
            after = [other for other in left if rule.holds(other)]
            if len(after) < len(left):
                kept, left = [*kept, rule], after
        for rule in list(kept):
            others = [extra, *(other for other in kept if other is not rule)]
            if sum(all(r.holds(p) for r in others) for p in plans) == 1:
                kept.remove(rule)
        if sum(all(rule.holds(p) for rule in kept) for p in plans) > 1:
            return plan, extra, kept
    raise Unsuitable("no list of rules in which each is needed")


def _by_size(plan: Plan, ranking: list[str]) -> Rule:
    """The rule that compares the days of the largest and the smallest sum."""
    small, large = ranking[0], ranking[-1]
    earlier = plan[large] < plan[small]
    rule = _before(large, small) if earlier else _before(small, large)
    word = "before" if earlier else "after"
    text = f"the one with the largest sum of {{count}} is reviewed {word} the one with the smallest"
    return Rule(text, rule.holds)


def _candidates(names: list[str]) -> list[Rule]:
    """Every rule that could be asked for."""
    rules = [_not_on(a, day) for a in names for day in range(1, len(names) + 1)]
    for a, b in permutations(names, 2):
        rules += [_before(a, b), _apart(a, b)]
    return rules


def _not_on(a: str, day: int) -> Rule:
    text = f"{a} is not reviewed on day {day}."
    return Rule(text, lambda plan: plan[a] != day)


def _before(a: str, b: str) -> Rule:
    text = f"{a} is reviewed on an earlier day than {b}."
    return Rule(text, lambda plan: plan[a] < plan[b])


def _apart(a: str, b: str) -> Rule:
    text = f"{a} and {b} are not reviewed on neighbouring days."
    return Rule(text, lambda plan: abs(plan[a] - plan[b]) != 1)
