"""Steps of the model server that answer requests for embeddings, well or badly."""

import base64
import json
import struct
from collections.abc import Callable
from typing import Any

from tests.support.model_server import Exchange, Step


def vector_of(text: str) -> list[float]:
    """Return the vector that the server has for a text: three numbers that depend on it."""
    return [float(len(text)), float(sum(text.encode()) % 97), 0.5]


def embedding_body(texts: list[str]) -> dict[str, Any]:
    """Return the body of a right answer."""
    data = [
        {"object": "embedding", "index": place, "embedding": vector_of(text)}
        for place, text in enumerate(texts)
    ]
    return {"object": "list", "data": data, "usage": {"prompt_tokens": 7 * len(texts)}}


def embedded(change: Callable[[dict[str, Any]], Any] = lambda body: body) -> Step:
    """Answer with the right body, or with what `change` makes of it."""

    def step(exchange: Exchange) -> None:
        answer = change(embedding_body(exchange.seen.body["input"]))
        exchange.send(200, json.dumps(answer).encode())

    return step


def first_vector(value: object) -> Step:
    """Answer with `value` in place of the first vector."""

    def change(body: dict[str, Any]) -> dict[str, Any]:
        body["data"][0]["embedding"] = value
        return body

    return embedded(change)


def in_base64(*numbers: float) -> str:
    """Return numbers as servers write them that send base64."""
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
