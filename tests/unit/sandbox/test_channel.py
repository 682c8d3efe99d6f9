"""The caller's side of the frames, against a peer that plays the engine."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from shellwright.sandbox.channel import (
    STREAM,
    BoxLost,
    Channel,
    Refused,
    SandboxError,
)
from shellwright.sandbox.guest.wire import FRAME, Header

Peer = Callable[[socket.socket], None]


def reply(header: Header, payload: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return FRAME.pack(len(text), len(payload)) + text + payload


def piece(data: bytes, stream: int = 1) -> bytes:
    return STREAM.pack(stream, len(data)) + data


@pytest.fixture
def serve() -> Iterator[Callable[[Peer], Channel]]:
    open_ends = []

    def start(peer: Peer) -> Channel:
        ours, theirs = socket.socketpair()
        open_ends.extend([ours, theirs])
        threading.Thread(target=peer, args=(theirs,), daemon=True).start()
        return Channel(ours)

    yield start
    for end in open_ends:
        end.close()


def test_a_reply_in_crumbs(serve: Callable[[Peer], Channel]) -> None:
    def peer(end: socket.socket) -> None:
        end.recv(1000)
        for byte in reply({"x": 1}, b"payload"):
            end.sendall(piece(bytes([byte])))
            end.sendall(piece(b"noise", stream=2))

    assert serve(peer).call({"op": "a"}, timeout=5) == ({"x": 1}, b"payload")


def test_what_is_refused_and_what_is_broken(serve: Callable[[Peer], Channel]) -> None:
    def peer(end: socket.socket) -> None:
        end.recv(1000)
        end.sendall(piece(reply({"error": "refused", "message": "no"})))
        end.recv(1000)
        end.sendall(piece(reply({"error": "broken", "message": "Traceback"})))

    channel = serve(peer)
    with pytest.raises(Refused, match=r"^no$"):
        channel.call({"op": "a"}, timeout=5)
    with pytest.raises(SandboxError, match="a failed in the box:\nTraceback"):
        channel.call({"op": "a"}, timeout=5)


def test_silence_and_the_end_are_losses(serve: Callable[[Peer], Channel]) -> None:
    def silent(end: socket.socket) -> None:
        end.recv(1000)

    def ending(end: socket.socket) -> None:
        end.recv(1000)
        end.sendall(piece(b"last words", stream=2))
        end.close()

    began = time.monotonic()
    with pytest.raises(BoxLost, match="in time"):
        serve(silent).call({"op": "a"}, timeout=0.2)
    assert time.monotonic() - began < 10
    with pytest.raises(BoxLost, match="last words"):
        serve(ending).call({"op": "a"}, timeout=5)


def test_the_waiting_caller_can_look(serve: Callable[[Peer], Channel]) -> None:
    looks = []

    def look() -> None:
        looks.append(1)
        if len(looks) == 3:
            raise BoxLost("seen enough")

    channel = serve(lambda end: None)
    channel.on_wait(0.02, look)
    with pytest.raises(BoxLost, match="seen enough"):
        channel.call({"op": "a"}, timeout=5)


def test_an_absurd_reply_is_not_read(serve: Callable[[Peer], Channel]) -> None:
    def peer(end: socket.socket) -> None:
        end.recv(1000)
        end.sendall(piece(FRAME.pack(2, 1 << 60) + b"{}"))

    with pytest.raises(SandboxError, match="a reply of"):
        serve(peer).call({"op": "a"}, timeout=5)


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"{", b"[1]", b"null"])
def test_an_answer_that_is_no_reply_loses_the_box(
    serve: Callable[[Peer], Channel], text: bytes
) -> None:
    def peer(end: socket.socket) -> None:
        end.recv(1000)
        end.sendall(piece(FRAME.pack(len(text), 0) + text))

    with pytest.raises(BoxLost, match="a reply that is none"):
        serve(peer).call({"op": "a"}, timeout=5)
