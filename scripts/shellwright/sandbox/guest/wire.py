"""The frames between the caller and PID 1: two lengths, a JSON header, a binary payload."""

import json
import os
import struct
from typing import Any

FRAME = struct.Struct(">IQ")
MAX_HEADER = 8 << 20
NOT_STARTED = 125  # exit code of a command that could not be started, as with docker run and env

Header = dict[str, Any]


class Refused(Exception):
    """What was asked for cannot be done. The message goes to the caller; nothing is broken."""


class Requests:
    """The frames on what was stdin and stdout. The end of the input ends the box."""

    def __init__(self) -> None:
        self.source, self.sink = os.dup(0), os.dup(1)
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        os.close(null)
        self.left = 0

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = os.read(self.source, min(size - len(data), 1 << 20))
            if not part:
                os._exit(0)
            data += part
        return bytes(data)

    def header(self) -> Header:
        """The next request; its payload is then there to `read`."""
        size, self.left = FRAME.unpack(self._exactly(FRAME.size))
        if size > MAX_HEADER:
            os._exit(3)
        header: Header = json.loads(self._exactly(size))
        return header

    def read(self, size: int) -> bytes:
        """The next bytes of the payload, fewer only at its end (a file for tarfile's streams)."""
        data = self._exactly(min(size, self.left))
        self.left -= len(data)
        return data

    def answer(self, header: Header, payload: bytes = b"") -> None:
        """Sends the reply, after what nobody read of the payload was dropped."""
        while self.left:
            self.read(1 << 20)
        text = json.dumps(header).encode()
        data = memoryview(FRAME.pack(len(text), len(payload)) + text + payload)
        while data:
            data = data[os.write(self.sink, data) :]
