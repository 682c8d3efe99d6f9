"""Shards and buckets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.store import bucket_of, shard_names, shard_of

BITS = st.integers(0, 8)


def test_shard_names() -> None:
    assert shard_names(0) == ["0"]
    assert shard_names(4) == list("0123456789abcdef")
    assert shard_names(5)[-2:] == ["1e", "1f"]
    assert len(shard_names(8)) == 256
    assert shard_names(8)[255] == "ff"


@given(st.text(), BITS)
def test_every_item_has_a_shard(id: str, bits: int) -> None:
    assert shard_of(id, bits) in shard_names(bits)


@given(st.text(), BITS)
def test_an_attempt_lives_with_its_task(id: str, bits: int) -> None:
    assert shard_of(f"{id}/oracle/0", bits) == shard_of(id, bits)


@given(st.text(min_size=1), st.integers(0, 7))
def test_more_bits_split_shards_and_never_mix_them(id: str, bits: int) -> None:
    assert int(shard_of(id, bits + 1), 16) // 2 == int(shard_of(id, bits), 16)


@given(st.text())
def test_a_bucket_is_the_finest_shard(id: str) -> None:
    assert bucket_of(id) == shard_of(id, 8)


@pytest.mark.parametrize("bits", [-1, 9])
def test_other_numbers_of_bits_are_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="expected 0 to 8"):
        shard_names(bits)
