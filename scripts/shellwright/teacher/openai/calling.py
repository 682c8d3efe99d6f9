"""Ask an endpoint patiently and within the budget, whatever it is asked for."""

import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from shellwright.teacher.openai.failures import EndpointError, PromptTooLong
from shellwright.teacher.openai.interface import Usage
from shellwright.teacher.openai.ledger import NOTHING, Call, Ledger
from shellwright.teacher.openai.settings import Settings
from shellwright.teacher.openai.store import CallStore
from shellwright.teacher.openai.transport import TOO_LONG, Failure

log = logging.getLogger(__name__)

R = TypeVar("R")


@dataclass(frozen=True)
class Backoff:
    """How long to wait before asking again; all in seconds.

    The wait doubles from `first` up to `longest`, and a random half of it is left off, so that many
    callers do not come back at once. A server's own wish is honoured in full, up to `patience`;
    who asks for more has no answer to give today.
    """

    first: float = 1.0
    longest: float = 60.0
    patience: float = 300.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def wait(self, attempt: int, asked: float | None) -> float:
        """Return the seconds to wait after `attempt` (from 1) failed."""
        if asked is not None:
            return asked + self.first * self.chance()
        return min(self.longest, self.first * 2.0 ** min(attempt - 1, 60)) * (
            1.0 - 0.5 * self.chance()
        )


@dataclass(frozen=True)
class Kept:
    """What the ledger is told of an answer that was stored."""

    outcome: str
    usage: Usage
    status: int


def _never(_: Failure) -> bool:
    return False


class Caller:
    """The way to one endpoint. May be used from several threads.

    At most `settings.concurrency` requests are under way at a time.
    """

    def __init__(self, settings: Settings, store: CallStore, backoff: Backoff) -> None:
        self.ledger = Ledger(store, settings.price, section=settings.section)
        self._settings = settings
        self._store = store
        self._backoff = backoff
        self._slots = threading.BoundedSemaphore(settings.concurrency)
        self._mutex = threading.Lock()
        self._not_before = 0.0
        self._lasting: str | None = None

    def ask(
        self,
        call: Call,
        worst: Usage,
        send: Callable[[], R | Failure],
        keep: Callable[[sqlite3.Connection, R, float], Kept],
        *,
        changed: Callable[[Failure], bool] = _never,
    ) -> tuple[R, float]:
        """Return what `send` brought in the end, and how many seconds that attempt took.

        `worst` is the most that one attempt may use. `keep` stores the answer, in the transaction
        that also settles what it cost, before anybody sees it. `changed` may change the request
        after a failure; it is then sent again at once, and not counted as an attempt. Raises
        BudgetExceeded and EndpointError.
        """
        attempt = 1
        while True:
            with self._slots:
                self._hold()
                row = self.ledger.begin(
                    replace(call, attempt=attempt), worst, self._settings.budget
                )
                started = time.monotonic()
                result = send()
                latency = time.monotonic() - started
            if not isinstance(result, Failure):
                self._settle(row, result, latency, keep)
                return result, latency
            self._fail(row, result, latency, worst)
            if changed(result):
                continue
            self._give_up(result, attempt)
            log.warning("%s; asking again", result.message)
            self._pause(attempt, result)
            attempt += 1

    def _settle(
        self,
        row: int,
        result: R,
        latency: float,
        keep: Callable[[sqlite3.Connection, R, float], Kept],
    ) -> None:
        with self._store.transaction() as db:
            kept = keep(db, result, latency)
            self.ledger.settle(
                db,
                row,
                outcome=kept.outcome,
                usage=kept.usage,
                latency_s=latency,
                status=kept.status,
            )

    def _fail(self, row: int, failure: Failure, latency: float, worst: Usage) -> None:
        with self._store.transaction() as db:
            self.ledger.settle(
                db,
                row,
                outcome=failure.outcome,
                usage=(failure.usage or worst) if failure.charged else NOTHING,
                latency_s=latency,
                status=failure.status,
            )

    def _give_up(self, failure: Failure, attempt: int) -> None:
        """Raise EndpointError unless it makes sense to ask again."""
        section = self._settings.section
        where = f"{section}.base_url: {self._settings.base_url}"
        if not failure.retry:
            text = f"{where}: {failure.message}"
            if failure.lasting:
                self._lasting = text
            raise (PromptTooLong if failure.outcome == TOO_LONG else EndpointError)(text)
        kept = "Every answer so far is kept: run the same command again"
        if failure.wait is not None and failure.wait > self._backoff.patience:
            raise EndpointError(
                f"{where}: {failure.message}; the endpoint asks to wait {failure.wait:.0f} s, more"
                f" than the {self._backoff.patience:g} s that a build waits. {kept} after that."
            )
        if attempt > self._settings.retries:
            raise EndpointError(
                f"{where}: no usable answer after {attempt} attempts ({section}.retries), at last:"
                f" {failure.message}. See that the endpoint is up and not overloaded, or lower"
                f" {section}.concurrency. {kept}."
            )

    def _pause(self, attempt: int, failure: Failure) -> None:
        """Wait before the next attempt; when the server asked for it, all callers wait."""
        if failure.wait is not None:
            with self._mutex:
                self._not_before = max(self._not_before, self._backoff.clock() + failure.wait)
        self._backoff.sleep(self._backoff.wait(attempt, failure.wait))

    def _hold(self) -> None:
        """Wait as long as the server asked any caller to; raise what is wrong for all of them."""
        with self._mutex:
            seconds, lasting = self._not_before - self._backoff.clock(), self._lasting
        if lasting is not None:
            raise EndpointError(lasting)
        if seconds > 0:
            self._backoff.sleep(seconds)
