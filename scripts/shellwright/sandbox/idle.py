"""Boxes that nobody uses at the moment, kept because starting one takes longer than most trials."""

import logging
import threading

from shellwright.closing import Closes
from shellwright.sandbox.box import Box, BoxLost

log = logging.getLogger(__name__)


class IdleBoxes(Closes):
    """Boxes of the user `agent` in their first state, by image and host name.

    Thread-safe; a box that was taken belongs to the taker. most: how many are kept; further ones
    end, the oldest first. Use it as a context manager: at the end no box is left.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._boxes: list[tuple[str, str, Box]] = []
        self._lock = threading.Lock()

    def take(self, image: str, hostname: str) -> Box | None:
        """A box in its first state, or None when there is none."""
        while (box := self._pop(image, hostname)) is not None:
            try:
                box.reset()  # which also tells whether it is still there
            except BoxLost as lost:
                log.info("an idle box is gone: %s", lost)
            else:
                return box
        return None

    def put(self, image: str, hostname: str, box: Box) -> None:
        """Bring a box back to its first state and keep it."""
        try:
            box.reset()
        except BoxLost as lost:
            log.info("a box is not kept: %s", lost)
            return
        with self._lock:
            self._boxes.append((image, hostname, box))
            surplus = [self._boxes.pop(0) for _ in self._boxes[self._most :]]
        for _, _, old in surplus:
            old.close()

    def _pop(self, image: str, hostname: str) -> Box | None:
        with self._lock:
            for place, (of, name, _) in enumerate(self._boxes):
                if (of, name) == (image, hostname):
                    return self._boxes.pop(place)[2]
        return None

    def close(self) -> None:
        """End all boxes that are not taken."""
        with self._lock:
            boxes, self._boxes = self._boxes, []
        for _, _, box in boxes:
            box.close()
