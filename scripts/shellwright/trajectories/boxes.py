"""The boxes of one shard: those of the user `agent` serve one episode after the other."""

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import docker

from shellwright.closing import Closes
from shellwright.sandbox.box import WATCH_SECONDS, Box, Limits, User
from shellwright.sandbox.idle import IdleBoxes
from shellwright.trajectories.policy import Action, Message, Policy

HOSTNAME = "workbench"
"""What the prompt shows: the same in every box, so that transcripts differ by what happened."""


class BoxPool(Closes):
    """Boxes to lend, by image. Lending is thread-safe; a lent box belongs to one thread.

    most_idle: how many boxes are kept that nobody uses.
    """

    def __init__(
        self, client: docker.DockerClient, run_id: str, limits: Limits, most_idle: int
    ) -> None:
        self._client, self._run_id, self._limits = client, run_id, limits
        self._idle = IdleBoxes(most_idle)

    @contextlib.contextmanager
    def lend(self, image: str, user: User) -> Iterator[Box]:
        """A box of an image in its first state, for one episode.

        A box of root, and one in which anything failed, is ended afterwards.
        """
        box = self._idle.take(image, HOSTNAME) if user == "agent" else None
        if box is None:
            box = Box.start(
                self._client,
                image,
                limits=self._limits,
                run_id=self._run_id,
                user=user,
                hostname=HOSTNAME,
            )
        try:
            yield box
        except BaseException:
            box.close()
            raise
        if user == "agent":
            self._idle.put(image, HOSTNAME, box)
        else:
            box.close()

    def close(self) -> None:
        """End all boxes that are not lent."""
        self._idle.close()


class WatchedPolicy:
    """A policy whose box is looked at while it thinks, for what was left running there."""

    def __init__(self, policy: Policy, box: Box) -> None:
        self._policy, self._box = policy, box

    @property
    def name(self) -> str:
        """The name of the policy."""
        return self._policy.name

    @property
    def model(self) -> str | None:
        """The model of the policy."""
        return self._policy.model

    def act(self, history: Sequence[Message]) -> Action:
        """The policy's response. Raises what it raises, and BoxLost once it has come to its end."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            answer = pool.submit(self._policy.act, history)
            while not wait([answer], timeout=WATCH_SECONDS).done:
                self._box.look()
            return answer.result()
