"""What a user learns of a source that is not read as it was meant to be."""

import importlib.util
import logging
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from tests.unit.skills.sources.making import TEXT, gathered, member, tar

from shellwright import config
from shellwright.skills.sources.gather import gather
from shellwright.skills.sources.limits import Limits
from shellwright.store import ItemStore

SCRIPT = Path(__file__).parents[4] / "scripts" / "collect_skills.py"
PAGE = b"# tar\n\n> Archive files.\n\n- List:\n\n`tar tf {{a.tar}}`\n"
PAGES = [member(f"tldr/pages/common/{name}.md", PAGE) for name in ("tar", "gzip")]
LINKS = [member(f"me/link{n}", b"", type=b"2", linkname="/etc/passwd") for n in range(18)]
BOMB = member("me/zeros.md", bytes(30 * 1024 * 1024))


@pytest.mark.parametrize(
    ("kind", "members", "said"),
    [
        (
            "archive",
            PAGES,
            "no SKILL.md found in the source, but 2 pages that look like those of the tldr project;"
            " is its kind tldr?",
        ),
        (
            "tldr",
            [member("me/one/SKILL.md", TEXT)],
            "no page of the tldr project found in the source, but 1 skills;"
            " is its kind folder, archive or git?",
        ),
        ("archive", [member("README.md", b"x")], "no SKILL.md found in the source"),
    ],
)
def test_a_source_without_what_its_kind_says_is_no_silent_success(
    tmp_path: Path, kind: str, members: list[Any], said: str
) -> None:
    tar(tmp_path / "a.tar.gz", members)
    skills, refusals = gathered(tmp_path, kind=kind, path="a.tar.gz")
    assert not skills
    assert [(refusal.reason, refusal.stops) for refusal in refusals] == [(said, True)]


def test_what_stops_a_source_is_listed_first(tmp_path: Path) -> None:
    tar(tmp_path / "a.tar.gz", [*LINKS, member("me/one/SKILL.md", TEXT), BOMB])
    source = {"name": "wild", "kind": "archive", "path": "a.tar.gz"}
    found = gather(source, tmp_path, tmp_path / "cache", Limits(ratio=20))
    assert len(list(found.skills)) == 1
    first, *others = found.listed()
    assert "skills.limits.ratio" in first.reason
    assert len(others) == 18
    assert {refusal.reason for refusal in others} == {"is a symbolic link"}


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("collect_skills", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def collected(folder: Path, source: dict[str, Any], caplog: pytest.LogCaptureFixture) -> str:
    """What collecting a source says in the log."""
    job = SimpleNamespace(
        params=SimpleNamespace(source=source, hosts={}),
        settings=config.load({}),
        project=folder,
        code="code",
        whole_store=lambda name: ItemStore(folder / "items", name, "0", 0),
        output=lambda name: folder / name,
    )
    with caplog.at_level(logging.INFO):
        script().main(job)
    return caplog.text


def test_the_log_names_what_stopped_a_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    tar(tmp_path / "a.tar.gz", [*LINKS, *PAGES])
    text = collected(tmp_path, {"name": "wild", "kind": "archive", "path": "a.tar.gz"}, caplog)
    assert "wild: no SKILL.md found in the source" in text
    assert "wild: 19 entries were not read" in text
    assert (tmp_path / "refused").read_text().startswith("\tno SKILL.md found")


def test_the_log_says_how_many_pages_are_for_other_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    others = [member(f"tldr/pages/osx/{name}.md", PAGE) for name in ("say", "open", "mdfind")]
    tar(tmp_path / "a.tar.gz", [*PAGES, *others])
    text = collected(tmp_path, {"name": "wild", "kind": "tldr", "path": "a.tar.gz"}, caplog)
    line = "for another system than common and linux: 3 pages are left out"
    assert f"wild: tldr/pages/osx: {line}" in text
    assert "wild: 3 entries were not read" in text
    assert (tmp_path / "refused").read_text() == f"tldr/pages/osx\t{line}\n"


def test_a_library_without_a_skill_is_no_silent_success(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "empty").mkdir()
    source = {"name": "mine", "kind": "library", "path": "empty"}
    said = collected(tmp_path, source, caplog)
    assert "mine: no <category>/<name>/SKILL.md in empty" in said
