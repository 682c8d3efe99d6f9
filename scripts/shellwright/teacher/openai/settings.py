"""The section `tasks.openai` of the config, with the checks that a schema cannot say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shellwright.errors import UserError
from shellwright.teacher.openai.budget import Budget, Price

SECTION = "tasks.openai"
_LENGTH_PARAMETERS = ("max_completion_tokens", "max_tokens")
# Enough for an instruction, and for a model that thinks a while before it writes one.
_MAX_OUTPUT_TOKENS = 4096
# What the client itself decides: one whole answer in one piece, to the messages of the prompt.
_RESERVED_PARAMETERS = frozenset({"messages", "model", "n", "stream", "stream_options"})


@dataclass(frozen=True)
class Settings:
    """How to reach a model, and what it may cost. Times are in seconds.

    `parameters` goes into each request as it is. `retries` counts the further HTTP requests that
    one answer may take, `attempts` the answers that one instruction may take.
    """

    base_url: str
    model: str
    api_key_env: str
    parameters: Mapping[str, Any]
    timeout_s: float
    retries: int
    attempts: int
    concurrency: int
    replay: bool
    price: Price
    budget: Budget

    @property
    def identity(self) -> dict[str, Any]:
        """What answers depend on, for the key of whatever is made from them. Not the address."""
        return {
            "model": self.model,
            "parameters": dict(self.parameters),
            "attempts": self.attempts,
        }

    @property
    def max_output_tokens(self) -> int:
        """The longest answer that `parameters` allows, in tokens."""
        return int(next(self.parameters[k] for k in _LENGTH_PARAMETERS if k in self.parameters))


def read_settings(section: Mapping[str, Any]) -> Settings:
    """Return the settings in `section`, which the config's schema has already accepted.

    Raises UserError that names the key when a value cannot work.
    """
    settings = Settings(
        base_url=section["base_url"],
        model=section["model"] or "",
        api_key_env=section["api_key_env"],
        parameters=_parameters(section),
        timeout_s=float(section["timeout_s"]),
        retries=section["retries"],
        attempts=section["attempts"],
        concurrency=section["concurrency"],
        replay=section["replay"],
        price=Price(
            float(section["usd_per_million_input_tokens"]),
            float(section["usd_per_million_output_tokens"]),
        ),
        budget=Budget(section["max_tokens_total"], section["max_cost_usd"]),
    )
    _check_model(settings)
    _check_url(settings.base_url)
    _check_parameters(settings.parameters)
    return settings


def _parameters(section: Mapping[str, Any]) -> dict[str, Any]:
    """Return what goes into each request: the defaults, changed or (by null) left out."""
    given: Mapping[str, Any] = section["parameters"]
    parameters: dict[str, Any] = {"temperature": section["temperature"]}
    if not any(name in given for name in _LENGTH_PARAMETERS):
        parameters["max_tokens"] = _MAX_OUTPUT_TOKENS
    parameters.update(given)
    return {name: value for name, value in parameters.items() if value is not None}


def read_key(settings: Settings, environ: Mapping[str, str]) -> str:
    """Return the key from the environment variable that the config names.

    Raises UserError, never with the value in it, when there is none or it cannot be a key.
    """
    name = settings.api_key_env
    key = environ.get(name, "").strip()
    if not key:
        raise UserError(
            f"{SECTION}.api_key_env: the environment variable {name} is not set; expected the key"
            f" for {settings.base_url}. Export it; for a server that asks for none, export"
            f" {name}=none."
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise UserError(
            f"{SECTION}.api_key_env: the value of the environment variable {name} cannot be a key"
            " (a space, a line break or a character outside ASCII is in it). Export it again."
        )
    return key


def _check_model(settings: Settings) -> None:
    if not settings.model.strip():
        raise UserError(
            f"{SECTION}.model: no model is named; expected the name that {settings.base_url} knows"
            f" it by. Set {SECTION}.model, or use the procedural teacher, which needs none."
        )


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        secret = parts.username is not None or parts.password is not None or bool(parts.query)
        _ = parts.port
    except ValueError:
        usable, secret = False, False
    if secret:
        # The URL is recorded and shown, so the message must not repeat it either.
        raise UserError(
            f"{SECTION}.base_url: carries a user name, a password or a query; expected an address"
            " alone. Put the key into the environment variable that"
            f" {SECTION}.api_key_env names."
        )
    if not usable:
        raise UserError(
            f"{SECTION}.base_url: {url!r} is no address of an endpoint; expected something like"
            " http://127.0.0.1:8000/v1 (without /chat/completions)."
        )
    if parts.path.rstrip("/").endswith("/chat/completions"):
        raise UserError(
            f"{SECTION}.base_url: {url!r} is the address of one method; expected the address"
            " above it. Remove /chat/completions from the end."
        )


def _check_parameters(parameters: Mapping[str, Any]) -> None:
    reserved = sorted(_RESERVED_PARAMETERS & parameters.keys())
    if reserved:
        raise UserError(
            f"{SECTION}.parameters: {', '.join(reserved)} cannot be set here; expected sampling"
            " parameters such as temperature. Remove it."
        )
    limits = [parameters[name] for name in _LENGTH_PARAMETERS if name in parameters]
    if len(limits) != 1 or not isinstance(limits[0], int) or limits[0] < 1:
        raise UserError(
            f"{SECTION}.parameters: exactly one of {' and '.join(_LENGTH_PARAMETERS)} must be"
            " given, as a whole number of at least 1: without it no budget can hold. Hosted"
            " reasoning models want the first, most other servers the second."
        )
