"""The key goes to the endpoint and nowhere else."""

import io
import logging
import sqlite3
import traceback
import zlib
from pathlib import Path

import pytest
from tests.support.model_client import ENVIRON, KEY, ask, client, settings
from tests.support.model_server import ModelServer, Step, body, error, ok, unauthorized

from shellwright.errors import UserError
from shellwright.teacher.openai.client import OpenAIClient
from shellwright.teacher.openai.failures import EndpointError
from shellwright.teacher.openai.redact import REDACTED, clean, quote, redactor
from shellwright.teacher.openai.store import FILE_NAME


def stored(folder: Path) -> str:
    """Return everything that is in the store, unpacked, and the bytes of its files."""
    database = sqlite3.connect(folder / FILE_NAME)
    parts = [path.read_bytes().decode("latin-1") for path in folder.iterdir()]
    for (table,) in database.execute("select name from sqlite_master where type = 'table'"):
        for row in database.execute(f"select * from {table}"):
            parts += [
                zlib.decompress(cell).decode() if isinstance(cell, bytes) else str(cell)
                for cell in row
            ]
    database.close()
    return "\n".join(parts)


def echo(exchange: object) -> None:
    """Answer with the request's own headers, in the text and in the headers of the answer."""
    headers = exchange.seen.headers  # type: ignore[attr-defined]
    text = f"You sent {headers['authorization']}, thank you."
    ok(text, message={headers["authorization"]: 1})(exchange)  # type: ignore[arg-type]


def test_an_answer_that_repeats_the_key_is_stored_without_it(tmp_path: Path) -> None:
    with ModelServer(echo) as server, client(server.base_url, tmp_path) as model:
        assert ask(model).text == f"You sent Bearer {REDACTED}, thank you."
    content = stored(tmp_path)
    assert "thank you" in content
    assert KEY not in content
    assert "authorization" not in content.lower()


@pytest.mark.parametrize(
    "step",
    [
        unauthorized(),
        error(400, f"You sent {KEY}"),
        error(500, f"You sent {KEY}"),
        body(f"<p>Bearer {KEY}</p>".encode(), status=403, content_type="text/html"),
        body({"error": {"message": f"You sent {KEY}"}}),
        body({"detail": f"You sent {KEY}"}, status=422),
        body(f'{{"{KEY}'.encode()),
        error(307, headers={"Location": f"http://127.0.0.1:9/?key={KEY}"}),
        error(400, "x" * 280 + KEY),
    ],
)
def test_no_failure_shows_the_key(
    tmp_path: Path, step: Step, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        ModelServer(default=step) as server,
        client(server.base_url, tmp_path, retries=1) as model,
        pytest.raises(EndpointError) as caught,
    ):
        ask(model)
    shown = io.StringIO()
    traceback.print_exception(caught.value, file=shown)
    chain: BaseException | None = caught.value
    while chain is not None:
        shown.write(f"{chain!r} {chain}")
        chain = chain.__cause__ or chain.__context__
    hidden = KEY[:12]
    assert hidden not in shown.getvalue()
    assert hidden not in stored(tmp_path)
    ours = [each for each in caplog.records if each.name.startswith("shellwright")]
    assert not [each for each in ours if hidden in each.getMessage()]


def test_ordinary_calls_log_no_key(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ModelServer(error(500)) as server, client(server.base_url, tmp_path) as model:
        ask(model)
    assert "HTTP 500; asking again" in caplog.text
    assert "2 model calls in all runs" in caplog.text
    assert KEY not in caplog.text
    assert KEY not in repr(vars(model)) + repr(settings())


@pytest.mark.parametrize("value", ["", "  ", "two words", "line\nbreak", "schlüssel-0123456789"])
def test_an_unusable_key_is_refused_without_showing_it(tmp_path: Path, value: str) -> None:
    with pytest.raises(UserError, match="TEST_MODEL_KEY") as caught:
        OpenAIClient(settings(), tmp_path, environ={"TEST_MODEL_KEY": value})
    assert not value.strip() or value not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_the_key_may_end_in_a_line_break(tmp_path: Path) -> None:
    environ = {"TEST_MODEL_KEY": KEY + "\n"}
    with (
        ModelServer() as server,
        OpenAIClient(settings(server.base_url), tmp_path, environ=environ) as model,
    ):
        ask(model)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("url", [f"http://me:{KEY}@127.0.0.1/v1", f"http://127.0.0.1/v1?k={KEY}"])
def test_a_key_in_the_address_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(UserError, match=r"tasks\.openai\.base_url") as caught:
        settings(url)
    assert KEY not in str(caught.value)


def test_the_key_is_not_sent_to_where_the_endpoint_points(tmp_path: Path) -> None:
    with ModelServer() as other:
        step = error(308, headers={"Location": f"{other.base_url}/chat/completions"})
        with (
            ModelServer(step) as server,
            client(server.base_url, tmp_path) as model,
            pytest.raises(EndpointError, match="HTTP 308"),
        ):
            ask(model)
        assert other.count == 0


def test_words_that_stand_in_for_a_key_are_left_in_texts(tmp_path: Path) -> None:
    environ = {**ENVIRON, "TEST_MODEL_KEY": "none"}
    with (
        ModelServer(ok("There are none left.")) as server,
        OpenAIClient(settings(server.base_url), tmp_path, environ=environ) as model,
    ):
        assert ask(model).text == "There are none left."


def test_quote_removes_the_key_before_it_cuts() -> None:
    told = quote("a" * 290 + KEY + "\x1b[31m\n", redactor(KEY))
    assert "sk-very" not in told
    assert len(told) <= 300
    assert quote("a\x1b[31m\n\tb", redactor(KEY)) == "a [31m b"


def test_clean_reaches_every_string() -> None:
    value = {KEY: [KEY, {"a": KEY + "\ud800"}], "n": float("nan"), "i": 3}
    assert clean(value, redactor(KEY)) == {
        REDACTED: [REDACTED, {"a": REDACTED + "\ufffd" * 3}],
        "n": None,
        "i": 3,
    }
