"""The oracle of `schedule-visits-by-rules` makes its model of the files that the task gives."""

import re
import subprocess
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from shellwright.recipe import Draw, Move, Report, Table, Unsuitable
from shellwright.recipe.start import start_scenarios, start_world
from shellwright.recipe.tabular import grouped
from shellwright.skills.library import load_skill

SKILL = Path("resources/skills/scientific-computing/schedule-visits-by-rules")
RECIPE = load_skill(Path(__file__).parents[3] / SKILL).recipe
TOKEN = re.compile(r"[()]|\|[^|]*\||[^\s()|]+")


def moves() -> list[tuple[Table, Move]]:
    """Tables and what is to be done with them; some themes have two words in a name."""
    assert RECIPE is not None
    found = []
    for scenario in start_scenarios():
        if any(pattern.matches(scenario) for pattern in RECIPE.needs):
            for number in range(8):
                world = start_world(scenario, Draw("schedules", number))
                assert isinstance(world.focus, Table)
                try:
                    found.append((world.focus, RECIPE.apply(world, Draw("schedules", number))))
                except Unsuitable:
                    continue
    return found


def run(command: str, table: Table, move: Move, folder: Path) -> str:
    """What z3 is given by a command; in place of mlr stands what it would print."""
    (rules,) = move.brings
    given, plan = folder / "rules", folder / "plan"
    given.write_bytes(rules.content)
    c, n = table.index("category"), table.index("count")
    sums = {
        name: sum(int(row[n]) for row in rows)
        for name, rows in grouped(table.rows, lambda row: row[c]).items()
    }
    names = sorted(sums, key=lambda name: -sums[name])
    (folder / "names").write_text("".join(f"{name}\n" for name in names))
    stubs = f"mlr() {{ cat {folder}/names; }}\nz3() {{ cat > {folder}/model; }}\n"
    script = command.replace(rules.path, str(given)).replace(move.focus.path, str(plan))
    subprocess.run(["bash", "-euo", "pipefail", "-c", stubs + script], check=True)
    return (folder / "model").read_text()


def parsed(model: str) -> list[Any]:
    """The expressions of a model as nested lists."""
    stack: list[list[Any]] = [[]]
    for token in TOKEN.findall(model):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token.strip("|"))
    (whole,) = stack
    return whole


def value(expression: Any, plan: dict[str, int]) -> Any:
    """What an expression comes to under a plan. Raises KeyError for what it does not know."""
    if isinstance(expression, str):
        return int(expression) if expression.isdigit() else plan[expression]
    operator, *arguments = expression
    values = [value(each, plan) for each in arguments]
    return {
        "and": lambda: all(values),
        "not": lambda: not values[0],
        "=": lambda: values[0] == values[1],
        "<": lambda: values[0] < values[1],
        "<=": lambda: values[0] <= values[1] <= values[2],
        "-": lambda: values[0] - values[1],
        "abs": lambda: abs(values[0]),
        "distinct": lambda: len({*values}) == len(values),
    }[operator]()


def solutions(model: str) -> list[list[str]]:
    """The plans that keep all assertions of a model, as lines."""
    expressions = parsed(model)
    assert {head for head, *_ in expressions} <= {
        "declare-const", "assert", "check-sat", "get-value"
    }  # fmt: skip
    names = [each[1] for each in expressions if each[0] == "declare-const"]
    asserted = [each[1] for each in expressions if each[0] == "assert"]
    found = []
    for order in permutations(names):
        plan = {name: day for day, name in enumerate(order, 1)}
        if all(value(each, plan) for each in asserted):
            found.append([f"{day} {name}" for day, name in enumerate(order, 1)])
    return found


@pytest.mark.parametrize(("table", "move"), moves())
def test_the_model_has_the_plan_as_its_only_solution(
    table: Table, move: Move, tmp_path: Path
) -> None:
    assert isinstance(move.focus, Report)
    (work,) = (step for step in move.steps if step.kind == "do")
    model = run(work.command, table, move, tmp_path)
    assert solutions(model) == [move.focus.value]
    (tmp_path / "plan").write_text("".join(f"{line}\n" for line in move.focus.value))
    assert solutions(run(move.steps[-1].command, table, move, tmp_path)) == []


def test_the_commands_hold_no_name_and_follow_the_list(tmp_path: Path) -> None:
    cases = moves()
    assert len(cases) >= 8
    for table, move in cases:
        for step in (each for each in move.steps if "z3" in each.command):
            assert not [name for name in {*table.values("category")} if f"|{name}|" in step.command]
    table, move = cases[0]
    (rules,) = move.brings
    (work,) = (step for step in move.steps if step.kind == "do")
    short = rules.content.split(b"\n", 1)[1]
    fewer = replace(move, brings=[replace(rules, content=short)])
    assert len(solutions(run(work.command, table, fewer, tmp_path))) > 1
