"""Runs the tests that lie beside this file.

    run_tests.py            grade: runs test_outputs.py, writes reward.txt, reward.json, report.json
    run_tests.py initial    runs test_initial_state.py alone; writes nothing

The exit code is 0 when a grade was written, or, for `initial`, when at least one test ran and all
of them passed. The result does not depend on the caller's environment, working directory, umask
or interpreter flags: test.sh starts this file in a new interpreter, a sandbox may run it in a
forked one.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
LOGS = Path("/logs/verifier")
CLEAN_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}
OPTIONS = [
    *("-c", "/dev/null", f"--rootdir={TESTS}", f"--confcutdir={TESTS}"),
    *("-p", "no:cacheprovider", "--strict-markers", "--color=no", "--tb=line", "-rA"),
]
GRADE = [*OPTIONS, f"--grade-into={LOGS}", str(TESTS / "test_outputs.py")]


def main(arguments: list[str]) -> int:
    """Run one of the two test files and return the exit code described above."""
    initial = arguments == ["initial"]
    if arguments and not initial:
        sys.exit(f"usage: run_tests.py [initial]; got {arguments}")
    prepare()
    if initial:
        return int(pytest.main([*OPTIONS, str(TESTS / "test_initial_state.py")]))
    LOGS.mkdir(parents=True, exist_ok=True)
    for name in ("reward.txt", "reward.json", "report.json"):
        discard(LOGS / name)
    pytest.main(GRADE)
    return 0 if (LOGS / "reward.txt").is_file() else 1


def prepare() -> None:
    """Make everything that the tests could notice the same in every interpreter."""
    os.environ.clear()
    os.environ.update(CLEAN_ENVIRONMENT)
    os.umask(0o022)
    os.chdir(TESTS)
    sys.dont_write_bytecode = True
    # The checks run programs that the agent wrote, as its user: those must not read the answers.
    TESTS.chmod(0o700)


def discard(path: Path) -> None:
    """Remove whatever lies at a path: a grade that is not ours must not survive."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
