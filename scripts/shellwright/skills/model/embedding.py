"""Vectors of texts from an endpoint, in the form that the graph calculates with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from shellwright.teacher.openai.embeddings import EmbeddingClient

Embedder = Callable[[Sequence[str]], NDArray[np.float32]]


def endpoint_embedder(client: EmbeddingClient) -> Embedder:
    """Return a function that gives one row of length 1 per text, in order.

    Without any text it gives no row, and no column either. Raises what the client raises.
    """

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        packed = client.packed(texts)
        if not packed:
            return np.zeros((0, 0), dtype=np.float32)
        vectors = np.frombuffer(b"".join(packed), dtype="<f4").reshape(len(packed), -1)
        vectors = vectors.astype(np.float32)
        # Scaled by the largest number first, or the squares of tiny ones would vanish.
        vectors /= np.abs(vectors).max(axis=1, keepdims=True)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    return embed
