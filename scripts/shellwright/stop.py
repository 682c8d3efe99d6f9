"""A build that SIGTERM tells to stop ends: ``kill`` sends it, and batch systems do."""

import _thread
import signal
from typing import Protocol


class Scheduler(Protocol):
    """Snakemake's scheduler, as far as it is used here."""

    def exit_gracefully(self, *signal_and_frame: object) -> None:
        """Begin no further job, and end when those that run have ended."""


def end_on_sigterm(scheduler: Scheduler) -> None:
    """Have SIGTERM reach ``scheduler`` from a thread of its own.

    Snakemake 9 handles the signal in the main thread and takes the scheduler's lock there. While it
    finishes a job that thread holds the lock already, and the build would stand still for ever.
    Where Snakemake has set no handler, as in a thread of another program, none is set.
    """

    def stop(*signal_and_frame: object) -> None:
        # threading.Thread takes a lock, too, and the main thread may hold that one.
        _thread.start_new_thread(scheduler.exit_gracefully, ())

    if signal.getsignal(signal.SIGTERM) == scheduler.exit_gracefully:
        signal.signal(signal.SIGTERM, stop)
