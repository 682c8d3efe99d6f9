"""A section of the config that names a model, with the checks that a schema cannot say."""

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
_RESERVED_FOR_EMBEDDING = frozenset({"input", "model", "encoding_format"})
_METHODS = ("/chat/completions", "/embeddings")


@dataclass(frozen=True)
class Settings:
    """How to reach a model, and what it may cost. Times are in seconds.

    `parameters` goes into each request as it is. `retries` counts the further HTTP requests that
    one answer may take, `attempts` the answers that one instruction may take. `section` is the
    place in the config that messages name.
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
    section: str = SECTION

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


@dataclass(frozen=True)
class EmbeddingSettings:
    """How to reach a model that turns texts into vectors.

    A request carries at most `batch_texts` texts and, unless one text alone has more, about
    `batch_tokens` tokens. What a text has beyond `max_chars` characters is left off.
    """

    endpoint: Settings
    batch_texts: int = 64
    batch_tokens: int = 16_384
    max_chars: int = 8_000

    @property
    def identity(self) -> dict[str, Any]:
        """What a vector depends on, beside its text. Not the address, and not the batches."""
        endpoint = self.endpoint
        return {
            "model": endpoint.model,
            "parameters": dict(endpoint.parameters),
            "max_chars": self.max_chars,
        }


def read_settings(section: Mapping[str, Any], name: str = SECTION) -> Settings:
    """Return the settings in `section`, which the config's schema has already accepted.

    `name` is the section's place in the config. Raises UserError that names the key when a value
    cannot work.
    """
    price = Price(
        float(section["usd_per_million_input_tokens"]),
        float(section["usd_per_million_output_tokens"]),
    )
    parameters = _parameters(section)
    settings = _endpoint(section, name, parameters, section["attempts"], price)
    _check_parameters(settings)
    return settings


def read_embedding_settings(section: Mapping[str, Any], name: str) -> EmbeddingSettings:
    """Return the settings in `section`, whose place in the config is `name`.

    The keys are those of `read_settings` without `temperature`, `attempts` and the price of the
    output. Raises UserError that names the key when a value cannot work.
    """
    parameters = {key: value for key, value in section["parameters"].items() if value is not None}
    price = Price(float(section["usd_per_million_input_tokens"]))
    settings = _endpoint(section, name, parameters, 1, price)
    _check_reserved(settings, _RESERVED_FOR_EMBEDDING, "what the model knows, such as dimensions")
    return EmbeddingSettings(settings)


def _endpoint(
    section: Mapping[str, Any],
    name: str,
    parameters: Mapping[str, Any],
    attempts: int,
    price: Price,
) -> Settings:
    settings = Settings(
        base_url=section["base_url"],
        model=section["model"] or "",
        api_key_env=section["api_key_env"],
        parameters=parameters,
        timeout_s=float(section["timeout_s"]),
        retries=section["retries"],
        attempts=attempts,
        concurrency=section["concurrency"],
        replay=section["replay"],
        price=price,
        budget=Budget(section["max_tokens_total"], section["max_cost_usd"]),
        section=name,
    )
    _check_model(settings)
    _check_url(settings)
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
            f"{settings.section}.api_key_env: the environment variable {name} is not set; expected"
            f" the key for {settings.base_url}. Export it; for a server that asks for none, export"
            f" {name}=none."
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise UserError(
            f"{settings.section}.api_key_env: the value of the environment variable {name} cannot"
            " be a key (a space, a line break or a character outside ASCII is in it). Export it"
            " again."
        )
    return key


def _check_model(settings: Settings) -> None:
    if not settings.model.strip():
        raise UserError(
            f"{settings.section}.model: no model is named; expected the name that"
            f" {settings.base_url} knows it by. Set {settings.section}.model, or choose the way"
            " that needs no model."
        )


def _check_url(settings: Settings) -> None:
    url, section = settings.base_url, settings.section
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
            f"{section}.base_url: carries a user name, a password or a query; expected an address"
            " alone. Put the key into the environment variable that"
            f" {section}.api_key_env names."
        )
    if not usable:
        raise UserError(
            f"{section}.base_url: {url!r} is no address of an endpoint; expected something like"
            " http://127.0.0.1:8000/v1 (without /chat/completions)."
        )
    method = next((each for each in _METHODS if parts.path.rstrip("/").endswith(each)), "")
    if method:
        raise UserError(
            f"{section}.base_url: {url!r} is the address of one method; expected the address"
            f" above it. Remove {method} from the end."
        )


def _check_parameters(settings: Settings) -> None:
    _check_reserved(settings, _RESERVED_PARAMETERS, "sampling parameters such as temperature")
    parameters = settings.parameters
    limits = [parameters[name] for name in _LENGTH_PARAMETERS if name in parameters]
    if len(limits) != 1 or not isinstance(limits[0], int) or limits[0] < 1:
        raise UserError(
            f"{settings.section}.parameters: exactly one of {' and '.join(_LENGTH_PARAMETERS)} must"
            " be given, as a whole number of at least 1: without it no budget can hold. Hosted"
            " reasoning models want the first, most other servers the second."
        )


def _check_reserved(settings: Settings, names: frozenset[str], expected: str) -> None:
    reserved = sorted(names & settings.parameters.keys())
    if reserved:
        raise UserError(
            f"{settings.section}.parameters: {', '.join(reserved)} cannot be set here; expected"
            f" {expected}. Remove it."
        )
