"""Answers by the content of the request: what has been paid for once is never paid for again."""

import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shellwright.digest import canonical, digest
from shellwright.teacher.openai.interface import Message
from shellwright.teacher.openai.ledger import Call
from shellwright.teacher.openai.shapes import Shape
from shellwright.teacher.openai.store import CallStore


@dataclass(frozen=True)
class Request:
    """What is asked of a model, without where it runs: the same request has the same key.

    A `sample` other than 0 asks for a further answer to what is otherwise the same request.
    """

    model: str
    messages: Sequence[Message]
    parameters: Mapping[str, Any]
    shape: Shape | None = None
    sample: int = 0

    def content(self) -> dict[str, Any]:
        """Return the request as the JSON object that the key is made of."""
        content: dict[str, Any] = {
            "model": self.model,
            "messages": [dict(message) for message in self.messages],
            "parameters": dict(self.parameters),
        }
        if self.shape is not None:
            # The way in which the endpoint was asked for it is left out, as its address is.
            content["shape"] = self.shape.content()
        if self.sample:
            content["sample"] = self.sample
        return content

    @property
    def key(self) -> str:
        """The digest that the answer is stored under."""
        return digest(self.content())


@dataclass(frozen=True)
class StoredResponse:
    """An answer as the endpoint gave it, and how many seconds it took."""

    body: dict[str, Any]
    latency_s: float


class ResponseCache:
    """The answers in a store."""

    def __init__(self, store: CallStore) -> None:
        self._store = store

    def get(self, key: str) -> StoredResponse | None:
        """Return the answer to the request with this `key`, or None when there is none."""
        with self._store.reading() as db:
            row = db.execute(
                "select response, latency_s from responses where key = ?", (key,)
            ).fetchone()
        return None if row is None else StoredResponse(unpack(row[0]), row[1])

    def put(
        self, db: sqlite3.Connection, request: Request, call: Call, response: StoredResponse
    ) -> None:
        """Write an answer as part of the transaction of `db`. An older answer stays as it is."""
        db.execute(
            "insert or ignore into responses values (?, ?, ?, ?, ?, ?)",
            (
                call.key,
                call.purpose,
                call.prompt_version,
                response.latency_s,
                pack(request.content()),
                pack(response.body),
            ),
        )

    def count(self) -> int:
        """Return how many answers are stored."""
        with self._store.reading() as db:
            return int(db.execute("select count(*) from responses").fetchone()[0])


def pack(value: dict[str, Any]) -> bytes:
    """Return `value` as compressed canonical JSON."""
    return zlib.compress(canonical(value), 6)


def unpack(blob: bytes) -> dict[str, Any]:
    """Return the value that `pack` made `blob` from."""
    value: dict[str, Any] = json.loads(zlib.decompress(blob))
    return value
