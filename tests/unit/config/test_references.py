"""What the configuration points at: refused with file, key and remedy where it is not there."""

import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from shellwright import config, references
from shellwright.config_file import Origins
from shellwright.corpus.index import build_index, encode_index
from shellwright.errors import UserError

PROJECT = Path(__file__).resolve().parents[3]
MINE = Origins([("mine.yaml", {})])
ASKING = {"tasks": {"teacher": "openai", "openai": {"model": "m", "api_key_env": "UNSET_KEY"}}}


def source(**values: str) -> dict[str, Any]:
    return {"skills": {"sources": [{"name": "mine", **values}]}}


def endpoint(**values: Any) -> dict[str, Any]:
    return {"tasks": {"teacher": "openai", "openai": {"model": "m", **values}}}


def decontaminate(**values: Any) -> dict[str, Any]:
    return {"corpus": {"decontaminate": values}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one of each that a configuration can point at."""
    (tmp_path / "folder" / "one").mkdir(parents=True)
    (tmp_path / "empty" / ".git").mkdir(parents=True)
    (tmp_path / "file").write_text("no index\n")
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("one/SKILL.md", "one")
    with tarfile.open(tmp_path / "packed.tar.xz", "w:xz") as archive:
        archive.add(tmp_path / "file")
    index = build_index("five", {"task": "one two three four five six"}, n=5)
    (tmp_path / "five.idx").write_bytes(encode_index(index, "made up"))
    return tmp_path


MISTAKES = [
    *[
        pytest.param(
            source(kind=kind, path="nowhere"),
            f'skills.sources[0].path: found "nowhere", where nothing lies; expected {expected},'
            f" because the source is of kind {kind}",
            "Correct the path.",
            id=f"no-{kind}",
        )
        for kind, expected in (
            ("library", "a folder"),
            ("folder", "a folder"),
            ("archive", "a file"),
            ("tldr", "a folder or a file"),
        )
    ],
    pytest.param(
        source(kind="folder", path="file"),
        'skills.sources[0].path: found "file", where a file lies; expected a folder',
        "Correct the path or the kind.",
        id="file-for-folder",
    ),
    pytest.param(
        source(kind="archive", path="folder"),
        'skills.sources[0].path: found "folder", where a folder lies; expected a file',
        "Correct the path or the kind.",
        id="folder-for-archive",
    ),
    pytest.param(
        source(kind="folder", path="folder", folder="../up"),
        'skills.sources[0].folder: found "../up", its path leads out of the source',
        "as a/b",
        id="folder-outside",
    ),
    *[
        pytest.param(
            source(kind=kind, path="file"),
            'skills.sources[0].path: found "file", where a file of another form lies; expected a'
            " tar archive, which may be compressed, or a zip archive",
            "Correct the path, or pack the file again.",
            id=f"no-archive-{kind}",
        )
        for kind in ("archive", "tldr")
    ],
    *[
        pytest.param(
            source(kind=kind, path="empty"),
            'skills.sources[0].path: found "empty", where an empty folder lies; expected a folder',
            "Correct the path, or fill the folder.",
            id=f"empty-{kind}",
        )
        for kind in ("library", "folder", "tldr")
    ],
    pytest.param(
        source(kind="folder", path="folder", folder="nope"),
        'skills.sources[0].folder: found "nope", which is no folder in "folder"; expected a folder',
        "leave it out to read all of the source",
        id="folder-that-is-not-there",
    ),
    pytest.param(
        source(kind="git", url="file:///nowhere/at%20all", ref="main"),
        'skills.sources[0].url: found "file:///nowhere/at%20all", where nothing lies',
        "Correct the url.",
        id="repository-that-is-not-there",
    ),
    pytest.param(
        source(kind="git", url="ext::sh -c true", ref="main"),
        "skills.sources[mine]: url is 'ext::sh -c true'; expected an address",
        "https://",
        id="address-of-a-program",
    ),
    pytest.param(
        {"blueprints": {"visits": "nowhere.json"}},
        'blueprints.visits: found "nowhere.json", where no file lies',
        "set it to null",
        id="no-visits",
    ),
    pytest.param(
        decontaminate(indexes=["five.idx", "nowhere.idx"], ngram=5),
        'corpus.decontaminate.indexes[1]: found "nowhere.idx", where no file lies',
        "build the index: python -m shellwright.corpus.index build",
        id="no-index",
    ),
    pytest.param(
        decontaminate(indexes=["file"]),
        "corpus.decontaminate.indexes[0]: ",
        "Build the index again",
        id="not-an-index",
    ),
    pytest.param(
        decontaminate(indexes=["five.idx"], ngram=13),
        "corpus.decontaminate.ngram: found 13; expected 5, the length of the n-grams in five.idx",
        "Set it to 5, or build the index again",
        id="other-length",
    ),
    pytest.param(
        endpoint(base_url="http://host/v1/chat/completions"),
        "tasks.openai.base_url: 'http://host/v1/chat/completions' is the address of one method",
        "Remove /chat/completions",
        id="address-of-a-method",
    ),
    pytest.param(
        {
            "difficulty": {
                "agent": "model",
                "openai": {"model": "m", "parameters": {"stream": True}},
            }
        },
        "difficulty.openai.parameters: stream cannot be set here",
        "Remove it.",
        id="parameter-of-the-client",
    ),
    pytest.param(
        {"graph": {"embeddings": "openai", "openai": {"model": "m", "parameters": {"input": 1}}}},
        "graph.openai.parameters: input cannot be set here",
        "Remove it.",
        id="parameter-of-an-embedding",
    ),
]


@pytest.mark.parametrize(("given", "found", "remedy"), MISTAKES)
def test_what_is_not_there_is_named_with_its_remedy(
    given: Any, found: str, remedy: str, project: Path
) -> None:
    here = {**source(kind="library", path="folder"), **decontaminate(indexes=[])}
    with pytest.raises(UserError) as error:
        references.check(config.load({**here, **given}), MINE, project)
    (line,) = str(error.value).splitlines()
    assert line.startswith(f"mine.yaml: {found}")
    assert remedy in line


def test_what_is_there_is_accepted(project: Path) -> None:
    references.check(config.load(PROJECT / "config.yaml"), MINE, PROJECT)
    sources = [
        {"name": "one", "kind": "library", "path": str(project / "folder")},
        {"name": "two", "kind": "tldr", "path": "packed.tar.xz"},
        {"name": "three", "kind": "git", "url": "https://host/x.git", "ref": "main"},
        {"name": "four", "kind": "archive", "path": "packed.zip"},
        {"name": "five", "kind": "git", "url": (project / "folder").as_uri(), "ref": "main"},
        {"name": "six", "kind": "folder", "path": "folder", "folder": "one"},
    ]
    given = {**decontaminate(indexes=["five.idx"], ngram=5), "skills": {"sources": sources}}
    references.check(config.load(given), MINE, project)


def test_a_key_is_needed_by_the_jobs_that_ask(project: Path) -> None:
    complete = config.load(ASKING)
    with pytest.raises(UserError, match=r"mine\.yaml: tasks\.openai\.api_key_env: .*UNSET_KEY"):
        references.check_keys({"write_tasks"}, complete, MINE, {})
    references.check_keys({"write_tasks"}, complete, MINE, {"UNSET_KEY": "none"})
    references.check_keys({"verify_tasks"}, complete, MINE, {})
    replay = config.load(endpoint(replay=True))
    references.check_keys({"write_tasks"}, replay, MINE, {})


def test_a_reader_of_libraries_alone_needs_no_key() -> None:
    reader = {"reader": "openai", "openai": {"model": "m"}}
    references.check_keys({"collect_skills"}, config.load({"skills": reader}), MINE, {})
    wild = source(kind="folder", path="folder")["skills"]
    complete = config.load({"skills": {**wild, **reader}})
    with pytest.raises(UserError, match=r"skills\.openai\.api_key_env"):
        references.check_keys({"collect_skills"}, complete, MINE, {})


def test_every_use_of_a_model_has_its_key(project: Path) -> None:
    """A use that no rule asks for would be found in the middle of a build."""
    for use in config.MODEL_USES:
        block: dict[str, Any] = {}
        for key, value in ((use.key, use.value), (f"{use.section}.model", "m")):
            *parts, last = key.split(".")
            place = block
            for part in parts:
                place = place.setdefault(part, {})
            place[last] = value
        block.setdefault("skills", {}).update(source(kind="folder", path="folder")["skills"])
        with pytest.raises(UserError, match=f"{use.section}.api_key_env"):
            references.check_keys({use.rule}, config.load(block), MINE, {})
