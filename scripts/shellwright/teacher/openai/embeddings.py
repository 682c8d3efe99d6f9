"""The embedding client: the vector of a text is asked for once, and never again."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shellwright.digest import digest
from shellwright.teacher.openai import vectors
from shellwright.teacher.openai.budget import estimate_tokens
from shellwright.teacher.openai.calling import Backoff, Kept
from shellwright.teacher.openai.connected import Connected
from shellwright.teacher.openai.failures import EndpointError, ReplayMiss
from shellwright.teacher.openai.interface import Usage
from shellwright.teacher.openai.ledger import ANSWERED, Call
from shellwright.teacher.openai.settings import EmbeddingSettings
from shellwright.teacher.openai.transport import Embedded, Failure, Transport

PURPOSE = "embed"
_VERSION = "embed@1"
_KEYS_PER_QUERY = 500


class EmbeddingClient(Connected):
    """Vectors of texts, from one OpenAI-compatible endpoint. May be used from several threads."""

    def __init__(
        self,
        settings: EmbeddingSettings,
        folder: Path,
        *,
        environ: Mapping[str, str] = os.environ,
        backoff: Backoff | None = None,
    ) -> None:
        """Open the client, with the vectors and the ledger in `folder`.

        Raises UserError when the key is missing (replay needs none) or the store cannot be used.
        """
        super().__init__(settings.endpoint, folder, environ, backoff)
        self._settings = settings
        self._identity = digest(settings.identity)
        # Two callers that want the same new texts must not pay for them twice.
        self._mutex = threading.Lock()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the vector of every text, in order. Raises what `packed` raises."""
        return [vectors.numbers(vector) for vector in self.packed(texts)]

    def packed(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vector of every text, in order, as little-endian 32-bit floats.

        All have as many dimensions, and none is all zero.
        What a text has beyond `max_chars` is left off. Raises ValueError for a text without any
        visible character, ReplayMiss when replaying and a vector is missing, BudgetExceeded before
        a call that might cost too much, and EndpointError when the endpoint refuses or keeps
        failing.
        """
        # A lone surrogate cannot be sent.
        sent = (text.encode("utf-8", "replace").decode() for text in texts)
        cut = [text[: self._settings.max_chars] for text in sent]
        if any(not text.strip() for text in cut):
            raise ValueError("a text without any visible character has no vector")
        keys = [self._key(text) for text in cut]
        with self._mutex:
            found = self._stored(keys)
            missing = {key: text for key, text in zip(keys, cut, strict=True) if key not in found}
            if found:
                self._note(found, keys, cut)
            if missing:
                self._ask(missing)
                found |= self._stored(list(missing))
        return [found[key] for key in keys]

    def _key(self, text: str) -> str:
        return digest([self._identity, text])

    def _stored(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Return the vectors that the store has, by key."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, bytes] = {}
        with self._store.reading() as db:
            for start in range(0, len(wanted), _KEYS_PER_QUERY):
                some = wanted[start : start + _KEYS_PER_QUERY]
                marks = ",".join("?" * len(some))
                query = f"select key, vector from vectors where key in ({marks})"
                found.update(db.execute(query, some).fetchall())
        return found

    def _note(self, found: Mapping[str, bytes], keys: Sequence[str], texts: Sequence[str]) -> None:
        """Write one row for all texts that were answered from the store."""
        hits = {key: text for key, text in zip(keys, texts, strict=True) if key in found}
        call = Call(digest(sorted(hits)), self.model, PURPOSE, _VERSION)
        tokens = sum(map(estimate_tokens, hits.values()))
        self.ledger.cached(call, Usage(tokens, 0, estimated=True), 0.0)

    def _ask(self, missing: Mapping[str, str]) -> None:
        """Ask for the vectors of all of `missing` (texts by key) and store them."""
        transport, settings = self._transport, self._endpoint
        if transport is None:
            raise ReplayMiss(
                f"{settings.section}.replay: {self._store.path} has no vector of model"
                f" {self.model!r} for {len(missing)} texts. Set {settings.section}.replay to false"
                " to ask the endpoint, or bring back the store, the texts, the model and the"
                " parameters that the vectors were made with."
            )
        pool = ThreadPoolExecutor(settings.concurrency)
        try:
            for future in [
                pool.submit(self._ask_batch, transport, batch) for batch in self._batches(missing)
            ]:
                future.result()
        finally:
            # What is under way is finished and kept; what has not begun is not begun.
            pool.shutdown(cancel_futures=True)

    def _batches(self, missing: Mapping[str, str]) -> Iterator[dict[str, str]]:
        batch: dict[str, str] = {}
        size = 0
        for key, text in missing.items():
            tokens = estimate_tokens(text)
            full = len(batch) == self._settings.batch_texts
            if batch and (full or size + tokens > self._settings.batch_tokens):
                yield batch
                batch, size = {}, 0
            batch[key] = text
            size += tokens
        if batch:
            yield batch

    def _ask_batch(self, transport: Transport, batch: Mapping[str, str]) -> None:
        texts = list(batch.values())
        worst = Usage(sum(map(estimate_tokens, texts)), 0, estimated=True)
        call = Call(digest(sorted(batch)), self.model, PURPOSE, _VERSION)

        def send() -> Embedded | Failure:
            result = transport.embed(texts)
            return result if isinstance(result, Failure) else self._fitting(result)

        def keep(db: sqlite3.Connection, result: Embedded, latency: float) -> Kept:
            self._put(db, batch, result)
            return Kept(ANSWERED, result.usage or worst, result.status)

        self._caller.ask(call, worst, send, keep)

    def _fitting(self, result: Embedded) -> Embedded | Failure:
        """Return `result`, or the failure that its vectors do not fit to the stored ones."""
        new = vectors.dimension(result.vectors[0])
        with self._store.reading() as db:
            row = db.execute(
                "select dimension from dimensions where model_key = ?", (self._identity,)
            ).fetchone()
        if row is None or row[0] == new:
            return result
        return Failure(
            "malformed",
            self._changed(row[0], new),
            status=result.status,
            retry=False,
            charged=True,
            usage=result.usage,
            lasting=True,
        )

    def _put(self, db: sqlite3.Connection, batch: Mapping[str, str], result: Embedded) -> None:
        dimension = vectors.dimension(result.vectors[0])
        db.execute("insert or ignore into dimensions values (?, ?)", (self._identity, dimension))
        first = db.execute(
            "select dimension from dimensions where model_key = ?", (self._identity,)
        ).fetchone()[0]
        if first != dimension:
            # Two first answers at a time, by different models: neither can be told to be right.
            raise EndpointError(
                f"{self._endpoint.section}.base_url: {self._endpoint.base_url}:"
                f" {self._changed(first, dimension)}"
            )
        db.executemany(
            "insert or ignore into vectors values (?, ?, ?, ?)",
            [
                (key, self._identity, dimension, vector)
                for key, vector in zip(batch, result.vectors, strict=True)
            ],
        )

    def _changed(self, old: int, new: int) -> str:
        return (
            f"its vectors have {new} dimensions, and those of model {self.model!r} in"
            f" {self._store.path} have {old}. Set {self._endpoint.section}.model to the name of"
            " the model that the endpoint serves now, or bring the earlier one back: vectors of"
            " different models cannot be compared"
        )
