"""The configuration: defaults, and what a user reads after a mistake."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from shellwright import config, schema
from shellwright.config_file import Origins
from shellwright.errors import UserError
from shellwright.sandbox.limits import least_memory_mb

PROJECT = Path(__file__).resolve().parents[3]


def test_an_empty_configuration_gets_every_default() -> None:
    loaded = config.load({})
    assert loaded["seed"] == 1
    assert loaded["verify"]["limits"]["memory_mb"] == 1024
    assert loaded["skills"]["sources"][0]["path"] == "resources/skills"


def test_the_given_file_shows_every_knob() -> None:
    """config.yaml may have other values than the defaults, but it leaves no key out."""
    given = yaml.safe_load((PROJECT / "config.yaml").read_text())

    def keys(block: Any, described: schema.Schema, place: str = "") -> list[str]:
        missing = []
        for name, part in described.get("properties", {}).items():
            if name not in block:
                missing.append(f"{place}{name}")
            elif isinstance(block[name], dict):
                missing += keys(block[name], part, f"{place}{name}.")
        return missing

    assert keys(given, schema.load("config")) == []
    config.load(PROJECT / "config.yaml")


def test_defaults_are_not_shared_between_two_loads() -> None:
    config.load({})["skills"]["licenses"].append("changed")
    assert "changed" not in config.load({})["skills"]["licenses"]


def test_what_is_given_stays_as_it_was() -> None:
    given: dict[str, Any] = {"verify": {"workers": 3}}
    assert config.load(given)["verify"]["workers"] == 3
    assert given == {"verify": {"workers": 3}}


MISTAKES = [
    pytest.param({"sead": 1}, "sead: found an unknown key", "Did you mean 'seed'?", id="unknown"),
    pytest.param(
        {"verify": {"limits": {"memroy_mb": 1}}},
        "verify.limits.memroy_mb: found an unknown key",
        "Did you mean 'memory_mb'?",
        id="unknown-deep",
    ),
    pytest.param(
        {"blueprints": {"count": "many"}},
        'blueprints.count: found "many"; expected a whole number',
        "Write it in that form.",
        id="wrong-type",
    ),
    pytest.param(
        {"blueprints": {"count": "12"}},
        'blueprints.count: found "12"; expected a whole number',
        "Write it without quotes: 12.",
        id="quoted-number",
    ),
    pytest.param(
        {"trajectories": {"policies": "oracle"}},
        'trajectories.policies: found "oracle"; expected a list',
        "Write a list, even of one: [oracle].",
        id="no-list",
    ),
    pytest.param(
        {"blueprints": {"count": -5}},
        "blueprints.count: found -5; expected 1 to 1000000.",
        "Set it to 1 or more.",
        id="too-small",
    ),
    pytest.param(
        {"blueprints": {"count": 10**9}},
        "blueprints.count: found 1000000000; expected 1 to 1000000.",
        "Set it to 1000000 or less.",
        id="too-large",
    ),
    pytest.param(
        {"verify": {"limits": {"cpus": 0}}},
        "verify.limits.cpus: found 0; expected more than 0.",
        "Set it to more than 0.",
        id="not-above",
    ),
    pytest.param(
        {"tasks": {"teacher": "nobody"}},
        'tasks.teacher: found "nobody"; expected one of',
        "Choose one of them.",
        id="far-from-any-choice",
    ),
    pytest.param(
        {"corpus": {"drop": ["duplicate", "duplicate"]}},
        'corpus.drop: found ["duplicate", "duplicate"]; expected entries that differ.',
        "Take out what stands there twice.",
        id="entry-twice",
    ),
    pytest.param({"seed": True}, "seed: found true", "whole number", id="boolean-for-number"),
    pytest.param({"verify": None}, "verify: found null", "Remove the key", id="empty-block"),
    pytest.param({"shards": 0}, "shards: found 0", "zero shards", id="zero-shards"),
    pytest.param(
        {"shards": {"bits": -1}}, "shards.bits: found -1", "zero shards", id="negative-bits"
    ),
    pytest.param({"shards": {"bits": 9}}, "shards.bits: found 9", "0 to 8", id="many-bits"),
    pytest.param(
        {"trajectories": {"policies": ["orcale"]}},
        'trajectories.policies[0]: found "orcale"',
        "Did you mean 'oracle'?",
        id="unknown-choice",
    ),
    pytest.param(
        {"blueprints": {"length": {"min": 5, "max": 2}}},
        "blueprints.length.min: found 5, more than blueprints.length.max (2)",
        "Lower min or raise max",
        id="min-over-max",
    ),
    pytest.param(
        {"blueprints": {"length": {"max": 3, "weights": [1, 2]}}},
        "blueprints.length.weights: found [1, 2]; expected 3 weights",
        "one weight per length",
        id="weights-do-not-fit",
    ),
    pytest.param(
        {"blueprints": {"length": {"max": 2, "weights": [0, 0]}}},
        "blueprints.length.weights: found [0, 0]",
        "not all 0",
        id="weights-all-zero",
    ),
    pytest.param(
        {"tasks": {"teacher": "openai"}},
        "tasks.openai.model: found null",
        "Name the model",
        id="teacher-without-model",
    ),
    pytest.param(
        {"verify": {"rubric": {"judge": "openai"}}},
        "verify.rubric.openai.model: found null",
        "because verify.rubric.judge is openai. Name the model",
        id="judge-without-model",
    ),
    pytest.param(
        {"difficulty": {"agent": "model"}},
        "difficulty.openai.model: found null",
        "because difficulty.agent is model. Name the model",
        id="agent-without-model",
    ),
    pytest.param(
        {"verify": {"limits": {"memory_mb": 256}}},
        "verify.limits.memory_mb: found 256; expected at least 704 with verify.limits.disk_mb at"
        " 512",
        "Raise memory_mb or lower disk_mb",
        id="memory-for-the-disk",
    ),
    pytest.param(
        {"difficulty": {"bands": {"hard": 0.7}}},
        "difficulty.bands.hard: found 0.7, more than difficulty.bands.medium (0.67)",
        "Lower hard or raise medium",
        id="bands-out-of-order",
    ),
    pytest.param(
        {"skills": {"sources": [{"name": "a", "kind": "library", "path": "x"}] * 2}},
        "skills.sources: found two sources named 'a'",
        "Rename",
        id="same-name",
    ),
    pytest.param(
        {"skills": {"sources": [{"name": "a"}]}},
        "skills.sources[0].kind: found nothing",
        "Add the key",
        id="missing-key",
    ),
    pytest.param(
        {"skills": {"sources": [{"name": "a", "kind": "archive"}]}},
        "skills.sources[0].path: found nothing",
        "Give path for 'a'",
        id="source-without-path",
    ),
    pytest.param(
        {"skills": {"sources": [{"name": "a", "kind": "git", "url": "https://host/x"}]}},
        "skills.sources[0].ref: found nothing",
        "Give url and ref for 'a'",
        id="git-without-revision",
    ),
    pytest.param(
        {"skills": {"sources": [{"name": "a", "kind": "library", "path": "x", "ref": "main"}]}},
        'skills.sources[0].ref: found "main"',
        "Take the key out",
        id="revision-of-a-folder",
    ),
    pytest.param(
        {"skills": {"sources": [{"name": "My Skills", "kind": "library", "path": "x"}]}},
        'skills.sources[0].name: found "My Skills"; expected lower case letters, digits and _,',
        "at most 32",
        id="source-name",
    ),
    pytest.param(
        {"skills": {"licenses": ["MIT", "mit"]}},
        'skills.licenses[1]: found "mit"; expected an SPDX identifier or unknown',
        "Did you mean 'MIT'?",
        id="licence-in-lower-case",
    ),
    pytest.param(
        {"skills": {"licenses": ["Unknwon"]}},
        'skills.licenses[0]: found "Unknwon"',
        "Did you mean 'unknown'?",
        id="licence-mistyped",
    ),
    pytest.param(
        {"skills": {"licenses": ["GPL-3.0"]}},
        'skills.licenses[0]: found "GPL-3.0"',
        "Did you mean 'GPL-3.0-only'?",
        id="licence-replaced",
    ),
    pytest.param(
        {"skills": {"licenses": ["MIT OR ISC"]}},
        'skills.licenses[0]: found "MIT OR ISC"',
        "single licences",
        id="expression-for-licence",
    ),
    pytest.param(
        {"skills": {"sources": [{"name": "a", "kind": "folder", "path": "x", "license": "what"}]}},
        'skills.sources[0].license: found "what"; expected an SPDX identifier or expression',
        "spdx.org/licenses",
        id="licence-of-a-source",
    ),
    pytest.param(
        {"images": {"base": {"reference": "debian:latest"}}},
        'images.base.reference: found "debian:latest"',
        "sha256",
        id="not-pinned",
    ),
]


@pytest.mark.parametrize(("given", "found", "remedy"), MISTAKES)
def test_a_mistake_is_named_with_its_remedy(given: Any, found: str, remedy: str) -> None:
    with pytest.raises(UserError) as error:
        config.load(given, Origins([("mine.yaml", given)]))
    (line,) = str(error.value).splitlines()
    assert line.startswith(f"mine.yaml: {found}")
    assert remedy in line


def test_licences_of_every_form_are_taken() -> None:
    source = {"name": "a", "kind": "folder", "path": "x", "license": "MIT OR Apache-2.0"}
    listed = ["MIT", "unknown", "LicenseRef-Ours", "Apache-2.0 WITH LLVM-exception"]
    config.load({"skills": {"sources": [source], "licenses": listed}})


def test_all_mistakes_are_listed_at_once() -> None:
    with pytest.raises(UserError) as error:
        config.load({"sead": 1, "shards": {"bits": "4"}})
    assert len(str(error.value).splitlines()) == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"mine\.yaml: No such file"):
        config.load(tmp_path / "mine.yaml")


def test_no_memory_is_accepted_that_no_disk_leaves_enough_of() -> None:
    limits = schema.load("config")["properties"]["verify"]["properties"]["limits"]["properties"]
    assert limits["memory_mb"]["minimum"] == least_memory_mb(limits["disk_mb"]["minimum"])
