"""Where an item lives: its shard (a job and a file) and its bucket (a file of the item store).

Both are leading bits of a hash of the item's id, so a new item touches one shard and never moves
another. An id of the form ``<task id>/<rest>`` (an attempt at a task, say) lives with its task:
only what stands before the first ``/`` counts.
"""

import hashlib

MAX_BITS = 8


def _checked(bits: int) -> int:
    if not 0 <= bits <= MAX_BITS:
        raise ValueError(f"shards.bits is {bits}; expected 0 to {MAX_BITS}")
    return bits


def _name(index: int, bits: int) -> str:
    return f"{index:0{max(1, -(-bits // 4))}x}"


def item_hash(id: str) -> str:
    """Return the SHA-256, as hex, that decides where the item with this id lives."""
    return hashlib.sha256(id.partition("/")[0].encode("utf-8", "surrogatepass")).hexdigest()


def shard_names(bits: int) -> list[str]:
    """Return the ``2**bits`` shard names in order: ``0``…``f`` for 4 bits, ``00``…``ff`` for 8."""
    return [_name(index, bits) for index in range(2 ** _checked(bits))]


def shard_of(id: str, bits: int) -> str:
    """Return the name of the shard that the item with this id belongs to."""
    return _name(int(item_hash(id)[:2], 16) >> (MAX_BITS - _checked(bits)), bits)


def bucket_of(id: str) -> str:
    """Return the item's bucket, ``00``…``ff``; it does not depend on the number of shards."""
    return item_hash(id)[:2]
