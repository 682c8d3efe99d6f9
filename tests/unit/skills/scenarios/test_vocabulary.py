"""The words of scenarios."""

from shellwright.recipe.kinds import kinds
from shellwright.skills.scenarios.vocabulary import VOCABULARY, valid


def test_every_typed_scenario_can_be_said() -> None:
    for kind in kinds().values():
        for attribute, values in kind.resource.domain.items():
            for value in values:
                assert valid(kind.name, ((attribute, value),)), (kind.name, attribute, value)


def test_other_words_are_refused() -> None:
    assert not valid("spell", ())
    assert not valid("table", (("colour", "red"),))
    assert not valid("table", (("format", "red"),))


def test_every_value_has_a_phrase() -> None:
    for words in VOCABULARY.values():
        assert words.noun
        assert all(phrase for values in words.attributes.values() for phrase in values.values())
