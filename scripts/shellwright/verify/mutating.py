"""Trying mutants: outputs spoiled in place, commands that spoil, steps left out."""

import base64

from shellwright.verify.case import Case
from shellwright.verify.checked import exact_outputs, ordered_outputs
from shellwright.verify.forms import MOST_FORMS, Tried, came_of, formed
from shellwright.verify.mutants import (
    MOST_FILES,
    Mutant,
    corruptions,
    dropped_steps,
    is_output,
    is_tracked,
    spread,
)
from shellwright.verify.settings import Settings
from shellwright.verify.spoiling import Change, ask, loaded_once, try_spoiled
from shellwright.verify.trial import Bench

# A module by which tests that import it end at once, and as if all had passed.
QUITS = b"import os\n\nos._exit(0)\n"


def try_mutants(case: Case, bench: Bench, settings: Settings) -> Tried:
    """Try every mutant of a task whose box is solved and graded.

    What was spoiled in place has been put back before anything else is tried: when the tests notice
    something then, their grade cannot be repeated, and nothing else is tried.
    """
    changes = planned(case, bench, settings)
    answers, regrades = try_spoiled(case, bench, changes, settings.wall_seconds)
    told = [(c, answer) for c, answer in zip(changes, answers, strict=True) if answer is not None]
    tried = came_of(told, loose=not loaded_once(case), harness=case.project_harness)
    tried.regrades = regrades
    if any(each.noticed for each in regrades):
        return tried
    if settings.wrong_answers:
        spoilers = [wrong for wrong in case.wrong if wrong.command is not None]
        for number, wrong in enumerate(spoilers):
            if number or bench.plain:  # the first one finds the box solved
                bench.fresh()
                bench.solve()
            bench.work(str(wrong.command))
            tried.mutants.append(in_box(case, bench, settings, wrong.name, "wrong"))
    if settings.dropped_steps:
        for name, script in dropped_steps(case.commands):
            bench.fresh()
            bench.solve(script)
            tried.mutants.append(in_box(case, bench, settings, name, "dropped_step"))
    return tried


def in_box(case: Case, bench: Bench, settings: Settings, name: str, kind: str) -> Mutant:
    """The mutant that the box now holds."""
    return Mutant.of(name, kind, ask(case, bench, settings.wall_seconds))


def planned(case: Case, bench: Bench, settings: Settings) -> list[Change]:
    """The outputs to spoil (of many files a spread choice), and wrong answers.

    A change to what the file holds already is no mutant and left out.
    """
    found = {entry.path: entry.content for entry in bench.snapshot(case.deliverables)}
    changes: list[Change] = []
    if settings.corrupted_outputs:
        tests = case.text("tests/test_outputs.py")
        ordered = ordered_outputs(tests)
        exact = exact_outputs(tests) if case.project_harness else set()
        outputs = [path for path in found if is_output(path)]
        for path in spread(outputs, MOST_FILES):
            changes += [
                Change(f"{kind} {path}", kind, path, content)
                for kind, content in corruptions(
                    found[path], ordered=path in ordered, exact=path in exact
                )
                if kind != "altered" or path in exact or not is_tracked(path, found)
            ]
        # Of one that git may take for unchanged no change of the same size says anything.
        formable = [path for path in outputs if not is_tracked(path, found)]
        for path in spread(formable, MOST_FORMS) if not loaded_once(case) else ():
            made = [change.content for change in changes if change.path == path]
            changes += [c for c in formed(case, path, found[path]) if c.content not in made]
    if settings.wrong_answers:
        for wrong in case.wrong:
            if wrong.content_b64 is None:
                continue
            content = base64.b64decode(wrong.content_b64)
            if found.get(wrong.path) != content:
                changes.append(Change(wrong.name, "wrong", wrong.path, content))
    # Tests may look only at what is there. What is empty by right may be away by right, too.
    emptied = [change.path for change in changes if change.kind == "empty"]
    changes += [
        Change(f"quitting {path}", "quitting", path, QUITS)
        for path in emptied
        if path.endswith(".py")
    ]
    return [*changes, *(Change(f"missing {path}", "missing", path, None) for path in emptied)]
