"""Trying mutants: outputs spoiled in place, commands that spoil, steps left out."""

import base64

from shellwright.sandbox.box import Refused
from shellwright.verify.case import Case, Wrong
from shellwright.verify.mutants import (
    FILES_PER_DELIVERABLE,
    Mutant,
    corruptions,
    dropped_steps,
    spread,
)
from shellwright.verify.settings import Settings
from shellwright.verify.trial import Bench, Entry, Graded


def try_mutants(case: Case, bench: Bench, settings: Settings) -> tuple[list[Mutant], Graded | None]:
    """Try every mutant of a task whose box is solved and graded.

    Returns the mutants, and the grade of the right solution after everything that was spoiled in
    place has been put back: it shows that the grade can be repeated. None: nothing was spoiled.
    """
    mutants: list[Mutant] = []
    if settings.corrupted_outputs:
        mutants += corrupted(case, bench)
    if settings.wrong_answers:
        for wrong in case.wrong:
            if wrong.content_b64 is not None:
                mutants += replaced(case, bench, wrong, base64.b64decode(wrong.content_b64))
    repeated = bench.grade() if mutants else None
    if repeated is not None and repeated.reward != 1:
        return mutants, repeated
    if settings.wrong_answers:
        spoilers = [wrong for wrong in case.wrong if wrong.command is not None]
        for number, wrong in enumerate(spoilers):
            if number:  # the first one finds the box solved
                bench.fresh()
                bench.solve()
            bench.work(str(wrong.command))
            mutants.append(graded(bench, wrong.name, "wrong"))
    if settings.dropped_steps:
        for name, script in dropped_steps(case.commands):
            bench.fresh()
            bench.solve(script)
            mutants.append(graded(bench, name, "dropped_step"))
    return mutants, repeated


def graded(bench: Bench, name: str, kind: str) -> Mutant:
    """The mutant that the box now holds."""
    reward = bench.grade().reward
    return Mutant(name, kind, reward < 1, reward)


def corrupted(case: Case, bench: Bench) -> list[Mutant]:
    """Every output empty and cut off, one at a time, and put back."""
    mutants = []
    seen: set[str] = set()
    for path in case.deliverables:
        for entry in spread(bench.snapshot(path), FILES_PER_DELIVERABLE):
            if entry.path in seen:
                continue
            seen.add(entry.path)
            for kind, content in corruptions(entry.content):
                bench.overwrite(entry, content)
                mutants.append(graded(bench, f"{kind} {entry.path}", kind))
            bench.overwrite(entry, entry.content)
    return mutants


def replaced(case: Case, bench: Bench, wrong: Wrong, content: bytes) -> list[Mutant]:
    """A wrong answer in place of the right one, and the right one put back."""
    entry = next((e for e in bench.snapshot(wrong.path) if e.path == wrong.path), None)
    if entry is not None and entry.content == content:
        return []
    try:
        if entry is None:
            bench.box.write(wrong.path, content, user=case.user)
        else:
            bench.overwrite(entry, content)
    except Refused:
        # For example where a folder stands in its place: then it is no answer to be mistaken for.
        return []
    mutant = graded(bench, wrong.name, "wrong")
    restore(bench, wrong.path, entry)
    return [mutant]


def restore(bench: Bench, path: str, entry: Entry | None) -> None:
    """Put a path back as it was."""
    if entry is None:
        bench.box.remove(path)
    else:
        bench.overwrite(entry, entry.content)
