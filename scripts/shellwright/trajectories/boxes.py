"""The boxes of one shard: those of the user `agent` serve one episode after the other."""

import contextlib
import logging
import threading
from collections import defaultdict
from collections.abc import Iterator

import docker

from shellwright.sandbox.box import Box, BoxLost, Limits, User

HOSTNAME = "workbench"
"""What the prompt shows: the same in every box, so that transcripts differ by what happened."""

log = logging.getLogger(__name__)


class BoxPool:
    """Boxes to lend, by image. Lending is thread-safe; a lent box belongs to one thread."""

    def __init__(self, client: docker.DockerClient, run_id: str, limits: Limits) -> None:
        self._client, self._run_id, self._limits = client, run_id, limits
        self._idle: defaultdict[str, list[Box]] = defaultdict(list)
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def lend(self, image: str, user: User) -> Iterator[Box]:
        """A box of an image in its first state, for one episode.

        A box of root, and one in which anything failed, is ended afterwards.
        """
        box = self._take(image) if user == "agent" else None
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
            self._take_back(image, box)
        else:
            box.close()

    def _take(self, image: str) -> Box | None:
        with self._lock:
            return self._idle[image].pop() if self._idle[image] else None

    def _take_back(self, image: str, box: Box) -> None:
        try:
            box.reset()
        except BoxLost as lost:
            log.info("a box is not lent again: %s", lost)
            return
        with self._lock:
            self._idle[image].append(box)

    def close(self) -> None:
        """End all boxes that are not lent."""
        with self._lock:
            for boxes in self._idle.values():
                for box in boxes:
                    box.close()
            self._idle.clear()

    def __enter__(self) -> "BoxPool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
