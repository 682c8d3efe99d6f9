"""Answers that a search for their text finds, and what only looks like one."""

import gzip
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.support import verify_tasks as tasks
from tests.support.verify_tasks import rules

from shellwright.sandbox.tar import tar_of
from shellwright.tasks.bundle import Fixture
from shellwright.verify.case import Case
from shellwright.verify.lint_answers import given_away, mentions

LONG = b"adam 1\nadrian 2\nmia 3\nzoe 4\nzorro 5\n"
GIVEN = b"".join(reversed(LONG.splitlines(keepends=True)))
OUTPUTS = {"/app/out/names.txt": LONG}
SOLVES = ["mkdir -p out", "sort -u in/long.txt > out/names.txt"]
DOCKERFILE = "FROM domain:1\nADD fixture.tar /\n"
TESTS = (
    "import re\n\ndef test_names():\n"
    f"    assert open('/app/out/names.txt').read() == {LONG.decode()!r}\n\n"
    "def test_form():\n"
    "    assert re.fullmatch(r'([a-z]+ \\d\\n)+', open('/app/out/names.txt').read())\n"
)


def row(
    *fixture: Fixture,
    files: dict[str, str | None] | None = None,
    own: bool = True,
    commands: Sequence[str] = SOLVES,
) -> dict[str, Any]:
    """A task that sorts lines, with more input files; with its own harness or a test.sh."""
    call = replace(tasks.GOOD.calls[0], expected={"names": LONG})
    changes = {
        "fixture": [Fixture("/app/in/long.txt", content=GIVEN), *fixture],
        "commands": commands,
        "calls": [call],
        "instruction": "Put the distinct lines of /app/in/long.txt in order into out/names.txt.",
    }
    if own:
        return tasks.row(tasks.variant("names", **changes), files=files, steps=[])
    made = tasks.foreign("names", TESTS, files=files or {}, steps=[])
    kept = [file for file in made["files"] if file["path"].startswith("tests/")]
    rest = tasks.row(tasks.variant("names", **changes), files=files, steps=[])["files"]
    rest = [file for file in rest if not file["path"].startswith("tests/")]
    return {**made, "files": kept + rest}


def fixture(path: str, content: bytes) -> dict[str, Any]:
    return {"fixture": [Fixture(path, content=content)]}


def files(dockerfile: str = "", **more: str) -> dict[str, Any]:
    """Another Dockerfile, and files in its context."""
    made = {f"environment/{name.replace('__', '.')}": text for name, text in more.items()}
    return {"files": {"environment/Dockerfile": DOCKERFILE + dockerfile, **made}}


LEAKS = [
    fixture("/srv/old.txt", LONG),
    fixture("/srv/old.txt", LONG.replace(b"\n", b"\r\n")),
    fixture("/srv/old.txt", LONG.rstrip()),
    fixture("/srv/notes.txt", b"# for the reviewer\n" + LONG + b"# end\n"),
    fixture("/srv/notes.md", b"# So:\n\n" + LONG.replace(b"\n", b"\n    ") + b"\n"),
    fixture("/srv/notes.md", b"    " + LONG.replace(b"\n", b" \n\t")),
    fixture("/srv/old.tar", tar_of([("a", 0o644, b"x\n"), ("b", 0o644, LONG)])),
    fixture("/srv/old.tgz", gzip.compress(tar_of([("a", 0o644, b"x\n"), ("b", 0o644, LONG)]))),
    fixture("/app/in/.answer.txt", LONG),
    fixture("/app/in/names.txt", LONG),  # by the name of what the oracle writes
    fixture("/srv/.cache/names.bak", LONG),
    {
        **fixture("/srv/expected/names.txt", LONG),
        "commands": ["mkdir -p out", "sort -u in/long.txt -o out/names.txt"],
    },
    files("COPY names.txt /opt/\n", names__txt=LONG.decode()),
    fixture("/app/in/old/answer.txt", LONG),
    files("COPY answer.txt /opt/\n", answer__txt=LONG.decode()),
    files("COPY . /opt/\n", notes__md=f"So:\n{LONG.decode()}\n"),
    files(f"RUN printf '{LONG.decode()!r}' > /opt/x\n"),
    files(f'ENV ANSWER="{LONG.decode().replace(chr(10), ";")}"\n'),
]
NO_LEAKS = [
    {},
    fixture("/srv/old.txt", b"".join(LONG.splitlines(keepends=True)[:-1])),
    fixture("/srv/old.txt", LONG.replace(b"zoe", b"joe")),
    fixture("/srv/notes.txt", b"see " + LONG),
    fixture("/srv/notes.txt", LONG.replace(b"\n", b"\n\n")),
    fixture("/app/out/long.txt", LONG),  # by the name of what the oracle reads
    # Not in the image, or not for the agent.
    files(answer__txt=LONG.decode()),
    files("COPY other.txt /opt/\n", other__txt="x", answer__txt=LONG.decode()),
    files(f"# {LONG.decode()!r}\n"),
    {
        **fixture("/app/in/more.txt", LONG),
        "commands": [*SOLVES[:1], "sort -u in/* > out/names.txt"],
    },
    {
        **fixture("/srv/old/names.txt", LONG),
        "commands": ["mkdir -p out", "sort -u in/long.txt /srv/old/names.txt > out/names.txt"],
    },
    {**files("COPY data /app/data\n", data="x"), "commands": SOLVES},
]


@pytest.mark.parametrize("case", LEAKS)
def test_an_answer_that_a_search_finds_is_a_leak(case: dict[str, Any]) -> None:
    given = [Fixture(entry.path, content=entry.content) for entry in case.get("fixture", ())]
    others = {key: value for key, value in case.items() if key != "fixture"}
    assert rules(row(*given, **others)) == {"answer-in-image"}
    # Of tests that have it in their code, it is found by what the oracle delivers.
    foreign = Case.of_row(row(*given, own=False, **others))
    assert given_away(foreign, OUTPUTS).startswith("answer-in-image: ")


@pytest.mark.parametrize("case", NO_LEAKS)
def test_what_is_no_leak(case: dict[str, Any]) -> None:
    given = case.get("fixture", ())
    others = {key: value for key, value in case.items() if key != "fixture"}
    assert rules(row(*given, **others)) == set()
    assert given_away(Case.of_row(row(*given, own=False, **others)), OUTPUTS) == ""


def test_what_was_there_already_is_no_answer() -> None:
    kept = Fixture("/app/out/names.txt", content=LONG)
    copy = Fixture("/srv/old.txt", content=LONG)
    assert given_away(Case.of_row(row(kept, copy, own=False)), OUTPUTS) == ""
    built = files("COPY kept.txt /app/out/names.txt\n", kept__txt=LONG.decode())
    assert given_away(Case.of_row(row(own=False, commands=["sort x"], **built)), OUTPUTS) == ""


def test_a_short_answer_coincides_by_chance() -> None:
    short = Fixture("/srv/notes.txt", content=b"a name of this world\nadam and mia and zoe\nmore\n")
    outputs = {"/app/out/names.txt": b"adam and mia and zoe\n"}
    assert given_away(Case.of_row(row(short, own=False)), outputs) == ""
    whole = Fixture("/srv/notes.txt", content=b"adam and mia and zoe, too\n")
    outputs = {"/app/out/names.txt": whole.content}
    assert given_away(Case.of_row(row(whole, own=False)), outputs) != ""


def test_all_of_what_is_delivered_in_the_instruction() -> None:
    told: dict[str, str | None] = {"instruction.md": f"Write:\n\n{LONG.decode()}"}
    found = given_away(Case.of_row(row(files=told, own=False)), OUTPUTS)
    assert found.startswith("answer-in-instruction: it states what the oracle makes of /app/out")
    literal = ["mkdir -p out", f"cat > out/names.txt <<'E'\n{LONG.decode()}E"]
    meant = row(files=told, own=False, commands=literal)
    assert given_away(Case.of_row(meant), OUTPUTS) == ""


def test_the_whole_solution_in_the_instruction() -> None:
    commands = [*SOLVES, "sort -c out/names.txt && wc -l out/names.txt"]
    text = "\n".join(f"$ {command}" for command in commands)
    told = row(own=False, commands=commands, files={"instruction.md": f"Do:\n```\n{text}\n```\n"})
    assert rules(told) == {"solution-in-instruction"}
    part = row(own=False, commands=commands, files={"instruction.md": f"Do `{SOLVES[1]}`.\n"})
    assert rules(part) == set()


def test_every_file_of_tests_in_the_image_is_a_leak() -> None:
    copy = Fixture("/srv/check.py", content=TESTS.encode())
    script = next(f for f in row(own=False)["files"] if f["path"] == "tests/test.sh")["content"]
    moved: dict[str, str | None] = {
        "tests/test.sh": script.decode().replace("test_outputs", "test_state"),
        "tests/test_state.py": TESTS,
        "tests/test_outputs.py": None,
    }
    assert rules(row(copy, own=False, files=moved)) == {"tests-in-image"}


def test_a_script_of_the_tests_in_the_image_is_a_leak() -> None:
    check = "#!/bin/bash\nset -e\n[ $(head -1 /app/out/names.txt) = adam ]\ngrep -qx zoe /app/n\n"
    graded: dict[str, str | None] = {
        "tests/test.sh": "#!/bin/bash\nbash /tests/check.sh && echo 1 > /tmp/reward\n",
        "tests/check.sh": check,
        "tests/test_outputs.py": None,
    }
    copy = Fixture("/srv/qa/check.sh", content=check.encode())
    assert rules(row(copy, own=False, files=graded)) == {"tests-in-image"}
    other = Fixture("/srv/qa/check.sh", content=check.encode().replace(b"zoe", b"joe"))
    assert rules(row(other, own=False, files=graded)) == set()


@pytest.mark.parametrize(
    "prompt", ["", "$ ", "agent@box:~/work$ ", "root@box:/# ", "  12  ", ": 1700000000:0;", "# `"]
)
def test_the_solution_in_a_history_is_a_leak(prompt: str) -> None:
    commands = [*SOLVES, "sort -c out/names.txt && wc -l out/names.txt"]
    typed = "".join(f"{prompt}{command}\n" for command in commands)
    history = Fixture("/home/agent/.bash_history", content=typed.encode())
    assert rules(row(history, own=False, commands=commands)) == {"solution-in-image"}


@pytest.mark.parametrize(
    ("solution", "path", "wanted"),
    [
        ("sort in/names.txt", "/app/in/names.txt", True),
        ("sort in/names.txt", "/app/in/.answer.txt", False),
        ("sort in/sub/names.txt", "/app/in/sub/more.txt", False),
        ("grep -rh x in > n", "/app/in/sub/more.txt", True),
        ("cat in/*.txt", "/app/in/more.txt", True),
        ("cat in/*.txt", "/app/in/more.csv", False),
        ("cat in/*", "/app/in/.more", False),
        ("cat in/$name", "/app/in/more.csv", True),
        ("cp -r in/sub/ out", "/app/in/sub/more.txt", True),
        ("Path('in').glob('*')", "/app/in/more.txt", True),
        ("zcat *.gz", "/app/access.log.gz", True),
        ("cat ./*.log.gz | gunzip", "/app/access.log.gz", True),
        ("find . -name '*.gz' -exec zcat {} +", "/app/a/b/access.log.gz", True),
        ("zcat logs-{1..3}.gz", "/app/logs-1.gz", True),
        ("for i in 1 2; do zcat logs-$i.gz; done", "/app/logs-1.gz", True),
        ("Path('/app').rglob('*.gz')", "/app/data/access.log.gz", True),
        ("zcat $IN/access*.gz", "/app/access.log.gz", True),
        ("src=access; zcat ${src}.log.gz", "/app/access.log.gz", True),
        ("zcat *.gz", "/app/access.log.xz", False),
        ("zcat in/*.gz", "/srv/access.log.gz", False),
        ("sort n > $out.txt", "/srv/access.txt", False),
    ],
)
def test_what_a_solution_looks_for(solution: str, path: str, wanted: bool) -> None:
    assert mentions(solution, path) == wanted


@pytest.mark.parametrize(
    ("solution", "path", "wanted"),
    [
        ("sort in/a > out/names.txt", "/srv/names.txt", False),
        ("sort in/a > out/names.txt", "/srv/names.bak", False),
        ("sort in/a | tee out/names.txt; wc out/names.txt", "/srv/names.txt", False),
        ("sort in/names.txt -o out/names.txt", "/app/in/names.txt", True),
        ("sort ../app/in/names.txt -o out/names.txt", "/app/in/names.txt", True),
        ('sort "$DIR"/names.txt -o out/names.txt', "/srv/names.txt", True),
        ("sort names.txt > out/names.txt", "/app/names.txt", True),
        ("sort names.txt > out/names.txt", "/srv/names.txt", False),
        ("cd in\nsort names.txt > ../out/names.txt", "/app/in/names.txt", True),
        ("os.path.join('in', 'names.txt')", "/app/in/names.txt", True),
    ],
)
def test_the_name_of_an_output_takes_its_folder(solution: str, path: str, wanted: bool) -> None:
    assert mentions(solution, path, ["/app/out/names.txt"]) == wanted


def test_nothing_but_newlines_is_no_answer() -> None:
    empty = Case.of_row(row(Fixture("/srv/empty.txt", content=b""), own=False))
    assert given_away(empty, {"/app/out/names.txt": b"\n" * 30}) == ""
    zeros = Case.of_row(row(Fixture("/srv/zeros", content=b"x" + bytes(100)), own=False))
    assert given_away(zeros, {"/app/out/names.txt": bytes(90)}) == ""
