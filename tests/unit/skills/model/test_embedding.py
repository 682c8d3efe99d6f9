"""Vectors from an endpoint as the graph takes them."""

from pathlib import Path

import numpy as np
from tests.support.embedding_server import embedded, first_vector
from tests.support.model_client import ENVIRON, SECTION
from tests.support.model_server import ModelServer, Step

from shellwright.skills.model.embedding import endpoint_embedder
from shellwright.teacher.openai.embeddings import EmbeddingClient
from shellwright.teacher.openai.settings import read_embedding_settings


def vectors(folder: Path, texts: list[str], step: Step) -> "np.typing.NDArray[np.float32]":
    with ModelServer(default=step) as server:
        section = {**SECTION, "base_url": server.base_url}
        settings = read_embedding_settings(section, "a.embeddings")
        with EmbeddingClient(settings, folder, environ=ENVIRON) as client:
            return endpoint_embedder(client)(texts)


def test_rows_have_length_one_and_the_order_of_the_texts(tmp_path: Path) -> None:
    found = vectors(tmp_path, ["one", "three", "one"], embedded())
    assert found.shape == (3, 3)
    assert found.dtype == np.dtype(np.float32)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-6)
    assert (found[0] == found[2]).all()
    assert (found[0] != found[1]).any()


def test_tiny_and_huge_vectors_get_length_one_too(tmp_path: Path) -> None:
    for number, size in enumerate((1e-30, 1e38)):
        found = vectors(tmp_path / str(number), ["one"], first_vector([size, size, 0.0]))
        np.testing.assert_allclose(found, [[0.5**0.5, 0.5**0.5, 0.0]], rtol=1e-6)


def test_no_text_gives_no_row(tmp_path: Path) -> None:
    assert vectors(tmp_path, [], embedded()).shape == (0, 0)
