"""The item store."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.errors import UserError
from shellwright.store import ItemStore, bucket_of, shard_names, shard_of
from shellwright.store.items import decode, encode

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"


def open_store(folder: Path, bits: int = 0, shard: str = "0") -> ItemStore:
    return ItemStore(folder, "tasks", shard, bits)


def test_an_item_is_found_under_its_key_only(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.put("a", "key", {"content": b"\x00\xff", "n": [1, None]})
        assert store.get("a", "key") == {"content": b"\x00\xff", "n": [1, None]}
        assert store.get("a", "other") is None
        assert store.get("b", "key") is None


def test_a_new_key_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.put("a", "old", {"n": 1})
        store.put("a", "new", {"n": 2})
        assert store.get("a", "old") is None
        assert store.get("a", "new") == {"n": 2}


def test_items_outlive_the_store_and_the_number_of_shards(tmp_path: Path) -> None:
    ids = [f"item-{n}" for n in range(40)]
    for shard in shard_names(2):
        with open_store(tmp_path, 2, shard) as store:
            for id in ids:
                if shard_of(id, 2) == shard:
                    store.put(id, "key", {"id": id})
    for shard in shard_names(5):
        with open_store(tmp_path, 5, shard) as store:
            for id in ids:
                if shard_of(id, 5) == shard:
                    assert store.get(id, "key") == {"id": id}


def test_nothing_is_written_by_reading(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.get("a", "key")
    assert list(tmp_path.iterdir()) == []


def test_an_item_of_another_shard_is_refused(tmp_path: Path) -> None:
    elsewhere = next(shard for shard in shard_names(4) if shard != shard_of("a", 4))
    with open_store(tmp_path, 4, elsewhere) as store, pytest.raises(ValueError, match="belongs to"):
        store.put("a", "key", {})


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "tasks" / f"{bucket_of('a')}.sqlite"
    file.parent.mkdir()
    file.write_bytes(b"no data base at all" * 100)
    with (
        open_store(tmp_path) as store,
        pytest.raises(UserError, match=r"\.sqlite.*remove the file"),
    ):
        store.get("a", "key")


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8")).filter(lambda key: key != "$b64"),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
            lambda inner: st.lists(inner),
        ),
    )
)
def test_values_come_back_as_they_were(value: dict[str, Any]) -> None:
    assert decode(encode(value)) == value


def test_what_is_committed_survives_kill_9(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import os, signal, sys
        from shellwright.store import ItemStore
        store = ItemStore(sys.argv[1], "tasks", "0", 0)
        for number in range(5):
            store.put(f"item-{number}", "key", {"n": number})
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    process = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        check=False,
    )
    assert process.returncode == -signal.SIGKILL
    with open_store(tmp_path) as store:
        assert [store.get(f"item-{n}", "key") for n in range(5)] == [{"n": n} for n in range(5)]


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import sys
        from shellwright.store import ItemStore
        with ItemStore(sys.argv[1], "tasks", "0", 0) as store:
            store.put("a", "key", {"n": 2})
        """
    )
    with open_store(tmp_path) as store:
        store.put("a", "key", {"n": 1})
        second = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        )
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(timeout=1)
        assert store.get("a", "key") == {"n": 1}
    assert second.wait(timeout=30) == 0
    with open_store(tmp_path) as store:
        assert store.get("a", "key") == {"n": 2}
