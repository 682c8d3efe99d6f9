"""The verify stage: one shard of tasks through the gates, one verdict each."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import zip_longest
from typing import Any

import docker

from shellwright.digest import canonical, digest
from shellwright.sandbox.idle import IdleBoxes
from shellwright.store import Item, ItemFailed, ItemStore, Outcome, run_items
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.comparing import chosen, compared
from shellwright.verify.gates import GATES, try_gates
from shellwright.verify.report import Gate, Report
from shellwright.verify.settings import Settings
from shellwright.verify.trial import PLACES

Row = dict[str, Any]
IDLE = 2 * len(PLACES)  # idle boxes per worker: of two images, since workers move on together


def verify_shard(
    tasks: Sequence[Mapping[str, Any]],
    images: Iterable[Mapping[str, Any]],
    settings: Settings,
    client: docker.DockerClient,
    store: ItemStore,
    *,
    code: str,
    workers: int,
    label: str,
    run_id: str,
) -> Outcome:
    """The verdict of every task, in the order of the tasks; only what is new or changed is run.

    images are rows of the image table; code is a digest of the code behind verdicts. Raises
    SandboxError when the engine fails.
    """
    by_key = {image["id"]: image for image in images}

    def key(task: Mapping[str, Any]) -> str:
        own = replace(settings, compared=float(chosen(task["id"], settings.compared)))
        return item_key(task, by_key.get(task["environment_key"]), own, code)

    items = [Item(task["id"], key(task), task) for task in tasks]
    order = by_image([str(task["environment_key"]) for task in tasks], workers)
    idle = IdleBoxes(most=IDLE * workers)
    worker = Worker(by_key, settings, client, run_id, idle)
    try:
        outcome = run_items(
            [items[place] for place in order],
            worker.make,
            store,
            workers=workers,
            label=label,
            failed_row=worker.failed_row,
        )
    finally:
        worker.close()
    rows = dict(zip(order, outcome.rows, strict=True))
    outcome.rows = [rows[place] for place in range(len(items))]
    return outcome


def by_image(images: Sequence[str], workers: int) -> list[int]:
    """The places of tasks in the order in which they are begun, given the image of each.

    Starting a box takes longer than most trials, and a box serves all tasks of its image: so tasks
    of one image follow one another, and as many stretches of them are under way as there are
    workers, so that no two workers need a box of the same image at once.
    """
    places = sorted(range(len(images)), key=lambda place: (images[place], place))
    size = -(-len(places) // workers) or 1
    stretches = [places[begin : begin + size] for begin in range(0, len(places), size)]
    turns = zip_longest(*stretches)
    return [place for turn in turns for place in turn if place is not None]


def item_key(
    task: Mapping[str, Any], image: Mapping[str, Any] | None, settings: Settings, code: str
) -> str:
    """A digest of everything that a verdict depends on; settings.compared tells if this one is."""
    return digest(
        {
            "task": [task["digest"], task["status"], task["reason"]],
            "image": [image["status"], image["image"], image["reason"]] if image else None,
            "settings": settings.plain(),
            "code": code,
        }
    )


class Worker:
    """Makes verdicts, in any number of threads; each thread keeps boxes of its own."""

    def __init__(
        self,
        images: Mapping[str, Mapping[str, Any]],
        settings: Settings,
        client: docker.DockerClient,
        run_id: str,
        idle: IdleBoxes,
    ) -> None:
        self._images, self._settings, self._client = images, settings, client
        self._new_boxes = partial(Boxes, client, run_id, settings.limits)
        self._idle = idle
        self._local = threading.local()
        self._all: list[Boxes] = []
        self._rejected: dict[str, Row] = {}

    def make(self, item: Item) -> Row:
        """The verdict of a task; raises ItemFailed with its reason when that is a rejection."""
        task = item.payload
        image = self._images.get(task["environment_key"])
        reason = unusable(task, image)
        report = Report() if reason else self._report(task, image)
        row = verdict_row(task, image, report, reason)
        if row["tier"] != "rejected":
            return row
        self._rejected[item.id] = row
        short, _, detail = row["reason"].partition(": ")
        raise ItemFailed(short, detail)

    def failed_row(self, item: Item, reason: str) -> Row:
        """The row that `make` had when it raised."""
        return self._rejected.pop(item.id)

    def _report(self, task: Mapping[str, Any], image: Mapping[str, Any] | None) -> Report:
        """The report of a task; of a chosen few held against one from boxes used only once."""
        assert image is not None
        case = Case.of_row(task)
        tried = partial(
            try_gates, case, image["image"], settings=self._settings, client=self._client
        )

        def lane(plain: bool) -> Report:
            if not plain:
                return tried(self._boxes())
            with self._new_boxes(reuse=False) as boxes:
                return tried(boxes, plain=True)

        return compared(lane, wanted=chosen(case.id, self._settings.compared))

    def _boxes(self) -> Boxes:
        if not hasattr(self._local, "boxes"):
            self._local.boxes = self._new_boxes(idle=self._idle)
            self._all.append(self._local.boxes)
        boxes: Boxes = self._local.boxes
        return boxes

    def close(self) -> None:
        """End every box."""
        for boxes in self._all:
            boxes.close()
        self._idle.close()


def unusable(task: Mapping[str, Any], image: Mapping[str, Any] | None) -> str:
    """Why a task cannot even be tried, or ""."""
    if task["status"] != "ok":
        return str(task["reason"] or "task: it was not written")
    if image is None:
        return f"no-image: there is no image {task['environment_key']}"
    if image["status"] != "ok":
        return f"no-image: {image['id']}: {image['reason']}"
    return ""


def verdict_row(
    task: Mapping[str, Any], image: Mapping[str, Any] | None, report: Report, reason: str
) -> Row:
    """The row of the verdict table; `reason` is given when no gate was tried."""
    tried = {gate.gate for gate in report.gates}
    skipped = [Gate(name, "skip", "not tried") for name in GATES if name not in tried]
    return {
        "id": task["id"],
        "task_digest": task["digest"],
        "image": image["image"] if image else None,
        "tier": "rejected" if reason else report.tier,
        "reason": reason or report.reason or None,
        "gates": [
            {
                "gate": gate.gate,
                "outcome": gate.outcome,
                "reason": gate.reason or None,
                "evidence_json": canonical(gate.evidence).decode("utf-8", "replace"),
            }
            for gate in sorted([*report.gates, *skipped], key=lambda g: list(GATES).index(g.gate))
        ],
        "oracle_rewards": report.oracle_rewards,
        "noop_reward": report.noop_reward,
        "tests_total": report.tests_total,
        "mutants": [asdict(mutant) for mutant in report.mutants],
        "kill_rate": report.kill_rate,
        "differences": report.differences,
        "seconds": round(report.seconds, 3),
    }
