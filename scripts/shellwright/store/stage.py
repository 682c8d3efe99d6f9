"""Make the items of one shard: reuse what the store has, make the rest, commit each at once."""

import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from shellwright.errors import ShellwrightError
from shellwright.store.items import ItemStore

log = logging.getLogger(__name__)

Row = dict[str, Any]
_TERMINAL_INTERVAL_S = 0.5
_FILE_INTERVAL_S = 60.0


@dataclass(frozen=True)
class Item:
    """One thing to make.

    ``key`` is a digest of everything that its value depends on; ``payload`` is for ``make``.
    """

    id: str
    key: str
    payload: Any = None


class ItemFailed(ShellwrightError):
    """This item cannot be made, and trying again would not help: a result, not a broken build.

    ``reason`` is one of a few short words that the funnel counts by; ``detail`` says what happened
    here.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass
class Outcome:
    """All rows, in item order, and how they came about; ``failed`` counts reused failures, too."""

    rows: list[Row]
    reused: int = 0
    made: int = 0
    failed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def line(self, label: str) -> str:
        """Return the closing line: ``tasks/3: 12 items, 10 reused, 2 made, 0 failed``."""
        counts = (
            f"{len(self.rows)} items, {self.reused} reused, {self.made} made, {self.failed} failed"
        )
        reasons = ", ".join(f"{reason} {count}" for reason, count in self.reasons.most_common())
        return f"{label}: {counts}" + (f" ({reasons})" if reasons else "")


def run_items(
    items: Sequence[Item],
    make: Callable[[Item], Row],
    store: ItemStore,
    *,
    workers: int,
    label: str,
    failed_row: Callable[[Item, str], Row],
) -> Outcome:
    """Return the row of every item, making only those that ``store`` does not have under their key.

    ``make`` runs in ``workers`` threads. When it raises ItemFailed, ``failed_row(item, reason)`` is
    the item's row, with the reason as ``<short reason>: <detail>``, and it is stored as any other.
    Any other exception means that something around the item is broken: no further item is begun,
    those in flight are finished and committed, and the exception propagates.
    """
    outcome = Outcome(rows=[{} for _ in items])
    missing: list[int] = []
    for place, item in enumerate(items):
        stored = store.get(item.id, item.key)
        if stored is None:
            missing.append(place)
        else:
            outcome.reused += 1
            _settle(outcome, place, stored)

    def attempt(item: Item) -> Row:
        try:
            return {"row": make(item), "failed": None}
        except ItemFailed as failure:
            log.debug("%s: %s: %s", label, item.id, failure)
            return {"row": failed_row(item, str(failure)), "failed": failure.reason}

    with _bar(label, len(items), len(items) - len(missing)) as bar, _pool(workers) as pool:
        futures = {pool.submit(attempt, items[place]): place for place in missing}
        try:
            _gather(futures, items, store, outcome, bar)
        except Exception:
            begun = {future: place for future, place in futures.items() if not future.cancel()}
            _gather(begun, items, store, outcome, bar, broken=True)
            raise
    log.info("%s", outcome.line(label))
    return outcome


def _gather(
    futures: dict[Future[Row], int],
    items: Sequence[Item],
    store: ItemStore,
    outcome: Outcome,
    bar: "tqdm[Any]",
    *,
    broken: bool = False,
) -> None:
    """Commit results as they come; ``broken``: the stage has failed, keep what did get done."""
    while futures:
        done, _ = wait(futures, return_when=FIRST_COMPLETED)
        for future in done:
            place = futures.pop(future)
            if broken and future.exception() is not None:
                continue
            result = future.result()
            store.put(items[place].id, items[place].key, result)
            outcome.made += 1
            _settle(outcome, place, result)
            bar.set_postfix(failed=outcome.failed, refresh=False)
            bar.update()


def _settle(outcome: Outcome, place: int, stored: Row) -> None:
    outcome.rows[place] = stored["row"]
    if stored["failed"] is not None:
        outcome.failed += 1
        outcome.reasons[stored["failed"]] += 1


@contextmanager
def _pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """A thread pool that does not wait for its threads on Ctrl-C (the executor's own would)."""
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        yield pool
    except BaseException as error:
        pool.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
        raise
    pool.shutdown()


class _Lines:
    """Writes each state of a bar as a line of its own, for files and pipes."""

    def write(self, text: str) -> None:
        if text := text.strip():
            sys.stderr.write(f"{text}\n")

    def flush(self) -> None:
        sys.stderr.flush()


def _bar(label: str, total: int, done: int) -> "tqdm[Any]":
    """A bar that moves on a terminal, and is a line now and then where stderr is a file."""
    terminal = sys.stderr.isatty()
    interval = _TERMINAL_INTERVAL_S if terminal else _FILE_INTERVAL_S
    return tqdm(
        total=total,
        initial=done,
        desc=label,
        unit="item",
        file=sys.stderr if terminal else _Lines(),
        mininterval=interval,
        delay=interval,
        leave=False,
        bar_format=None if terminal else "{desc}: {n} of {total} items after {elapsed}{postfix}",
    )
