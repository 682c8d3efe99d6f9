"""The boxes of a worker, in which it tries one task after the other."""

import contextlib
from typing import Literal

import docker

from shellwright.closing import Closes
from shellwright.sandbox.box import Box, BoxLost, Limits
from shellwright.sandbox.idle import IdleBoxes


class Boxes(Closes):
    """The boxes of one worker: one of each host name that every task of the agent in an image uses
    again, and a fresh one for each trial of a task of root. Use it from one thread, and as a
    context manager.
    """

    def __init__(
        self,
        client: docker.DockerClient,
        run_id: str,
        limits: Limits,
        *,
        reuse: bool = True,
        idle: IdleBoxes | None = None,
    ) -> None:
        """With `reuse` off every trial gets a fresh one, whoever's the task is.

        idle: where boxes go when another image is asked for and come from when it is asked for
        again; workers may share it. Whoever gives none keeps those of one image.
        """
        self._client, self._run_id, self._limits = client, run_id, limits
        self._reuse, self._idle = reuse, idle
        self._boxes: dict[str, Box] = {}
        self._image = ""

    def clean(self, image: str, user: Literal["agent", "root"], hostname: str) -> Box:
        """A box of the image in its first state; those given before are of no more use.

        Raises SandboxError when the engine cannot start one.
        """
        if not self._reuse or user == "root":
            self.close()
        elif image != self._image:
            self._lay_aside()
        self._image = image
        box = self._again(image, hostname) if self._reuse and user == "agent" else None
        self._boxes[hostname] = box or Box.start(
            self._client,
            image,
            limits=self._limits,
            run_id=self._run_id,
            user=user,
            hostname=hostname,
        )
        return self._boxes[hostname]

    def _again(self, image: str, hostname: str) -> Box | None:
        """A box that was used before, if there is one."""
        box = self._boxes.pop(hostname, None)
        if box and box.user == "agent":
            with contextlib.suppress(BoxLost):
                box.reset()
                return box
        elif box:
            box.close()
        return self._idle.take(image, hostname) if self._idle else None

    def _lay_aside(self) -> None:
        """Put the boxes where they can be taken from, or end them."""
        boxes, self._boxes = self._boxes, {}
        for hostname, box in boxes.items():
            if self._idle and box.user == "agent":
                self._idle.put(self._image, hostname, box)
            else:
                box.close()

    def close(self) -> None:
        """End every box."""
        for box in self._boxes.values():
            box.close()
        self._boxes = {}
