"""Read what an endpoint sends: an answer, an error, or something that is neither."""

import email.utils
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shellwright.errors import ShellwrightError
from shellwright.teacher.openai.interface import Usage
from shellwright.teacher.openai.redact import Redactor, clean

_THINK, _END_THINK = "<think>", "</think>"
# More than any model reads or writes: such a number is a fault of the endpoint.
_MOST_TOKENS = 10_000_000
STOP, LENGTH, CONTENT_FILTER = "stop", "length", "content_filter"


class Malformed(ShellwrightError):
    """A successful HTTP response that is not an answer."""


@dataclass(frozen=True)
class Answer:
    """The parts of a response that are used. `usage` is None when the endpoint's is incredible."""

    text: str
    reasoning: str
    finish: str
    usage: Usage | None


def read_body(content: bytes, redact: Redactor) -> dict[str, Any]:
    """Return the response body `content` as a JSON object without secrets.

    Raises Malformed when it is not one.
    """
    try:
        body = clean(json.loads(content, parse_constant=_nothing), redact)
    except (ValueError, RecursionError):
        raise Malformed("the body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Malformed("the body is not a JSON object")
    return body


def read_answer(body: Mapping[str, Any]) -> Answer:
    """Return the answer in a response body. Raises Malformed when there is none in it."""
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices:
        raise Malformed(f"it has no choices{_error_in(body)}")
    choice = choices[0]
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise Malformed("its first choice has no message")
    thought, text = split_thinking(_text(message.get("content")))
    apart = (_text(message.get(name)) for name in ("reasoning", "reasoning_content"))
    return Answer(
        text=text,
        # Some servers fill both fields with the same text.
        reasoning=next((each for each in apart if each), thought),
        finish=_finish(choice.get("finish_reason")),
        usage=read_usage(body, text),
    )


def read_usage(body: Mapping[str, Any], text: str) -> Usage | None:
    """Return the tokens that `body` says were used for an answer of `text`.

    None when it does not say, or says what cannot be.
    """
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return None
    prompt = _count(usage.get("prompt_tokens"), 1)
    completion = _count(usage.get("completion_tokens"), 1 if text else 0)
    return None if prompt is None or completion is None else Usage(prompt, completion)


def refused_by_filter() -> dict[str, Any]:
    """Return the body that stands for a refusal which the endpoint gave as an HTTP error."""
    message = {"role": "assistant", "content": None}
    return {"choices": [{"index": 0, "finish_reason": CONTENT_FILTER, "message": message}]}


def split_thinking(content: str) -> tuple[str, str]:
    """Return (thinking, text) of a content in which a server left the model's thinking.

    The opening tag is missing where the chat template has written it; the closing one, where the
    answer was cut off while the model was still thinking.
    """
    head, end, tail = content.partition(_END_THINK)
    if end:
        return head.strip().removeprefix(_THINK).strip(), tail.strip()
    if content.lstrip().startswith(_THINK):
        return content.strip().removeprefix(_THINK).strip(), ""
    return "", content


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that a server asks to wait: `Retry-After` (seconds or a date) or its kin
    in milliseconds; None when it asks for nothing that can be understood.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) * unit
        except ValueError:
            date = _date(value)
            if date is None:
                continue
            seconds = (date - now).total_seconds()
        if not math.isnan(seconds):
            return max(0.0, seconds)
    return None


def error_parts(content: bytes, redact: Redactor) -> tuple[str, str]:
    """Return (code, message) of the body of an HTTP error; the raw text when it is not JSON."""
    try:
        body = read_body(content, redact)
    except Malformed:
        return "", redact(content.decode("utf-8", "replace"))
    error = body.get("error", body)
    if not isinstance(error, dict):
        return "", str(error)
    code = error.get("code") or error.get("type") or ""
    return str(code), str(error.get("message") or error.get("detail") or "")


def _finish(reason: object) -> str:
    """Return why an answer ended. Every server has its own words for an end that is none."""
    return reason if reason in (LENGTH, CONTENT_FILTER) and isinstance(reason, str) else STOP


def _nothing(_: str) -> None:
    """Stand in for NaN and the infinities, which some servers write among the probabilities."""


def _date(value: str) -> datetime | None:
    try:
        date = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo is not None else None


def _text(value: object) -> str:
    """Return a content as text: a string, or the texts of a list of parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = (part.get("text") for part in value if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return ""


def _count(value: object, least: int) -> int | None:
    """Return a number of tokens, or None when nobody can have counted that."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= _MOST_TOKENS:
        return value
    return None


def _error_in(body: Mapping[str, Any]) -> str:
    """Some gateways answer 200 and put the error into the body."""
    error = body.get("error")
    message = error.get("message") if isinstance(error, dict) else error
    return f" but an error: {message}" if isinstance(message, str) and message else ""
