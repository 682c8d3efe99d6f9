"""The store of finished items: one SQLite file per bucket, a commit per item.

The files are no outputs of any rule: Snakemake deletes a job's outputs before the job runs and
restores old copies after a failure, which would throw finished (and paid-for) items away.
"""

import base64
import fcntl
import json
import logging
import os
import sqlite3
import threading
import zlib
from pathlib import Path
from typing import Any

from shellwright.closing import Closes
from shellwright.digest import BYTES_KEY, canonical
from shellwright.errors import UserError
from shellwright.store.shards import bucket_of, shard_of

log = logging.getLogger(__name__)

_TABLE = (
    "create table if not exists items (id text primary key, key text not null, value blob not null)"
)
_PUT = "insert or replace into items values (?, ?, ?)"
_BUSY_MS = 60_000


def encode(value: dict[str, Any]) -> bytes:
    """Return ``value`` as compressed canonical JSON."""
    return zlib.compress(canonical(value), 6)


def decode(blob: bytes) -> dict[str, Any]:
    """Return the value that ``encode`` made ``blob`` from, bytes included."""
    value: dict[str, Any] = json.loads(
        zlib.decompress(blob).decode("utf-8", "surrogatepass"), object_hook=_bytes_back
    )
    return value


def _bytes_back(value: dict[str, Any]) -> Any:
    return base64.b64decode(value[BYTES_KEY]) if value.keys() == {BYTES_KEY} else value


class _Bucket:
    """One SQLite file. The first write takes the bucket's lock and holds it until ``close``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: int | None = None
        self._db = self._connect() if path.exists() else None

    def get(self, id: str, key: str) -> dict[str, Any] | None:
        if self._db is None:
            return None
        row = self._db.execute(
            "select value from items where id = ? and key = ?", (id, key)
        ).fetchone()
        return None if row is None else decode(row[0])

    def put(self, id: str, key: str, value: dict[str, Any]) -> None:
        if self._lock is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self._path.with_suffix(".lock"))
        if self._db is None:
            self._db = self._connect()
        self._db.execute(_PUT, (id, key, encode(value)))

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
        if self._lock is not None:
            os.close(self._lock)

    def _connect(self) -> sqlite3.Connection:
        try:
            # No isolation level: every statement is its own transaction, committed when it returns.
            db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            db.execute(f"pragma busy_timeout = {_BUSY_MS}")
            # Without shared memory (network file systems) SQLite stays with its rollback journal.
            db.execute("pragma journal_mode = wal")
            db.execute("pragma synchronous = normal")
            db.execute(_TABLE)
        except sqlite3.DatabaseError as error:
            raise UserError(
                f"{self._path}: not a readable item store ({error}); expected an SQLite file that"
                " this build wrote. Free disk space if it ran out, or remove the file: only the"
                " items in it are made again."
            ) from error
        return db


def _locked(path: Path) -> int:
    """Return the descriptor of a lock on ``path``; waits while another process holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.warning("%s is held by another build of the same results; waiting for it", path)
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


class ItemStore(Closes):
    """The finished items of one stage that belong to one shard.

    ``folder`` is the root of all stores; the files lie in ``folder/stage/<bucket>.sqlite``. An item
    is found only under the key it was stored with, so a changed input makes it again. May be used
    from several threads.
    """

    def __init__(self, folder: str | os.PathLike[str], stage: str, shard: str, bits: int) -> None:
        self.stage, self.shard, self.bits = stage, shard, bits
        self._folder = Path(folder) / stage
        self._buckets: dict[str, _Bucket] = {}
        self._mutex = threading.Lock()

    def get(self, id: str, key: str) -> dict[str, Any] | None:
        """Return the stored value of item ``id``, or None when there is none under ``key``."""
        with self._mutex:
            return self._bucket(id).get(id, key)

    def put(self, id: str, key: str, value: dict[str, Any]) -> None:
        """Store ``value`` in place of any older value of ``id``; committed when this returns.

        Raises UserError when the store cannot be written (a full disk, a damaged file).
        """
        with self._mutex:
            try:
                self._bucket(id).put(id, key, value)
            except (OSError, sqlite3.DatabaseError) as error:
                raise UserError(
                    f"{self._folder}: cannot store item {id} ({error}); expected a writable folder"
                    " with free space. Make room and run the same command again: finished items"
                    " are kept."
                ) from error

    def close(self) -> None:
        """Close the files and give up their locks."""
        with self._mutex:
            for bucket in self._buckets.values():
                bucket.close()
            self._buckets.clear()

    def _bucket(self, id: str) -> _Bucket:
        home = shard_of(id, self.bits)
        if home != self.shard:
            raise ValueError(f"item {id} belongs to shard {home}, not to {self.stage}/{self.shard}")
        name = bucket_of(id)
        if name not in self._buckets:
            self._buckets[name] = _Bucket(self._folder / f"{name}.sqlite")
        return self._buckets[name]
