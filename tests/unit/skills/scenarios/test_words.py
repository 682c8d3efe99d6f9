"""The lists of words: phrases, calls of libraries, topics, purposes of programs."""

import re

import pytest

from shellwright.skills.document import Document
from shellwright.skills.scenarios import librarycalls, stated
from shellwright.skills.scenarios.purposes import purpose_of_install, software
from shellwright.skills.scenarios.vocabulary import VOCABULARY, valid
from shellwright.skills.scenarios.wording import sentence, topic


@pytest.mark.parametrize("side", ["needed", "made"])
def test_every_phrase_stands_for_a_state_of_the_vocabulary(side: str) -> None:
    phrases = stated._phrases(side)
    assert len(phrases.artifacts) == phrases.pattern.groups > 80
    assert all(valid(*artifact.scenario) for artifact in phrases.artifacts)


def test_the_longest_phrase_is_the_one_that_counts() -> None:
    found = [artifact.scenario for artifact in stated.spoken("a PDF, JSON reports", "made")]
    assert found == [
        ("document", (("format", "pdf"),)),
        ("report", (("format", "json"),)),
    ]
    assert stated.spoken("a JSONP of python-docx in csv.txt", "needed") == []


def test_every_library_is_found_by_a_word_of_its_own_pattern() -> None:
    for library in librarycalls._libraries():
        assert library.takes or library.makes
        assert library.pattern.groups == 0
        assert all(hint and hint in library.pattern.pattern for hint in library.hints)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("data = csv.reader(f)", "table"),
        ("key = process.env.ACME_API_KEY", "secret"),
        ("key = os.environ.get('ACME_TOKEN')", "secret"),
        ("r = httpx.get(url)", "endpoint"),
        ("for f in base.rglob('*.md'):", "tree"),
    ],
)
def test_a_hint_hides_no_match(code: str, kind: str) -> None:
    kinds = {a.kind for _, effect in librarycalls._called(code, True) for a in effect.takes}
    assert kind in kinds


def test_programs_have_purposes() -> None:
    found = {name: software(name) for name in ("ffmpeg", "git", "node", "frobnicate", "ls", "")}
    told = {name: each and dict(each.state)["purpose"] for name, each in found.items()}
    assert told == {
        "ffmpeg": "media",
        "git": "versions",
        "node": "javascript",
        "frobnicate": "special",
        "ls": None,
        "": None,
    }
    assert purpose_of_install(("install", "-y", "ffmpeg")) == "media"
    assert purpose_of_install(("install", "frobnicate")) == "special"


def test_every_sentence_is_one_of_words() -> None:
    for kind, words in VOCABULARY.items():
        states = [()] + [
            ((name, value),) for name, own in words.attributes.items() for value in own
        ]
        for state in states:
            text = sentence(kind, state)
            assert re.fullmatch(r"(?:An? |There is an? )[^=~]+[^ ]\.", text), text


def test_one_word_of_a_description_is_no_topic() -> None:
    def about(name: str, description: str) -> str:
        return topic(Document(name=name, title="", description=description, body=""))

    assert about("acme", "Reads the forecast.") == ""
    assert about("acme", "Reads the forecast: wind and rain.") == "weather"
    assert about("acme-weather", "") == "weather"
