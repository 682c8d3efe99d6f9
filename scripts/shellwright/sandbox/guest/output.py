"""What is kept of a stream that somebody else writes."""

import struct
import time

EVENT = struct.Struct(">dI")


class Output:
    """The first and the last bytes of a stream, `limit` in all, however much is written to it."""

    def __init__(self, limit: int) -> None:
        self.half = max(limit // 2, 1)
        self.head = bytearray()
        self.tail = bytearray()
        self.seen = 0

    def feed(self, data: bytes) -> None:
        """Takes the stream's next bytes."""
        self.seen += len(data)
        room = self.half - len(self.head)
        self.head += data[:room]
        self.tail += data[room:]
        if len(self.tail) > 2 * self.half:
            del self.tail[: -self.half]

    def kept(self) -> tuple[bytes, int]:
        """What was kept, and how many bytes are missing between its head and its tail."""
        tail = bytes(self.tail[-self.half :])
        omitted = self.seen - len(self.head) - len(tail)
        mark = f"\n[... {omitted} bytes omitted ...]\n".encode() if omitted else b""
        return bytes(self.head) + mark + tail, omitted


class Recorder:
    """The first `limit` bytes of a stream with their times, as events (seconds, length, bytes)."""

    def __init__(self, limit: int) -> None:
        self.began = time.monotonic()
        self.room = limit
        self.events = bytearray()

    def feed(self, data: bytes) -> None:
        """Takes the stream's next bytes."""
        data = data[: self.room]
        self.room -= len(data)
        if data:
            self.events += EVENT.pack(time.monotonic() - self.began, len(data)) + data
