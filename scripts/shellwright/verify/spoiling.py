"""Trying a solved task with spoiled outputs, in the box in which it was solved."""

import ast
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from shellwright.sandbox.box import Refused
from shellwright.syntax import parse
from shellwright.tasks.outcomes import out_of_time
from shellwright.verify.case import Case
from shellwright.verify.guest.spoil import AWAY
from shellwright.verify.mutants import Answer
from shellwright.verify.only_checks import without_docstring
from shellwright.verify.said import counted, first_failed, last_failure
from shellwright.verify.trial import Bench, Entry, Graded, storable

SCRIPT = Path(__file__).parent / "guest" / "spoil.py"
RESULT_BYTES = 1 << 20
BATCH_BYTES = 4 << 20  # of content at a time; the folder of the tests has room for a few times that
REPEATS = 6  # grades of the solved task when everything has been put back
BY_LENGTH = 100  # characters of the name of a check
SAID_LENGTH = 200  # of what it said
LOADING = 10.0  # seconds to load the tests on a busy machine


@dataclass(frozen=True)
class Change:
    """One spoiled output: a file and the content that it gets, None for one that is away.

    free: tests may take no notice of it.
    """

    name: str
    kind: str
    path: str
    content: bytes | None
    free: bool = False


def try_spoiled(
    case: Case, bench: Bench, changes: Sequence[Change], seconds: float
) -> tuple[list[Answer | None], list[Answer]]:
    """What the tests say of each change, undone after that, and repeatedly of the solution.

    None stands for a change that could not be made.
    """
    if bench.plain:
        return apart(case, bench, changes)
    if not loaded_once(case):
        answers = [one_by_one(case, bench, change) for change in changes]
        return answers, [again(bench) for _ in range(REPEATS)]
    answers, without = [], []
    for batch in batches(changes):
        told = together(bench, batch, seconds)
        if told is None:
            answers += [one_by_one(case, bench, change) for change in batch]
            without.append(again(bench))
        else:
            answers += told[0]
            # A program that a check waited for in vain may have been held up by the machine.
            without += [again(bench) if each.late else each for each in told[1]]
    return answers, without


def apart(
    case: Case, bench: Bench, changes: Sequence[Change]
) -> tuple[list[Answer | None], list[Answer]]:
    """As try_spoiled, but with a clean box for each change, in which the oracle has run."""
    answers: list[Answer | None] = []
    for change in changes:
        bench.fresh()
        bench.solve()
        answers.append(one_by_one(case, bench, change))
    bench.fresh()
    bench.solve()
    return answers, [again(bench)]


def again(bench: Bench) -> Answer:
    """What test.sh says of the solved task, in a new interpreter; asked twice where it was late."""
    graded = bench.grade(real=True)
    return answer(bench.grade(real=True) if graded.out_of_time else graded)


def batches(changes: Sequence[Change]) -> list[list[Change]]:
    """The changes in their order, in lists whose contents fit beside the tests; one at least."""
    found: list[list[Change]] = [[]]
    size = 0
    for change in changes:
        own = len(change.content or b"")
        size += own
        if found[-1] and size > BATCH_BYTES:
            found.append([])
            size = own
        found[-1].append(change)
    return found


def ask(case: Case, bench: Bench, seconds: float) -> Answer:
    """What the tests say of the solution that is in the box."""
    if loaded_once(case) and not bench.plain:
        told = together(bench, [], seconds, repeats=1)
        if told is not None:
            return told[1][0]
    return answer(bench.grade())


def answer(graded: Graded) -> Answer:
    """What a grade says: by a report, or else by what the tests printed."""
    by, said = None, graded.tail
    if graded.reward < 1:
        first = graded.failures[0] if graded.failures else {}
        by = first.get("name") or graded.problem or first_failed(graded.tail)
        said = first.get("message") or last_failure(graded.tail)
    counts = (graded.passed, graded.total) if graded.total is not None else counted(graded.tail)
    passed, total = counts or (None, None)
    return Answer(
        noticed=graded.reward < 1,
        by=by[:BY_LENGTH] if by else None,
        seconds=graded.seconds,
        reward=graded.reward,
        exit_code=graded.exit_code,
        passed=passed,
        total=total,
        output=said.strip()[-SAID_LENGTH:] or None,
        late=graded.out_of_time,
    )


def loaded_once(case: Case) -> bool:
    """Whether the tests look at nothing before they run, so that one load serves many grades."""
    return case.project_harness and only_defines_tests(case.text("tests/test_outputs.py"))


def only_defines_tests(text: str) -> bool:
    """Whether a test file has nothing but imports of checks and undecorated or marked tests."""
    return all(
        (isinstance(node, ast.ImportFrom) and node.module == "checks")
        or (
            isinstance(node, ast.FunctionDef)
            and not node.args.args
            and all(ast.unparse(d).startswith(("check(", "guard")) for d in node.decorator_list)
        )
        for node in without_docstring(parse(text).body)
    )


def together(
    bench: Bench, changes: Sequence[Change], seconds: float, *, repeats: int = REPEATS
) -> tuple[list[Answer | None], list[Answer]] | None:
    """What the tests say of each change, and so many times without any, in one run.

    None when guest/spoil.py did not end as it should.
    """
    plan = {
        "seconds": max(1, round(seconds)),
        "changes": [
            {"path": change.path, "content": encoded(change.content)} for change in changes
        ],
        "repeats": repeats,
    }
    bench.upload_tests()
    box = bench.box
    box.remove("/tests/spoiled.json")
    try:
        box.write("/tests/spoil.py", SCRIPT.read_bytes(), 0o600)
        box.write("/tests/spoil.json", json.dumps(plan).encode(), 0o600)
    except Refused:  # no room for them beside the tests
        box.remove("/tests/spoil.json")
        return None
    # Each answer is bounded by itself.
    ran = box.run_python(["/tests/spoil.py"], timeout=seconds * (len(changes) + repeats) + LOADING)
    box.kill_all()
    if ran.exit_code != 0:
        return None
    try:
        told = json.loads(box.read("/tests/spoiled.json", RESULT_BYTES))
        answers = [None if each is None else read_answer(each) for each in told["answers"]]
        without = [read_answer(each) for each in told["without"]]
    except (Refused, ValueError, TypeError, KeyError):
        return None
    whole = len(answers) == len(changes) and len(without) == repeats
    return (answers, without) if whole else None


def encoded(content: bytes | None) -> str | None:
    """A content as guest/spoil.py takes it."""
    return None if content is None else base64.b64encode(content).decode()


def read_answer(told: Any) -> Answer:
    """An answer of guest/spoil.py. Raises KeyError, TypeError or ValueError when it is none."""
    by, reward, said = told["by"], told["reward"], told["output"]
    return Answer(
        noticed=bool(told["noticed"]),
        by=None if by is None else storable(str(by)[:BY_LENGTH]),
        seconds=float(told["seconds"]),
        reward=None if reward is None else float(reward),
        exit_code=int(told["exit_code"]),
        passed=int(told["passed"]),
        total=int(told["total"]),
        output=None if said is None else storable(str(said)[:SAID_LENGTH]),
        late=out_of_time([{"outcome": "failed", "message": said}]),
    )


def one_by_one(case: Case, bench: Bench, change: Change) -> Answer | None:
    """What the tests say of one change, graded as any other solution, and undone."""
    if change.content is None:
        return moved_away(bench, change.path)
    entry = next((e for e in bench.snapshot([change.path]) if e.path == change.path), None)
    try:
        if entry is None:
            bench.box.write(change.path, change.content, user=case.user)
        else:
            bench.overwrite(entry, change.content)
    except Refused:
        return None
    told = answer(bench.grade())
    restore(bench, change.path, entry)
    return told


def moved_away(bench: Bench, path: str) -> Answer | None:
    """What the tests say when a file is away, which is brought back."""
    away = str(PurePosixPath(path).with_name(AWAY))
    try:
        bench.move(path, away)
    except Refused:
        return None
    told = answer(bench.grade())
    bench.move(away, path)
    return told


def restore(bench: Bench, path: str, entry: Entry | None) -> None:
    """Put a path back as it was."""
    if entry is None:
        bench.box.remove(path)
    else:
        bench.overwrite(entry, entry.content)
