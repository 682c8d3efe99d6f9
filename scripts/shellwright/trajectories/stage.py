"""The trajectories of one shard: a policy works on every verified task of it."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import docker

from shellwright.digest import canonical, digest
from shellwright.errors import UserError
from shellwright.sandbox import box as sandbox
from shellwright.sandbox.engine import insist
from shellwright.sandbox.terminal import Terminal
from shellwright.store import Item, ItemFailed, ItemStore, Outcome, run_items
from shellwright.tasks.folder import working_folder
from shellwright.trajectories import atif
from shellwright.trajectories.boxes import BoxPool, WatchedPolicy
from shellwright.trajectories.cast import with_marks
from shellwright.trajectories.episode import SETTLE, Episode, Limits, run_episode
from shellwright.trajectories.grade import Grade, grade
from shellwright.trajectories.model import ModelAgent, ModelPolicy
from shellwright.trajectories.oracle import OraclePolicy
from shellwright.trajectories.outcome import Cause, Termination
from shellwright.trajectories.policy import Policy, PolicyUnfit

Row = Mapping[str, Any]

AGENT = atif.AGENT_VERSION
_TRIES = 2  # boxes that one item may use up


@dataclass(frozen=True)
class Settings:
    """What a trajectory depends on besides its task: terminal, budgets, box, time for the tests."""

    width: int = 160
    height: int = 40
    history_limit: int = 50_000
    limits: Limits = field(default_factory=Limits)
    box: sandbox.Limits = field(default_factory=sandbox.Limits)
    tests_seconds: float = 60.0

    @classmethod
    def of_config(cls, trajectories: Row, verify: Row) -> Self:
        """The settings in two validated sections of the configuration.

        Read are `terminal`, `max_turns`, `wall_seconds` of the first, and `limits`, `wall_seconds`
        of the second.
        """
        return cls(
            **trajectories["terminal"],
            limits=Limits(
                turns=trajectories["max_turns"], seconds=float(trajectories["wall_seconds"])
            ),
            box=sandbox.Limits(**verify["limits"]),
            tests_seconds=float(verify["wall_seconds"]),
        )


@dataclass(frozen=True)
class _Trial:
    """One item: a task, the image that it runs in, and the digests that its row carries."""

    task: Row
    image: str
    tests: tuple[tuple[str, int, bytes], ...]
    prompt_digest: str
    policy_digest: str


def collect_shard(
    tasks: Sequence[Row],
    verdicts: Sequence[Row],
    images: Sequence[Row],
    *,
    prompt_template: str,
    policy: str,
    attempt: int,
    settings: Settings,
    workers: int,
    code: str,
    client: docker.DockerClient,
    run_id: str,
    store: ItemStore,
    label: str,
    model: ModelAgent | None = None,
    again: int = 0,
) -> Outcome:
    """One attempt of one policy at every task of the shard that its verdict does not reject.

    policy: its name in the configuration. attempt: its number. code: the digest of the code behind
    this stage. store: of this shard, and of this policy, attempt and `again` alone. label: names
    the shard in what is printed. model: who acts as the policy `model`. again: how often this
    attempt failed for want of infrastructure before. The rows of the outcome are those of the
    trajectory table.

    Raises UserError for an unknown policy, a prompt template without its places and a task whose
    image is not there; any failure of the engine or of a model's endpoint propagates.
    """
    by_key = {row["id"]: row for row in images}
    accepted = {row["id"] for row in verdicts if row["tier"] != "rejected"}
    prompt_digest = hashlib.sha256(prompt_template.encode()).hexdigest()
    identity = {} if model is None else {"model": dict(model.identity)}
    policy_digest = digest({"policy": policy, "code": code, **identity})
    number = [attempt, again] if again else attempt
    items = []
    for task in tasks:
        if task["id"] not in accepted:
            continue
        trial = _Trial(task, _image(task, by_key), _tests(task), prompt_digest, policy_digest)
        key = digest(
            [task["digest"], trial.image, prompt_digest, policy_digest, asdict(settings), number]
        )
        items.append(Item(task["id"], key, trial))

    def maker(task: Row) -> Policy:
        return make_policy(policy, task, settings, attempt, model)

    def make(item: Item) -> dict[str, Any]:
        for _ in range(_TRIES):
            try:
                return _collect(item.payload, boxes, maker, attempt, prompt_template, settings)
            except PolicyUnfit as problem:
                raise ItemFailed(Termination.NOT_STARTED, str(problem)) from problem
            except sandbox.BoxLost as problem:
                insist(client, problem)
                lost = problem
        raise ItemFailed(Termination.BOX_LOST, str(lost))

    def failed_row(item: Item, reason: str) -> dict[str, Any]:
        ended, _, detail = reason.partition(": ")
        episode = Episode(
            prompt=item.payload.task["instruction"],
            termination=Termination(ended),
            failure=detail or ended,
        )
        return _row(item.payload, policy, attempt, None, episode, None, None, 0.0, _now())

    with BoxPool(client, run_id, settings.box, most_idle=2 * workers) as boxes:
        return run_items(items, make, store, workers=workers, label=label, failed_row=failed_row)


def make_policy(
    name: str, task: Row, settings: Settings, attempt: int = 0, model: ModelAgent | None = None
) -> Policy:
    """The policy of that name, for one episode on a task.

    Raises UserError for an unknown name, PolicyUnfit when it cannot work on this task.
    """
    if name == OraclePolicy.name:
        return OraclePolicy(task["id"], json.loads(task["authoring_json"]), settings.width)
    if name == ModelPolicy.name and model is not None:
        return ModelPolicy(model, attempt)
    raise UserError(
        f"config trajectories.policies: {name!r} is no policy; expected {OraclePolicy.name!r}"
    )


def _collect(
    trial: _Trial,
    boxes: BoxPool,
    maker: Callable[[Row], Policy],
    attempt: int,
    template: str,
    settings: Settings,
) -> dict[str, Any]:
    task = trial.task
    policy = maker(task)
    with boxes.lend(trial.image, task["user"]) as box:
        fixture = _content(task, "environment/fixture.tar")
        if fixture:
            box.put(fixture)
        folder = working_folder(_content(task, "task.toml").decode("utf-8", "replace"))
        terminal = Terminal(box, settings.width, settings.height, settings.history_limit, folder)
        started_at, started = _now(), time.monotonic()
        terminal.start()
        begun = time.monotonic()
        episode = run_episode(
            terminal,
            WatchedPolicy(policy, box),
            template=template,
            instruction=task["instruction"],
            limits=settings.limits,
        )
        seconds = time.monotonic() - started
        cast = with_marks(
            terminal.cast(f"{task['id']}, {policy.name}"),
            [
                # Nothing is printed while a turn settles, so the clocks may differ by that much.
                (turn.started - SETTLE + begun - started, f"Turn {number}")
                for number, turn in enumerate(episode.turns, start=1)
            ],
        )
        graded = grade(box, trial.tests, settings.tests_seconds, folder)
    return _row(
        trial, policy.name, attempt, policy.model, episode, graded, cast, seconds, started_at
    )


def _row(
    trial: _Trial,
    policy: str,
    attempt: int,
    model: str | None,
    episode: Episode,
    graded: Grade | None,
    cast: str | None,
    seconds: float,
    started_at: str,
) -> dict[str, Any]:
    task = trial.task
    identity = f"{task['id']}-{policy}-{attempt}"
    document = atif.document(episode, trajectory_id=identity, policy=policy, model=model)
    cause, failure = episode.termination.cause, episode.failure
    if graded is not None and graded.problem:
        failure = f"{failure}; {graded.problem}" if failure else graded.problem
        if graded.reward is None:
            cause = Cause.INFRASTRUCTURE
    return {
        "id": identity,
        "task_id": task["id"],
        "policy": policy,
        "agent": AGENT,
        "model": model,
        "attempt": attempt,
        "steps_json": canonical(document).decode(),
        "messages": episode.messages,
        "reward": graded.reward if graded else None,
        "success": graded is not None and graded.reward == 1.0,
        "tests_passed": graded.passed if graded else None,
        "tests_total": graded.total if graded else None,
        "termination": str(episode.termination),
        "cause": str(cause),
        "failure": failure or None,
        "turns": len(episode.turns),
        "prompt_tokens": atif.total(episode, "prompt_tokens"),
        "completion_tokens": atif.total(episode, "completion_tokens"),
        "cost_usd": atif.total(episode, "cost_usd"),
        "image": trial.image,
        "tests_digest": digest(trial.tests),
        "prompt_digest": trial.prompt_digest,
        "policy_digest": trial.policy_digest,
        "labels_json": canonical({"turns": [turn.action.label for turn in episode.turns]}).decode(),
        "cast": cast,
        "seconds": round(seconds, 3),
        "started_at": started_at,
    }


def _image(task: Row, images: Mapping[str, Row]) -> str:
    row = images.get(task["environment_key"])
    if row is None or row["image"] is None:
        raise UserError(
            f"task {task['id']}: no image with the key {task['environment_key']}; "
            "expected a row with an image in results/images. Build the images again."
        )
    image: str = row["image"]
    return image


def _tests(task: Row) -> tuple[tuple[str, int, bytes], ...]:
    """The files of the task's tests: path below that folder, mode, content; in order."""
    return tuple(
        (file["path"].removeprefix("tests/"), file["mode"], file["content"])
        for file in sorted(task["files"], key=lambda file: str(file["path"]))
        if file["path"].startswith("tests/")
    )


def _content(task: Row, path: str) -> bytes:
    """The content of one file of the task, empty when there is none."""
    found = [file["content"] for file in task["files"] if file["path"] == path]
    return found[0] if found else b""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
