"""The configuration: defaults filled in, everything checked before any work.

Imported while Snakemake parses, in every remote job again, so it imports nothing heavy.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shellwright import schema
from shellwright.config_file import Origins, read_file
from shellwright.errors import UserError
from shellwright.sandbox.limits import least_memory_mb
from shellwright.schema import Problem, shown
from shellwright.skills import spdx

Config = dict[str, Any]

DEFAULT_FILE = "config.yaml"
_SCHEMA = "config"


def load(
    source: str | os.PathLike[str] | Mapping[str, Any], origins: Origins | None = None
) -> Config:
    """Return the configuration of a file, or of keys already read, with every default filled in.

    ``origins`` is where keys already read come from; without it they are those of the default file.
    Raises UserError that lists every problem with file, key, what was found, what was expected and
    what to do.
    """
    if isinstance(source, Mapping):
        given: Any = dict(source)
        origins = origins or Origins([(DEFAULT_FILE, given)])
    else:
        given = read_file(Path(source))
        origins = Origins([(os.fspath(source), given)])
    config = schema.filled(schema.load(_SCHEMA), given)
    problems = schema.checker(_SCHEMA)(config) or _beyond_schema(config)
    if problems:
        told = (f"{origins.of(each.place)}: {_plainer(each, config)}" for each in problems)
        raise UserError("\n".join(told))
    return dict(config)


def _plainer(problem: Problem, config: Any) -> str:
    """Return the problem as text, in better words where the schema's own would puzzle."""
    if problem.place in {("shards",), ("shards", "bits")} and _no_shards(config):
        return (
            f"{problem.key}: found {problem.found}, which asks for zero shards; expected shards:"
            " {bits: 0} to {bits: 8}. There are 2^bits shards, so bits: 0 is one, the least."
        )
    return str(problem)


def _no_shards(config: Any) -> bool:
    shards = config.get("shards")
    bits = shards.get("bits") if isinstance(shards, dict) else shards
    return bits is None or (isinstance(bits, int) and bits <= 0)


def _beyond_schema(config: Config) -> list[Problem]:
    """Return the problems that lie between keys, where a schema cannot see them."""
    return [
        *_same_names(config),
        *_sources(config),
        *_licenses(config),
        *_lengths(config),
        *_limits(config),
        *_model(config),
        *_bands(config),
    ]


def _same_names(config: Config) -> Iterator[Problem]:
    names = [source["name"] for source in config["skills"]["sources"]]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(
            ("skills", "sources"),
            f"two sources named {name!r}",
            "names that differ",
            "Rename one of them.",
        )


def _sources(config: Config) -> Iterator[Problem]:
    for place, source in enumerate(config["skills"]["sources"]):
        needed = ("url", "ref") if source["kind"] == "git" else ("path",)
        for key in needed:
            if key not in source:
                yield Problem(
                    ("skills", "sources", place, key),
                    "nothing",
                    f"a value, because the source is of kind {source['kind']}",
                    f"Give {' and '.join(needed)} for {source['name']!r}.",
                )
        for key in ("ref",) if source["kind"] != "git" else ("path", "commit"):
            if key in source:
                yield Problem(
                    ("skills", "sources", place, key),
                    shown(source[key]),
                    f"no {key} in a source of kind {source['kind']}",
                    "Take the key out, or correct the kind.",
                )


def _licenses(config: Config) -> Iterator[Problem]:
    """Licences that no skill can ever have, so that every skill would be refused."""
    for place, name in enumerate(config["skills"]["licenses"]):
        if name != spdx.UNKNOWN and not spdx.is_single(name):
            yield _no_license(
                ("skills", "licenses", place), name, f"an SPDX identifier or {spdx.UNKNOWN}"
            )
    for place, source in enumerate(config["skills"]["sources"]):
        name = source.get("license")
        if name is not None and spdx.canonical(name) != name:
            key = ("skills", "sources", place, "license")
            yield _no_license(key, name, "an SPDX identifier or expression")


def _no_license(place: schema.Place, name: str, expected: str) -> Problem:
    near = spdx.nearest(name)
    remedy = "spdx.org/licenses lists them; give an expression as its single licences."
    return Problem(
        place, shown(name), expected, f"Did you mean {near!r}?" if near != name and near else remedy
    )


def _lengths(config: Config) -> Iterator[Problem]:
    length = config["blueprints"]["length"]
    low, high, weights = length["min"], length["max"], length["weights"]
    if low > high:
        yield Problem(
            ("blueprints", "length", "min"),
            f"{low}, more than blueprints.length.max ({high})",
            "a number not above blueprints.length.max",
            "Lower min or raise max.",
        )
    elif weights is not None and (len(weights) != high - low + 1 or not any(weights)):
        yield Problem(
            ("blueprints", "length", "weights"),
            shown(weights),
            f"{high - low + 1} weights, one for each length from {low} to {high}, not all 0",
            "Give one weight per length, or null for equal shares.",
        )


def _limits(config: Config) -> Iterator[Problem]:
    limits = config["verify"]["limits"]
    least = least_memory_mb(limits["disk_mb"])
    if limits["memory_mb"] < least:
        yield Problem(
            ("verify", "limits", "memory_mb"),
            shown(limits["memory_mb"]),
            f"at least {least} with verify.limits.disk_mb at {limits['disk_mb']}, because the files"
            " of a container lie in its memory",
            "Raise memory_mb or lower disk_mb.",
        )


@dataclass(frozen=True)
class ModelUse:
    """A key whose ``value`` needs a model, the section that names it, the rule that asks it."""

    key: str
    value: str
    section: str
    rule: str

    def is_on(self, config: Config) -> bool:
        """Tell whether the configuration asks for the model."""
        return bool(at(config, self.key) == self.value)


MODEL_USES = (
    ModelUse("tasks.teacher", "openai", "tasks.openai", "write_tasks"),
    ModelUse("skills.reader", "openai", "skills.openai", "collect_skills"),
    ModelUse("graph.judge", "openai", "skills.openai", "build_graph"),
    ModelUse("graph.embeddings", "openai", "graph.openai", "build_graph"),
    ModelUse("verify.rubric.judge", "openai", "verify.rubric.openai", "verify_tasks"),
    ModelUse("difficulty.agent", "model", "difficulty.openai", "measure_difficulty"),
)


def _model(config: Config) -> Iterator[Problem]:
    for use in MODEL_USES:
        if use.is_on(config) and at(config, f"{use.section}.model") is None:
            yield Problem(
                (*use.section.split("."), "model"),
                "null",
                f"the name of a model, because {use.key} is {use.value}",
                f"Name the model, or set {use.key} to another value.",
            )


def _bands(config: Config) -> Iterator[Problem]:
    bands = config["difficulty"]["bands"]
    if bands["hard"] > bands["medium"]:
        yield Problem(
            ("difficulty", "bands", "hard"),
            f"{shown(bands['hard'])}, more than difficulty.bands.medium ({shown(bands['medium'])})",
            "a number not above difficulty.bands.medium",
            "Lower hard or raise medium.",
        )


def at(config: Config, key: str) -> Any:
    """Return the value of a dotted key."""
    value: Any = config
    for part in key.split("."):
        value = value[part]
    return value
