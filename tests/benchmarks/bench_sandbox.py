"""How long a box takes for each operation, next to the engine's own way of doing the same.

    python tests/benchmarks/bench_sandbox.py [repetitions]

Prints the median and the 90th percentile in milliseconds.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))

from shellwright import config  # noqa: E402
from shellwright.images.build import Workshop, build_domain  # noqa: E402
from shellwright.sandbox.box import Box  # noqa: E402
from shellwright.sandbox.engine import connect  # noqa: E402
from shellwright.sandbox.tar import tar_of  # noqa: E402
from shellwright.sandbox.terminal import Terminal  # noqa: E402

RUN = "benchmark"
FILE = tar_of([("file.txt", 0o644, b"x" * 1000)])
CHECK = b"def test_one():\n    assert 1 + 1 == 2\n"
PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "/tests/test_one.py"]


def measure(name: str, repetitions: int, act: Callable[[], object]) -> float:
    """Prints how long an action takes; returns the median in milliseconds."""
    act()
    took = []
    for _ in range(repetitions):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    median, slow = statistics.median(took), sorted(took)[int(len(took) * 0.9)]
    print(f"{name:<44}{median:>9.1f}{slow:>9.1f}")
    return median


def over(items: list[str], act: Callable[[str], object]) -> Callable[[], object]:
    """An action on the items in turn, one at each call."""
    turn = iter(list(items))
    return lambda: act(next(turn))


def main() -> None:
    """Measures, prints, and compares."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    client = connect("measure boxes")
    with tempfile.TemporaryDirectory() as folder:
        images = config.load(PROJECT / "config.yaml")["images"]
        image = build_domain(client, "common", Workshop(images["base"], Path(folder)))["image"]

    def container() -> None:
        client.containers.run(image, ["true"], network_mode="none", remove=True)

    def steps() -> None:
        """What the line before consists of, each asked for by itself."""
        made: list[str] = []
        create = lambda: made.append(  # noqa: E731
            client.api.create_container(
                image, ["sleep", "60"], host_config=client.api.create_host_config(init=True)
            )["Id"]
        )
        measure("  of which: create", repetitions, create)
        measure("  of which: start", repetitions, over(made, client.api.start))
        copy = lambda id: client.api.put_archive(id, "/tmp", FILE)  # noqa: E731
        measure("  of which: copy a file", repetitions, over(made, copy))
        remove = lambda id: client.api.remove_container(id, force=True)  # noqa: E731
        measure("  of which: stop and remove", repetitions, over(made, remove))

    def cycle(user: str) -> None:
        with Box.start(client, image, run_id=RUN, user=user) as box:  # type: ignore[arg-type]
            box.run(["true"])

    print(f"{'milliseconds':<44}{'median':>9}{'90 %':>9}")
    engine_run = measure("engine: a container of its own", repetitions, container)
    steps()
    measure("box: start, run true, close (agent)", repetitions, lambda: cycle("agent"))
    measure("box: start, run true, close (root)", repetitions, lambda: cycle("root"))
    with Box.start(client, image, run_id=RUN) as box:
        exec_id = lambda: client.api.exec_create(box.id, ["true"], user="agent")["Id"]  # noqa: E731
        engine_exec = measure(
            "engine: exec true", repetitions, lambda: client.api.exec_start(exec_id())
        )
        run = measure("box: run true", repetitions, lambda: box.run(["true"]))
        reset = measure("box: reset", repetitions, box.reset)
        files = [(f"folder/{number}", 0o644, b"x" * 1000) for number in range(100)]
        measure("box: put 100 files", repetitions, lambda: box.put_files(files, "/app"))
        box.write("/tests/test_one.py", CHECK)
        cold = ["python3", *PYTEST]
        slow = measure("box: pytest in a new Python", repetitions, lambda: box.run(cold))
        fast = measure("box: pytest in a fork", repetitions, lambda: box.run_python(PYTEST))
        terminal = Terminal(box)
        terminal.start()
        measure("terminal: look", repetitions, terminal.look)
        measure("terminal: type and look", repetitions, lambda: terminal.interact([("x", 0.0)]))
    print(f"\na reset instead of a container: {engine_run / reset:.0f} times faster")
    print(f"a run instead of an exec: {engine_exec / run:.1f} times faster")
    print(f"a fork instead of a new Python: {slow / fast:.1f} times faster")


if __name__ == "__main__":
    main()
