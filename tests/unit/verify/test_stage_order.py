"""Tasks of one image follow one another, and workers begin apart."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from shellwright.verify.stage import by_image

IMAGES = st.lists(st.sampled_from("abcde"), max_size=40)


@given(IMAGES, st.integers(1, 6))
def test_every_task_is_begun_once(images: list[str], workers: int) -> None:
    assert sorted(by_image(images, workers)) == list(range(len(images)))


@given(IMAGES)
def test_one_worker_starts_each_image_once(images: list[str]) -> None:
    assert changes([images[place] for place in by_image(images, 1)]) == len(set(images))


@given(IMAGES, st.integers(2, 4))
def test_workers_in_step_share_few_images(images: list[str], workers: int) -> None:
    order = [images[place] for place in by_image(images, workers)]
    started = sum(changes(order[worker::workers]) for worker in range(workers))
    if len(order) % workers == 0:
        assert started <= len(set(images)) + workers - 1


def changes(names: Sequence[str]) -> int:
    """How many stretches of equal names there are."""
    return sum(one != other for one, other in zip(["", *names], names, strict=False))
