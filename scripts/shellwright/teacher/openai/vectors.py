"""Read what an endpoint sends in answer to a request for embeddings.

A vector is kept as little-endian 32-bit floats, which is what endpoints compute: what is given out
at once and what comes from the store later are the same numbers.
"""

import base64
import binascii
import math
import struct
from collections.abc import Mapping
from typing import Any

from shellwright.teacher.openai.interface import Usage
from shellwright.teacher.openai.protocol import Malformed

_FLOAT_BYTES = 4
_MOST_DIMENSIONS = 65_536
_MOST_TOKENS = 10_000_000


def read_vectors(body: Mapping[str, Any], count: int) -> list[bytes]:
    """Return the `count` vectors in a response body, in the order of the texts.

    Raises Malformed unless there is exactly one vector for each text, all have as many dimensions,
    and all hold finite numbers that are not all zero.
    """
    entries = _entries(body, count)
    vectors = [_vector(entry) for entry in entries]
    dimensions = sorted({dimension(vector) for vector in vectors})
    if len(dimensions) > 1:
        raise Malformed(f"its vectors have different dimensions: {dimensions[0]}, {dimensions[1]}")
    return vectors


def read_usage(body: Mapping[str, Any]) -> Usage | None:
    """Return the tokens that `body` says were read; None when it says nothing that can be."""
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return None
    tokens = usage.get("prompt_tokens", usage.get("total_tokens"))
    if isinstance(tokens, bool) or not isinstance(tokens, int) or not 0 < tokens <= _MOST_TOKENS:
        return None
    return Usage(tokens, 0)


def dimension(vector: bytes) -> int:
    """Return how many numbers a vector holds."""
    return len(vector) // _FLOAT_BYTES


def numbers(vector: bytes) -> list[float]:
    """Return the numbers of a vector."""
    return list(struct.unpack(f"<{dimension(vector)}f", vector))


def _entries(body: Mapping[str, Any], count: int) -> list[Any]:
    """Return what `data` holds for each text; `index` counts where it is given."""
    data = body.get("data")
    if not isinstance(data, list):
        error = body.get("error")
        said = error.get("message") if isinstance(error, dict) else error
        told = f" but an error: {said}" if isinstance(said, str) and said else ""
        raise Malformed(f"it has no list of vectors{told}")
    if len(data) != count:
        raise Malformed(f"it has {len(data)} vectors for {count} texts")
    if not all(isinstance(entry, dict) for entry in data):
        raise Malformed("an entry of its data is no object")
    if all(entry.get("index") is None for entry in data):
        return [entry.get("embedding") for entry in data]
    placed = {entry.get("index"): entry for entry in data if type(entry.get("index")) is int}
    if placed.keys() != set(range(count)):
        raise Malformed("the indexes of its vectors are not those of the texts")
    return [placed[index].get("embedding") for index in range(count)]


def _vector(entry: Any) -> bytes:
    vector = _decoded(entry) if isinstance(entry, str) else _packed(entry)
    if not 0 < dimension(vector) <= _MOST_DIMENSIONS:
        raise Malformed(f"a vector has {dimension(vector)} dimensions")
    values = numbers(vector)
    if not all(map(math.isfinite, values)):
        raise Malformed("a vector holds something that is no finite number")
    if not any(values):
        raise Malformed("a vector holds nothing but zeros")
    return vector


def _decoded(text: str) -> bytes:
    """Return a vector that was sent as base64, which some servers do without being asked."""
    try:
        vector = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("a vector is a text that is no base64") from None
    if len(vector) % _FLOAT_BYTES:
        raise Malformed("a vector in base64 is no row of 32-bit floats")
    return vector


def _packed(entry: Any) -> bytes:
    if not isinstance(entry, list):
        raise Malformed("a vector is neither a list of numbers nor base64")
    if not all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in entry):
        raise Malformed("a vector holds something that is no finite number")
    try:
        return struct.pack(f"<{len(entry)}f", *entry)
    except (OverflowError, struct.error):
        raise Malformed("a vector holds a number that no 32-bit float can be") from None
