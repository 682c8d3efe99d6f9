"""What lint finds in a bundle around its tests: files, Dockerfile, input files, instruction."""

import io
import tarfile
from dataclasses import replace
from typing import Any

import pytest
from tests.support import verify_tasks as tasks
from tests.support.verify_tasks import rules

from shellwright.tasks.bundle import Fixture


@pytest.mark.parametrize(
    ("rule", "files"),
    [
        ("missing-file", {"instruction.md": " \n"}),
        ("missing-file", {"tests/test.sh": None}),
        ("missing-file", {"solution/solve.sh": None}),
        ("missing-file", {"instruction.md": "\u200b\n"}),
        ("no-instruction", {"instruction.md": "TODO: write the instruction.\n"}),
        ("no-instruction", {"instruction.md": "{{ instruction }}\n"}),
        ("no-instruction", {"instruction.md": "[Describe the task here]\n"}),
        (
            "empty-solution",
            {"solution/solve.sh": "#!/bin/bash\nset -e\ncd /app\n# todo\necho hi\n"},
        ),
        ("bash-syntax", {"solution/solve.sh": "#!/bin/bash\nfor x in a; do\n"}),
        ("bash-syntax", {"solution/solve.sh": "#!/bin/bash\ncat > x <<EOF\nno end\n"}),
        ("task-config", {"task.toml": "schema_version = "}),
        ("task-config", {"task.toml": 'schema_version = "1.4"\n[agents]\n'}),
        ("task-config", {"task.toml": 'schema_version = "1.4"\n[agent]\ntimeout = 3\n'}),
        ("task-config", {"task.toml": 'schema_version = "1.4"\n[agent]\ntimeout_sec = "3"\n'}),
        ("task-config", {"task.toml": 'schema_version = "1.4"\n[agent]\ntimeout_sec = 0\n'}),
        ("task-config", {"task.toml": 'schema_version = "1.4"\n[task]\nname = "x"\n'}),
        ("task-config", {"task.toml": "[agent]\ntimeout_sec = 3\n"}),
        (
            "task-config",
            {"task.toml": 'schema_version = "1.4"\n[environment]\nworkdir = "app"\n'},
        ),
        ("missing-copy-source", {"environment/Dockerfile": "FROM x\nCOPY data.csv /app/\n"}),
        ("missing-copy-source", {"environment/Dockerfile": 'FROM x\nADD ["a b", "/app/"]\n'}),
        ("path-escapes", {"environment/Dockerfile": "FROM x\nCOPY ../tests /tests\n"}),
        ("path-escapes", {"../outside": "x"}),
        ("verifier-in-image", {"environment/Dockerfile": "FROM x\nCOPY . /tests\n"}),
        ("verifier-in-image", {"environment/Dockerfile": "FROM x\nCOPY a b /./solution/\n"}),
        ("verifier-in-image", {"environment/Dockerfile": "FROM x\nRUN echo 4 > /tests/n\n"}),
        ("bad-fixture", {"environment/fixture.tar": "not a tar at all" * 100}),
        (
            "solution-in-instruction",
            {"instruction.md": "Please run `sort -u in/names.txt   > out/names.txt` for me."},
        ),
    ],
)
def test_bad_bundles(rule: str, files: dict[str, str | None]) -> None:
    assert rule in rules(tasks.row(files=files))


def test_instructions_that_are_short() -> None:
    for text in ("TODO comments of the code belong into todo.txt.", "TODO: list /app/in.", "排序"):
        assert rules(tasks.row(files={"instruction.md": text})) == set()


def test_copy_sources_that_are_there() -> None:
    files: dict[str, str | None] = {
        "environment/Dockerfile": (
            "FROM x AS build\nCOPY --chown=1:1 data/ /app/\nCOPY *.csv \\\n  /app/\n"
            "COPY --from=build /x /y\nADD https://example.org/x /x\nCOPY . /all\n"
            "COPY data tests\nCOPY data /app/tests\n"
            "RUN ls /app/tests/a.txt ../tests/a ${HOME}/tests/a && mkdir -p /tests\n"
        ),
        "environment/data/a.txt": "x",
        "environment/b.csv": "x",
    }
    assert rules(tasks.row(files=files)) == set()


def fixture(*extra: Fixture) -> Any:
    return replace(tasks.GOOD, fixture=[*tasks.GOOD.fixture, *extra])


def test_an_answer_in_the_fixture_is_a_leak_unless_the_oracle_uses_it() -> None:
    answer = b"\n".join(b"a line of the answer %d" % n for n in range(5))
    call = replace(tasks.GOOD.calls[0], expected={"names": answer})
    leaked = fixture(Fixture("/srv/cache/old.bin", content=answer))
    leaked = replace(leaked, calls=[call, *tasks.GOOD.calls[1:]])
    assert rules(tasks.row(leaked)) == {"answer-in-image"}
    used = replace(leaked, commands=["cp /srv/cache/*.bin out/names.txt"])
    assert rules(tasks.row(used)) == set()
    # The letter alone stands in every script.
    letter = fixture(Fixture("/srv/.x/e", content=answer))
    letter = replace(letter, calls=[call, *tasks.GOOD.calls[1:]])
    assert rules(tasks.row(letter)) == {"answer-in-image"}
    told = replace(leaked, fixture=tasks.GOOD.fixture, instruction="Write: " + answer.decode())
    assert rules(tasks.row(told)) == {"answer-in-instruction"}


def test_tests_that_the_agent_can_read_are_a_leak() -> None:
    tests = next(f for f in tasks.row()["files"] if f["path"] == "tests/test_outputs.py")
    text = tests["content"].decode()
    held = fixture(Fixture("/app/.ci/checks.py", content=tests["content"]))
    assert rules(tasks.row(held)) == {"tests-in-image"}
    context: dict[str, str | None] = {"environment/ci/checks.py": f"# of the project\n{text}"}
    assert rules(tasks.row(files=context)) == {"tests-in-image"}
    told = replace(tasks.GOOD, instruction=f"This has to pass:\n\n{text}")
    assert rules(tasks.row(told)) == {"tests-in-instruction"}
    other = "\n".join(line for line in text.split("\n") if not line.startswith("    "))
    assert rules(tasks.row(fixture(Fixture("/app/ci.py", content=other.encode())))) == set()


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("verifier-in-image", "tests/test_outputs.py"),
        ("verifier-in-image", "solution/solve.sh"),
        ("verifier-in-image", "./tests/extra.py"),
        ("verifier-in-image", ".//logs/./verifier/reward.txt"),
        ("path-escapes", "app/../../etc/passwd"),
        ("path-escapes", "/etc/passwd"),
    ],
)
def test_bad_members_of_the_fixture(rule: str, name: str) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    row = tasks.row()
    for file in row["files"]:
        if file["path"] == "environment/fixture.tar":
            file["content"] = buffer.getvalue()
    assert rule in rules(row)
