"""Where the tests of a bundle may take something of the agent's, as their text says."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.sandbox.limits import PATH as LIMITS_PATH
from shellwright.verify.case import Case
from shellwright.verify.isolation import places
from shellwright.verify.named import Named, named, writable

GRADE = (
    "#!/bin/bash\nmkdir -p /logs/verifier\ncd /\n{}\nif {} -q /tests/test_outputs.py; then\n"
    "    echo 1 > /logs/verifier/reward.txt\nelse\n    echo 0 > /logs/verifier/reward.txt\nfi\n"
)
PYTEST = "python3 -I -m pytest"
TEST = "def test_x():\n    assert open('/app/n').read() == '4\\n'\n"


def found(
    first: str = "", run: str = PYTEST, outputs: str = TEST, user: Any = "agent", **options: Any
) -> Named:
    row = tasks.foreign("named", outputs, grade=GRADE.format(first, run), user=user, **options)
    return named(Case.of_row(row))


@pytest.mark.parametrize(
    ("first", "folder"),
    [
        ("export PATH=/srv/tools:$PATH", "/srv/tools"),
        ('PATH="/srv/tools:$PATH"', "/srv/tools"),
        ("T=/srv/t\nexport PATH=$T/bin:$PATH", "/srv/t/bin"),
        ("cd /srv/x\nPATH=./tools:$PATH", "/srv/x/tools"),
        ("export PYTHONPATH=/app/src", "/app/src"),
        ("cd /srv/x", "/srv/x"),
        ("pushd /srv/x && true", "/srv/x"),
        ("make -C /srv/x check", "/srv/x"),
        ("env -C /srv/x true", "/srv/x"),
    ],
)
def test_folders_in_which_a_script_looks(first: str, folder: str) -> None:
    assert folder in found(first).folders


@pytest.mark.parametrize(
    ("first", "file"),
    [
        ("source /srv/agent/env.sh", "/srv/agent/env.sh"),
        ("[ -f /app/env ] && . /app/env", "/app/env"),
        ("cd /srv/x; source ./env", "/srv/x/env"),
        ("[ -e /app/.done ] && exit 0", "/app/.done"),
        ("bash /app/check", "/app/check"),
        ("/srv/tools/judge 1", "/srv/tools/judge"),
        ("cat /app/settings.toml", "/app/settings.toml"),
    ],
)
def test_files_that_a_script_runs_or_asks_for(first: str, file: str) -> None:
    assert file in found(first).files


@pytest.mark.parametrize(
    ("code", "kind", "path"),
    [
        ("sys.path.insert(0, '/app/lib')", "folders", "/app/lib"),
        ("sys.path.append(str(HERE / 'mods'))", "folders", "/srv/x/mods"),
        ("sys.path.append(os.path.join('/srv', 'y'))", "folders", "/srv/y"),
        ("os.environ['PATH'] = '/srv/t:' + os.environ['PATH']", "folders", "/srv/t"),
        ("os.chdir('/srv/x')", "folders", "/srv/x"),
        ("subprocess.run(['make'], cwd='/srv/x')", "folders", "/srv/x"),
        ("subprocess.run(['./go'], cwd='/srv/x')", "files", "/srv/x/go"),
        ("subprocess.run(['python3', '/app/tool', '2'])", "files", "/app/tool"),
        ("subprocess.run(f'{HERE}/check 1', shell=True)", "files", "/srv/x/check"),
        ("subprocess.run([HERE / 'check'])", "files", "/srv/x/check"),
        ("os.system('cd /srv/z && ./run')", "files", "/srv/z/run"),
        ("ctypes.CDLL('/app/libx.so')", "libraries", "/app/libx.so"),
        ("subprocess.run(A, env={'LD_LIBRARY_PATH': '/app/l'})", "libraries", "/app/l"),
    ],
)
def test_what_tests_in_python_name(code: str, kind: str, path: str) -> None:
    head = "import ctypes, os, subprocess, sys\nfrom pathlib import Path\n\nHERE = Path('/srv/x')\n"
    outputs = f"{head}\n\ndef test_x():\n    {code}\n    assert open('/app/n').read() == '4'\n"
    assert path in getattr(found(outputs=outputs), kind)


def test_programs_modules_and_libraries() -> None:
    outputs = f"import subprocess\nfrom judge.deep import right\n\n\n{TEST}"
    where = found("export LD_LIBRARY_PATH=/app/lib\njq . /app/x.json", outputs=outputs)
    assert where.libraries == ["/app/lib"]
    assert {"jq", "python3", "mkdir"} <= set(where.programs)
    assert {"subprocess", "judge"} <= set(where.modules)


def test_other_files_of_the_tests_count() -> None:
    where = found(files={"tests/Makefile": "check:\n\tcd /srv/m && ./go\n", "tests/a.sh": "/srv/b"})
    assert "/srv/m" in where.folders
    assert "/srv/b" in where.files


def test_what_the_agent_cannot_write_is_no_place() -> None:
    where = found("PATH=/usr/local/bin:/opt/x:$PATH; source /etc/profile; cat /srv/../etc/motd")
    assert not {"/usr/local/bin", "/opt/x", "/etc"} & set(where.folders)
    assert not any(path.startswith(("/etc", "/tests", "/logs")) for path in where.files)
    assert "/opt/x" in found("PATH=/opt/x:$PATH", user="root").folders
    where = found("PATH=/opt/x:/usr/local/bin:$PATH; source /opt/agent/env.sh; cat /opt/data.csv")
    assert where.elsewhere == ["/opt/agent/env.sh", "/opt/x"]
    assert not writable("/application", "agent")
    assert not writable("/", "root")


def test_tests_that_only_call_checks_take_nothing_of_the_agents() -> None:
    assert places(Case.of_row(tasks.row())) is None
    assert places(Case.of_row(tasks.foreign("x", TEST))) is not None


@pytest.mark.parametrize(
    "text",
    [
        "def test_x(:\n    open('/srv/x.sh')",
        "/" * 4000,
        "a/" * 2000,
        "PATH=" * 900,
        "'/" + "a" * 3900 + "'",
        "x = " + "/".join(["'/a'"] * 190),
        "cd /srv/x\n" * 5000 + "./go\n" * 5000,
    ],
)
@pytest.mark.parametrize("file", ["tests/test_outputs.py", "tests/more.sh", "tests/pytest.ini"])
def test_odd_texts_are_read_in_no_time(text: str, file: str) -> None:
    where = named(Case.of_row(tasks.foreign("odd", TEST, files={file: text})))
    assert len(where.folders) <= 64 and len(where.files) <= 64


@pytest.mark.parametrize(
    ("lines", "environment"),
    [
        ("ENV PATH=/app/bin:$PATH", {"PATH": f"/app/bin:{LIMITS_PATH}"}),
        ("ENV PATH /app/bin:${PATH}", {"PATH": f"/app/bin:{LIMITS_PATH}"}),
        ('ENV A=1 \\\n  PYTHONPATH="/app/src" B=2', {"PYTHONPATH": "/app/src"}),
        ("env PATH=/a:$PATH\nENV PATH=/b:$PATH", {"PATH": f"/b:/a:{LIMITS_PATH}"}),
        ("ENV LANG=C.UTF-8 PYTHONUNBUFFERED=1\nRUN PATH=/app/bin:$PATH make", {}),
    ],
)
def test_variables_of_the_dockerfile_that_change_how_programs_grade(
    lines: str, environment: dict[str, str]
) -> None:
    where = found(files={"environment/Dockerfile": f"FROM x\n{lines}\n"})
    assert where.environment == environment
    wanted = {"/app/bin", "/app/src"} & {
        part for v in environment.values() for part in v.split(":")
    }
    assert wanted <= set(where.folders)
