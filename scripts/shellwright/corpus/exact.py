"""Exact dedup: what makes two tasks, or two trajectories, the same, and which of them stays."""

import hashlib
from collections.abc import Sequence
from typing import Any

from shellwright.corpus.tokens import normalise

FIXTURE = "environment/fixture.tar"

_DIGEST_SIZE = 16


def fixture_key(fixture: bytes) -> bytes:
    """Return the 128-bit key of a fixture's bytes."""
    return hashlib.blake2b(fixture, digest_size=_DIGEST_SIZE).digest()


def task_key(instruction: str, fixture: bytes) -> bytes:
    """Return the 128-bit key of a task: its instruction, normalised, and its fixture's key."""
    return hashlib.blake2b(
        normalise(instruction) + b"\n" + fixture, digest_size=_DIGEST_SIZE
    ).digest()


def trajectory_key(messages: Sequence[dict[str, Any]]) -> bytes:
    """Return the 128-bit key of a trajectory: all that the assistant says, normalised.

    What the user says (the prompt, the screens) does not count: prompts, clocks and process
    numbers in it would tell apart what teaches the same.
    """
    key = hashlib.blake2b(digest_size=_DIGEST_SIZE)
    for message in messages:
        if message["role"] == "assistant":
            key.update(normalise(message["content"]) + b"\n")
    return key.digest()


# Of several rows with one key the first in this order stays; the order is total, so the choice
# depends on the rows alone.
TASK_ORDER = "array_position(['rl', 'sft', 'rejected'], tier) nulls last, task_id"
TRAJECTORY_ORDER = (
    "success desc, passed_share desc, array_position(['rl', 'sft', 'rejected'], tier) nulls last,"
    " id"
)


def kept_of(id: str, key: str, order: str) -> str:
    """Return the SQL for: null in the row that stays, its id in all others with the same key."""
    first = f"first_value({id}) over (partition by {key} order by {order})"
    return f"nullif({first}, {id})"
