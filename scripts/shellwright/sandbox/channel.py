"""The caller's side of the frames: one request, one reply, with a time limit on every call."""

import contextlib
import json
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shellwright.errors import ShellwrightError
from shellwright.sandbox.guest.wire import FRAME, MAX_HEADER, Header
from shellwright.sandbox.program import program

# The supervisor's modules, each after the ones that it imports.
MODULES = (
    "wire",
    "output",
    "tree",
    "children",
    "seccomp",
    "disk",
    "state",
    "graders",
    "supervisor",
)
# Runs the text that it is sent, after its length in 8 bytes.
BOOT = """\
import os
def read(size):
    data = b""
    while len(data) < size:
        data += os.read(0, size - len(data)) or os._exit(0)
    return data
exec(read(int.from_bytes(read(8), "big")))
"""
COMMAND = ["/usr/bin/python3", "-I", "-B", "-c", BOOT]
STREAM = struct.Struct(">BxxxI")  # of the engine, before each piece of a container's output
STDERR = 2
MOST_PAYLOAD = 1 << 30
NOTE_BYTES = 4096


class SandboxError(ShellwrightError):
    """The infrastructure failed: the engine, a container, or the program inside it."""


class BoxLost(SandboxError):
    """A box ended or fell silent while it was used.

    The commands in it can bring that about (by filling its memory, for example), so it is no proof
    of a broken engine: try once more in a fresh box, then give the item up.
    """


class Refused(ShellwrightError):
    """The box is sound and did not do what was asked: a bad member, a missing file, a full disk."""


class Channel:
    """Frames over the socket that the engine attached to a container's stdin and stdout."""

    def __init__(self, attached: Any) -> None:
        # A socket.SocketIO for a plain connection, which wraps the socket; one itself for TLS.
        self._attached = attached
        self._socket: socket.socket = getattr(attached, "_sock", attached)
        self._left = 0  # bytes of the piece that is being read
        self._piece = 0
        self._stdout = bytearray()
        self._stderr = bytearray()
        self._pause = float("inf")
        self._look: Callable[[], object] = lambda: None

    def on_wait(self, seconds: float, look: Callable[[], object]) -> None:
        """Calls a function every so many seconds while a reply is waited for; it may raise."""
        self._pause, self._look = seconds, look

    def boot(self, timeout: float) -> None:
        """Sends the supervisor, which must be the first thing that is sent."""
        text = program(Path(__file__).with_name("guest"), MODULES).encode()
        self._send(len(text).to_bytes(8, "big") + text, time.monotonic() + timeout)

    def call(self, header: Header, payload: bytes = b"", *, timeout: float) -> tuple[Header, bytes]:
        """Sends a request and returns its reply. After an error the channel is of no more use,
        except after Refused.

        Raises BoxLost if no reply comes within `timeout` seconds, SandboxError for a defect of the
        supervisor, Refused for what it does not do.
        """
        deadline = time.monotonic() + timeout
        text = json.dumps(header).encode()
        self._send(FRAME.pack(len(text), len(payload)) + text + payload, deadline)
        header_size, size = FRAME.unpack(self._read(FRAME.size, deadline))
        if header_size > MAX_HEADER or size > MOST_PAYLOAD:
            raise BoxLost(f"a box sent a reply of {header_size} + {size} bytes")
        reply = _object(self._read(header_size, deadline))
        answer = self._read(size, deadline)
        if reply.get("error") == "refused":
            raise Refused(reply["message"])
        if reply.get("error"):
            raise SandboxError(f"{header['op']} failed in the box:\n{reply['message']}")
        return reply, answer

    def close(self) -> None:
        """Ends the stream, and with it the box. Does not wait."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # close() alone waits for other references
        self._attached.close()
        self._socket.close()

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            try:
                self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
                view = view[self._socket.send(view) :]
            except TimeoutError:
                raise BoxLost("a box took no more input in time") from None
            except OSError as error:
                raise BoxLost(f"a box is gone: {error}{self._note()}") from None

    def _read(self, size: int, deadline: float) -> bytes:
        while len(self._stdout) < size:
            self._receive(deadline)
        data = bytes(self._stdout[:size])
        del self._stdout[:size]
        return data

    def _receive(self, deadline: float) -> None:
        if not self._left:
            head = b""
            while len(head) < STREAM.size:
                head += self._some(STREAM.size - len(head), deadline)
            self._piece, self._left = STREAM.unpack(head)
        data = self._some(min(self._left, 1 << 20), deadline)
        self._left -= len(data)
        if self._piece == STDERR:
            self._stderr += data
            del self._stderr[:-NOTE_BYTES]
        else:
            self._stdout += data

    def _some(self, size: int, deadline: float) -> bytes:
        while (left := deadline - time.monotonic()) > 0:
            try:
                self._socket.settimeout(min(left, self._pause))
                data = self._socket.recv(size)
            except TimeoutError:
                self._look()
            except OSError as error:
                raise BoxLost(f"a box is gone: {error}{self._note()}") from None
            else:
                if not data:
                    raise BoxLost(f"a box ended{self._note()}")
                return data
        raise BoxLost(f"a box did not answer in time{self._note()}")

    def _note(self) -> str:
        text = self._stderr.decode(errors="replace").strip()
        return f"; it said: {text}" if text else ""


def _object(text: bytes) -> dict[str, Any]:
    """A reply's header. An image may have a Python of its own that answers with anything."""
    try:
        reply = json.loads(text)
    except ValueError:
        reply = None
    if not isinstance(reply, dict):
        raise BoxLost("a box sent a reply that is none")
    return reply
