"""The table of programs."""

from collections import Counter
from pathlib import Path

import pytest

from shellwright.skills.scenarios import implied, oneliners, rules
from shellwright.skills.scenarios.formats import EXTENSIONS
from shellwright.skills.scenarios.vocabulary import valid

PLACES = {"in", "out", "files", "first", "last", "init", "rest", "filelast", "if", "of", "output"}


def every_rule() -> list[rules.Rule]:
    return [rule for found in rules.table().rules.values() for rule in found]


def test_the_common_programs_are_known() -> None:
    known = rules.table().rules
    assert len(known) > 400
    for program in ("tar", "git", "jq", "sqlite3", "ffmpeg", "make", "docker", "systemctl", "gpg"):
        assert program in known


def test_every_rule_speaks_of_known_states_and_places() -> None:
    for rule in every_rule():
        assert rule.makes, rule.command
        for wanted in (*rule.takes, *rule.makes):
            if wanted.default is not None:
                assert valid(*wanted.default.scenario), rule.command
            else:
                assert wanted.named, rule.command
            assert all(place in PLACES or place.startswith("-") for place in wanted.places)


def test_a_command_has_one_rule() -> None:
    seen = Counter((rule.command, rule.options) for rule in every_rule())
    assert [key for key, count in seen.items() if count > 1] == []


def test_the_rule_with_the_most_words_comes_first() -> None:
    for found in rules.table().rules.values():
        sizes = [(len(rule.command), len(rule.options)) for rule in found]
        assert sizes == sorted(sizes, reverse=True)


def test_every_extension_is_in_the_vocabulary() -> None:
    for extension, artifact in EXTENSIONS.items():
        assert valid(*artifact.scenario), extension


@pytest.mark.parametrize("text", ["table", "spell -> table", "table:colour=red -> report"])
def test_a_rule_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        list(rules._rules("program", text))


def test_every_implied_path_stands_for_something() -> None:
    entries = [each for found in implied._table().values() for each in found]
    assert len(entries) > 100
    paths = [path for each in entries for told in each.paths for path in told]
    assert all(set(path) != {"-"} for path in paths)
    assert any("*" in path for path in paths)


def test_a_path_that_speaks_of_no_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: 'pack: "{paper}.gz"')
    with pytest.raises(ValueError, match="paper"):
        implied._table.__wrapped__()


def test_a_one_liner_that_brings_nothing_about_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"jq", "awk", "sed"} <= oneliners._table().keys()
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: 'jq: {map: "colour=red"}')
    with pytest.raises(ValueError, match="colour=red"):
        oneliners._table.__wrapped__()


def test_a_mark_tells_what_only_looks() -> None:
    marked = {rule.command[0] for rule in every_rule() if rule.look}
    assert {"wc", "ls", "cat", "head", "file"} <= marked
    assert not {"sort", "sed", "pandoc"} & marked
