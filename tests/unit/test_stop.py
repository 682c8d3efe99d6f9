"""SIGTERM reaches the scheduler whatever its thread is doing."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from shellwright.stop import end_on_sigterm


class Scheduler:
    """Stops as Snakemake's scheduler does, under a lock that a thread can take only once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stopped = threading.Event()

    def exit_gracefully(self, *signal_and_frame: object) -> None:
        with self.lock:
            self.stopped.set()


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    before = signal.getsignal(signal.SIGTERM)
    yield Scheduler()
    signal.signal(signal.SIGTERM, before)


@pytest.mark.timeout(30)
def test_a_scheduler_that_holds_its_lock_goes_on_and_stops(scheduler: Scheduler) -> None:
    signal.signal(signal.SIGTERM, scheduler.exit_gracefully)
    end_on_sigterm(scheduler)
    with scheduler.lock:
        os.kill(os.getpid(), signal.SIGTERM)
        assert not scheduler.stopped.is_set()
    assert scheduler.stopped.wait(10)


def test_no_handler_is_set_where_snakemake_has_set_none(scheduler: Scheduler) -> None:
    before = signal.getsignal(signal.SIGTERM)
    end_on_sigterm(scheduler)
    assert signal.getsignal(signal.SIGTERM) == before
