"""Nothing that was paid for is lost, and every call is counted once."""

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.model_client import ENVIRON, ask, client, settings
from tests.support.model_server import ModelServer, error, ok, wait_until

import shellwright
from shellwright.errors import UserError
from shellwright.teacher.openai.budget import Budget, Price
from shellwright.teacher.openai.cache import Request, ResponseCache, StoredResponse, pack, unpack
from shellwright.teacher.openai.client import Backoff, OpenAIClient
from shellwright.teacher.openai.failures import BudgetExceeded
from shellwright.teacher.openai.interface import Usage
from shellwright.teacher.openai.ledger import Call, Ledger
from shellwright.teacher.openai.store import FILE_NAME, CallStore

ROOT = Path(__file__).parents[3]
CALL = Call("k", "m", "test", "t@1")

CHILD = """
import sys
from pathlib import Path
from tests.support.model_client import ask, client

with client(sys.argv[1], Path(sys.argv[2])) as model:
    for number in range(*map(int, sys.argv[3:])):
        ask(model, str(number))
        print(number, flush=True)
"""


def child(base_url: str, folder: Path, *numbers: int) -> "subprocess.Popen[str]":
    """Start a process that asks the questions `range(*numbers)`, one after the other."""
    path = os.pathsep.join([str(Path(shellwright.__file__).parents[1]), str(ROOT)])
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, base_url, str(folder), *map(str, numbers)],
        env={**os.environ, **ENVIRON, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )


def approx(*values: float) -> Any:
    """Return what equals a tuple of about these values; typed so that tuples may be compared."""
    return pytest.approx(values)


def test_samples_are_answers_of_their_own_and_the_first_is_the_one_without_a_number(
    tmp_path: Path,
) -> None:
    def sample(model: OpenAIClient, number: int) -> str:
        asked = {"purpose": "test", "prompt_version": "t@1", "sample": number}
        return model.complete([{"role": "user", "content": "Hi?"}], **asked).text

    with ModelServer(ok("a"), ok("b")) as server, client(server.base_url, tmp_path) as model:
        assert ask(model, "Hi?").text == "a"
        assert [sample(model, number) for number in (0, 1, 0, 1)] == ["a", "b", "a", "b"]
        assert server.count == 2
        assert server.requests[0].body == server.requests[1].body


def test_the_key_of_a_request_depends_on_all_that_is_asked_and_nothing_else() -> None:
    asked = Request("m", ({"role": "user", "content": "x"},), {"temperature": 1, "max_tokens": 5})
    same = Request("m", [{"content": "x", "role": "user"}], {"max_tokens": 5, "temperature": 1})
    assert asked.key == same.key
    others = [
        Request("n", asked.messages, asked.parameters),
        Request("m", [{"role": "system", "content": "x"}], asked.parameters),
        Request("m", asked.messages, {"temperature": 0.5, "max_tokens": 5}),
    ]
    assert len({asked.key, *(other.key for other in others)}) == 4


def test_pack_gives_back_what_it_was_given() -> None:
    value = {"a": ["ü", None, 1.5, {"b": True}]}
    assert unpack(pack(value)) == value


def test_an_older_answer_is_not_replaced(tmp_path: Path) -> None:
    asked = Request("m", (), {})
    with CallStore(tmp_path) as store:
        cache = ResponseCache(store)
        assert cache.get(asked.key) is None
        call = Call(asked.key, "m", "test", "t@1")
        for number in (1, 2):
            with store.transaction() as db:
                cache.put(db, asked, call, StoredResponse({"n": number}, 0.5))
        assert cache.get(asked.key) == StoredResponse({"n": 1}, 0.5)
        assert cache.count() == 1


def test_a_transaction_stands_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    asked = Request("m", (), {})
    with CallStore(tmp_path) as store:
        cache = ResponseCache(store)
        with pytest.raises(ZeroDivisionError), store.transaction() as db:
            cache.put(db, asked, CALL, StoredResponse({}, 0.0))
            raise ZeroDivisionError
        assert cache.count() == 0
        with store.transaction() as db:
            cache.put(db, asked, CALL, StoredResponse({}, 0.0))
        assert cache.count() == 1


def test_the_ledger_counts_what_a_call_took(tmp_path: Path) -> None:
    moment = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    with CallStore(tmp_path) as store:
        ledger = Ledger(store, Price(1.0, 10.0), now=lambda: moment)
        row = ledger.begin(CALL, Usage(1000, 5000), Budget())
        assert ledger.spent() == approx(6000, 0.051)
        with store.transaction() as db:
            ledger.settle(db, row, outcome="ok", usage=Usage(900, 100), latency_s=2.0, status=200)
        assert ledger.spent() == approx(1000, 0.0019)
        ledger.cached(CALL, Usage(900, 100), 2.0)
        assert ledger.spent() == approx(1000, 0.0019)
        asked, again = ledger.totals()
        assert (asked.cached, asked.calls, asked.cost_usd) == approx(False, 1, 0.0019)
        assert (again.cached, again.calls, again.cost_usd) == (True, 1, 0.0)
        with store.reading() as db:
            row = db.execute("select * from calls").fetchone()
    assert row == (
        *(1, "2024-05-06T07:08:09.000+00:00", "k", "m", "test", "t@1", 1, "ok", 200),
        *(900, 100, 0, pytest.approx(0.0019), 2.0, 0),
    )


def test_the_summary_says_what_was_asked_and_what_went_wrong(tmp_path: Path) -> None:
    with (
        ModelServer(error(500), ok(finish="length")) as server,
        client(server.base_url, tmp_path) as model,
    ):
        ask(model, "a")
        ask(model, "a")
        ask(model, "b")
        lines = model.ledger.summary().splitlines()
    assert lines[0] == "3 model calls in all runs, 1 from the store; 240 tokens, 0.0028 USD"
    assert [line.split(",")[0] for line in lines[1:]] == [
        "  test-model test length: 1 calls",
        "  test-model test ok: 1 calls",
        "  test-model test server_error: 1 calls",
    ]


def test_a_refused_call_leaves_no_row(tmp_path: Path) -> None:
    with CallStore(tmp_path) as store:
        ledger = Ledger(store, Price())
        with pytest.raises(BudgetExceeded, match=FILE_NAME):
            ledger.begin(CALL, Usage(10, 10), Budget(tokens=19))
        assert ledger.totals() == []
        ledger.begin(CALL, Usage(10, 10), Budget(tokens=20))


def test_many_threads_never_exceed_the_budget(tmp_path: Path) -> None:
    with CallStore(tmp_path) as store:
        ledger = Ledger(store, Price())

        def begin(_: int) -> bool:
            try:
                ledger.begin(CALL, Usage(10, 0), Budget(tokens=100))
            except BudgetExceeded:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(begin, range(40))) == 10


def test_killed_in_the_middle_every_answer_is_kept(tmp_path: Path) -> None:
    with ModelServer(default=ok(delay=0.02)) as server:
        process = child(server.base_url, tmp_path, 1000)
        assert process.stdout is not None
        answered = [process.stdout.readline() for _ in range(8)]
        process.send_signal(signal.SIGKILL)
        answered += process.stdout.readlines()
        process.wait()
        assert len(answered) < 1000
        with client(server.base_url, tmp_path) as model:
            totals = {total.outcome: total for total in model.ledger.totals()}
            assert all(ask(model, str(number)).cached for number in range(len(answered)))
    # The call under way was answered and stored, or nobody knows what it cost: then it counts
    # with the most that it can have.
    assert totals.keys() <= {"ok", "started"}
    assert sum(total.calls for total in totals.values()) - len(answered) in (0, 1)
    if "started" in totals:
        assert totals["started"].cost_usd > totals["ok"].cost_usd / totals["ok"].calls


def test_two_processes_share_answers_and_ledger(tmp_path: Path) -> None:
    with ModelServer() as server:
        # From both ends, so that each finds what the other has asked.
        ranges = [(0, 30, 1), (29, -1, -1)]
        children = [child(server.base_url, tmp_path, *numbers) for numbers in ranges]
        for process in children:
            process.communicate(timeout=120)
            assert process.returncode == 0
        with client(server.base_url, tmp_path) as model:
            totals = {total.cached: total.calls for total in model.ledger.totals()}
            assert model.ledger.spent()[0] == 120 * server.count
    assert totals[False] == server.count < 60
    assert totals[True] == 60 - server.count


def test_a_store_that_cannot_be_written_stops_before_anything_is_paid(tmp_path: Path) -> None:
    with ModelServer() as server, client(server.base_url, tmp_path) as model:
        ask(model, "first")
        with model._store.reading() as db:
            db.execute("pragma query_only = on")
        with pytest.raises(UserError, match=rf"{FILE_NAME}: cannot store a model call"):
            ask(model, "second")
        assert server.count == 1


def test_a_damaged_store_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no data base" * 1000)
    with pytest.raises(UserError, match=rf"{FILE_NAME}: cannot be opened"):
        CallStore(tmp_path)


def test_a_store_that_breaks_while_open_is_named(tmp_path: Path) -> None:
    with CallStore(tmp_path) as store:
        with (
            pytest.raises(UserError, match=rf"{FILE_NAME}: cannot read"),
            store.reading() as db,
        ):
            db.execute("select * from nowhere")
        with store.reading() as db:
            assert isinstance(db, sqlite3.Connection)


def test_an_interrupted_wait_leaves_a_usable_client(tmp_path: Path) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with (
        ModelServer(error(500)) as server,
        OpenAIClient(
            settings(server.base_url),
            tmp_path,
            environ=ENVIRON,
            backoff=Backoff(sleep=interrupt),
        ) as model,
    ):
        with pytest.raises(KeyboardInterrupt):
            ask(model)
        assert ask(model).text == "A fine answer."
    wait_until(lambda: server.count == 2)
