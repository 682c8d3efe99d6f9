"""The file in which every answer and every call is kept: one SQLite data base, a commit per call.

It is no output of any rule, so that nothing which was paid for is deleted when a job runs again.
All jobs of a build share it; SQLite's own locks keep them apart.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shellwright.closing import Closes
from shellwright.errors import UserError

FILE_NAME = "calls.sqlite"
_BUSY_MS = 60_000
_SCHEMA = """
create table if not exists responses (
    key text primary key, purpose text not null, prompt_version text not null,
    latency_s real not null, request blob not null, response blob not null
);
create table if not exists vectors (
    key text primary key, model_key text not null, dimension integer not null, vector blob not null
) without rowid;
create table if not exists dimensions (model_key text primary key, dimension integer not null);
create table if not exists calls (
    id integer primary key, started_at text not null, key text not null, model text not null,
    purpose text not null, prompt_version text not null, attempt integer not null,
    outcome text not null, status integer, prompt_tokens integer not null,
    completion_tokens integer not null, estimated integer not null, cost_usd real not null,
    latency_s real not null, cached integer not null
);
create table if not exists spent (
    id integer primary key check (id = 1), tokens integer not null, usd real not null
);
insert or ignore into spent values (1, 0, 0.0);
"""


class CallStore(Closes):
    """The open data base. May be used from several threads, and by several processes at a time."""

    def __init__(self, folder: Path) -> None:
        """Open the store in `folder`, making it when missing.

        Raises UserError when it cannot be read or written.
        """
        self.path = folder / FILE_NAME
        self._mutex = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            self._db.execute(f"pragma busy_timeout = {_BUSY_MS}")
            # Without shared memory (network file systems) SQLite stays with its rollback journal.
            self._db.execute("pragma journal_mode = wal")
            # What was paid for must outlive a power cut, too; a call takes longer than an fsync.
            self._db.execute("pragma synchronous = full")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise UserError(
                f"{self.path}: cannot be opened as the store of model calls ({error}); expected a"
                " writable folder with free space, and a file that this build wrote. Make room or"
                " mend the permissions. Move a damaged file away only if its answers may be paid"
                " for again."
            ) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection for statements that change nothing.

        Raises UserError when the store cannot be read.
        """
        with self._mutex:
            try:
                yield self._db
            except sqlite3.Error as error:
                raise UserError(
                    f"{self.path}: cannot read the stored model calls ({error}); expected a file"
                    " that this build wrote. Move it away only if its answers may be paid for"
                    " again."
                ) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection within a transaction: all that is written stands, or none of it.

        Raises UserError when the store cannot be written (a full disk, a damaged file).
        """
        with self._mutex:
            try:
                self._db.execute("begin immediate")
                yield self._db
                self._db.execute("commit")
            except sqlite3.Error as error:
                raise UserError(
                    f"{self.path}: cannot store a model call ({error}); expected free space on a"
                    " disk that can be written. Make room and run the same command again: every"
                    " answer stored so far is kept."
                ) from error
            finally:
                if self._db.in_transaction:
                    self._db.execute("rollback")

    def close(self) -> None:
        """Close the file."""
        with self._mutex:
            self._db.close()
