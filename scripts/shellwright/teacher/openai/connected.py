"""What every client of an endpoint holds: the way to it, the store of its answers, the ledger."""

import logging
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from shellwright.teacher.openai.calling import Backoff, Caller
from shellwright.teacher.openai.redact import redactor
from shellwright.teacher.openai.settings import Settings, read_key
from shellwright.teacher.openai.store import CallStore
from shellwright.teacher.openai.transport import Transport

log = logging.getLogger(__name__)


class Connected:
    """A client of one endpoint; a context manager that tells at its end what was spent.

    There is no transport when replaying: then nothing is ever asked.
    """

    def __init__(
        self,
        endpoint: Settings,
        folder: Path,
        environ: Mapping[str, str],
        backoff: Backoff | None,
    ) -> None:
        """Open the store and the ledger in `folder`.

        Raises UserError when the key is missing (replay needs none) or the store cannot be used.
        """
        self._endpoint = endpoint
        self._transport: Transport | None = None
        if not endpoint.replay:
            key = read_key(endpoint, environ)
            self._transport = Transport(endpoint, key, redactor(key))
        self._store = CallStore(folder)
        self._caller = Caller(endpoint, self._store, backoff or Backoff())
        self.ledger = self._caller.ledger

    @property
    def model(self) -> str:
        """The model's name, as configured."""
        return self._endpoint.model

    def close(self) -> None:
        """Close the connections and the store."""
        if self._transport is not None:
            self._transport.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                log.info("%s", self.ledger.summary())
        finally:
            self.close()
