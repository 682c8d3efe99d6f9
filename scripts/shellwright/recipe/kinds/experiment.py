"""Experiments: training runs with their metrics and checkpoints, and a registry of models."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from shellwright.recipe.checks import Check, json_equals
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.resource import Entry, Resource, Wrong
from shellwright.recipe.shell import quoted, shell_prints
from shellwright.recipe.themes import Theme

MAGIC = b"SWCK"
FIRST_WORDS = ("amber", "brisk", "calm", "dusty", "eager", "faint", "grand", "hollow")
SECOND_WORDS = ("badger", "crane", "heron", "ibis", "lynx", "otter", "plover", "stoat")
MODELS = ("canary", "fallback", "nightly", "production", "shadow", "staging")
START = int(datetime(2026, 2, 9, 20, 0, tzinfo=UTC).timestamp())


@dataclass(frozen=True)
class Metric:
    """A line of a run's metrics. `f1` is in ten-thousandths, `loss` too; None is a diverged one.

    `split` is `train` (no F1) or `val`. `torn` is a line that broke off.
    """

    run: str
    epoch: int
    split: str
    f1: int
    loss: int | None
    time: int
    torn: bool = False

    def line(self) -> str:
        """The line with its end, or what there is of it."""
        record: dict[str, Any] = {"epoch": self.epoch, "split": self.split}
        if self.split == "val":
            record["macro_f1"] = self.f1 / 10_000
        record["loss"] = None if self.loss is None else self.loss / 10_000
        record["time"] = datetime.fromtimestamp(self.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = json.dumps(record)
        return text[: len(text) * 2 // 3] if self.torn else text + "\n"


@dataclass(frozen=True)
class Checkpoint:
    """A file below `checkpoints/`: a header of 16 bytes, and the weights unless it is `torn`.

    The header holds `SWCK` and three numbers of 32 bits, little-endian: the version of the
    format, the epoch, and the number of bytes that follow.
    """

    name: str
    epoch: int
    weights: bytes
    torn: bool = False

    def content(self) -> bytes:
        """The bytes of the file."""
        whole = MAGIC + struct.pack("<III", 1, self.epoch, len(self.weights)) + self.weights
        return whole[: 16 + len(self.weights) * 3 // 5] if self.torn else whole

    @property
    def path(self) -> str:
        """The path within the experiment."""
        return f"checkpoints/{self.name}"

    @property
    def sha256(self) -> str:
        """The sum of the file."""
        return hashlib.sha256(self.content()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Experiment(Resource):
    """A folder with `runs/<run>/metrics.jsonl`, `checkpoints/<run>/epoch-NN.ckpt`,
    `registry.json` and links `current/<model>`.

    `models` are name, path and SHA-256 in the registry, `retired` the names that it has given up.
    `links` are names and targets. `registry` is `stale` (it and the links have not followed what
    happened to the checkpoints) or `settled`.
    """

    kind: ClassVar[str] = "experiment"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {"registry": ("stale", "settled")}

    metrics: tuple[Metric, ...]
    checkpoints: tuple[Checkpoint, ...]
    models: tuple[tuple[str, str, str], ...]
    retired: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    registry: str = "stale"

    def state(self) -> dict[str, str]:
        return {"registry": self.registry}

    def runs(self) -> list[str]:
        """The names of the runs, sorted."""
        return sorted({metric.run for metric in self.metrics})

    def register(self) -> str:
        """The content of the registry."""
        models = {name: {"path": path, "sha256": sha} for name, path, sha in self.models}
        return json.dumps({"models": models, "retired": [*self.retired]}, indent=2) + "\n"

    def _files(self) -> dict[str, bytes]:
        """The files that nobody changes, by path within the folder."""
        files = {point.path: point.content() for point in self.checkpoints}
        for run in self.runs():
            lines = "".join(metric.line() for metric in self.metrics if metric.run == run)
            files[f"runs/{run}/metrics.jsonl"] = lines.encode()
        return files

    def entries(self) -> list[Entry]:
        files = self._files() | {"registry.json": self.register().encode()}
        return [
            Entry.folder(self.path),
            Entry.folder(f"{self.path}/current"),
            *[Entry(f"{self.path}/{name}", content) for name, content in sorted(files.items())],
            *[
                Entry(f"{self.path}/current/{name}", kind="symlink", mode=0o777, target=target)
                for name, target in self.links
            ],
        ]

    def checks(self) -> list[Check]:
        return [
            self._untouched(),
            json_equals(f"{self.path}/registry.json", self.register(), weight=2.0),
            shell_prints(
                f"cd {quoted(self.path)}/current\nfind . -mindepth 1 -printf '%P %y %l\\n' | sort",
                "".join(sorted(f"{name} l {target}\n" for name, target in self.links)),
                about=f"{self.path}/current holds the expected links and nothing else.",
                paths=[f"{self.path}/current"],
                key="links",
                weight=2.0,
            ),
        ]

    def _untouched(self) -> Check:
        """Metrics and checkpoints are as they were."""
        sums = {name: hashlib.sha256(data).hexdigest() for name, data in self._files().items()}
        return shell_prints(
            f"cd {quoted(self.path)}\nfind checkpoints runs -type f -exec sha256sum {{}} + | "
            "sort -k 2",
            "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)),
            about=f"The metrics and checkpoints in {self.path} are as they were.",
            paths=[self.path],
            key="files",
        )

    def kept(self, before: Resource) -> list[Check]:
        assert isinstance(before, Experiment)
        return [check for check in self.checks() if check in before.checks()]

    def guards(self) -> list[Check]:
        return [replace(check, guard=True) for check in self.checks()]

    def situation(self) -> str:
        return (
            f"`{self.path}` is the {self.noun}: `runs` has the metrics of each training run, "
            "`checkpoints` the saved weights, `registry.json` says which model is which, and "
            "`current` has a link for each of them."
        )

    def spoiled(self, draw: Draw) -> list[Wrong]:
        return [Wrong("a link is missing", command=f"rm {self.path}/current/{self.links[0][0]}")]


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Experiment:
    """Runs of which some were resumed or killed, and a registry that has not kept up."""
    names = [f"{draw.choice(FIRST_WORDS)}-{word}" for word in draw.sample(SECOND_WORDS, 5)]
    metrics: list[Metric] = []
    points: list[Checkpoint] = []
    for number, run in enumerate(names):
        found = _train(draw, run, START + number * 30_000 + draw.integer(0, 9000), number)
        metrics += found
        epochs = sorted({m.epoch for m in found if m.split == "val" and not m.torn})
        for epoch in epochs:
            if epoch % 2 == 0 or draw.chance(0.6):
                weights = draw.bytes(draw.integer(90, 260))
                torn = draw.chance(0.15)
                points.append(Checkpoint(f"{run}/epoch-{epoch:02d}.ckpt", epoch, weights, torn))
    whole = draw.sample([point for point in points if not point.torn], 7)
    twin = Checkpoint(
        f"archive/{whole[3].name.replace('/', '-')}", whole[3].epoch, whole[3].weights
    )
    points.append(twin)
    right = [(point.path, point.sha256) for point in whole]
    torn = Checkpoint("", whole[5].epoch, draw.bytes(64))
    gone = f"checkpoints/{draw.choice(FIRST_WORDS)}-magpie/epoch-06.ckpt"
    placed = draw.shuffled(
        [
            right[0],
            right[1],
            (gone, right[2][1]),
            (right[4][0], right[3][1]),
            (right[5][0], torn.sha256),
            (f"checkpoints/{names[0]}/epoch-99.ckpt", draw.hex(64)),
        ]
    )
    models = [(name, *place) for name, place in zip(MODELS, placed, strict=True)]
    links = [(name, f"../{where}") for name, where, _ in models]
    odd = draw.integer(0, 5)
    links[odd] = (links[odd][0], f"../{right[6][0]}")
    links.pop((odd + draw.integer(1, 5)) % 6)
    links.append(("demo", f"../{right[6][0]}"))
    return Experiment(
        path=path,
        noun=f"folder of the {theme.record} models",
        metrics=tuple(metrics),
        checkpoints=tuple(sorted(points, key=lambda point: point.name)),
        models=tuple(models),
        retired=("legacy",),
        links=tuple(links),
    )


def _train(draw: Draw, run: str, start: int, number: int) -> list[Metric]:
    """The metrics of one run: it learns, then overfits; some were resumed, diverged or killed."""
    found: list[Metric] = []
    time, epochs = start, draw.integer(9, 14)
    resumed = draw.integer(4, 7) if number % 2 else 0
    order = [*range(1, epochs + 1)]
    if resumed:
        order[resumed:resumed] = [resumed - 1, resumed]
    peak = draw.integer(6600, 8600)
    for epoch in order:
        time += draw.integer(300, 1500)
        found.append(
            Metric(run, epoch, "train", 0, 9000 - 500 * epoch + draw.integer(0, 300), time)
        )
        time += draw.integer(20, 90)
        f1 = peak - 55 * abs(epoch - epochs * 2 // 3) + draw.integer(-60, 60)
        loss = 4200 + 130 * abs(epoch - epochs // 2) + draw.integer(-90, 90)
        diverged = draw.chance(0.08)
        found.append(Metric(run, epoch, "val", f1, None if diverged else loss, time))
    if number in (1, 2):
        found.append(Metric(run, epochs + 1, "val", 9990, 4000, time + 60, torn=True))
    return found


KIND = Kind(Experiment, ({"registry": "stale"},), generate, lambda state, theme: "models")
