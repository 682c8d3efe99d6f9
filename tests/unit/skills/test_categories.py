"""Categories: every kind of scenario has one, and reports decide only where nothing else does."""

from shellwright.blueprints.sample import HOMES
from shellwright.skills.categories import CATEGORIES, OTHER, category_of
from shellwright.skills.scenarios.vocabulary import VOCABULARY


def sketches(*kinds: str) -> list[dict[str, str]]:
    return [{"kind": kind} for kind in kinds]


def test_most_scenarios_decide() -> None:
    found = category_of(sketches("repository", "tree"), sketches("repository"))
    assert found == "version-control"


def test_a_report_counts_only_alone() -> None:
    assert category_of(sketches("log"), sketches("report")) == "system-administration"
    assert category_of([], sketches("report")) == "text-and-data-processing"


def test_what_is_needed_as_a_means_does_not_count() -> None:
    found = category_of(sketches("package", "secret"), sketches("report"))
    assert found == "text-and-data-processing"
    assert category_of([], sketches("package")) == "build-and-dependency-management"


def test_nothing_known_is_a_script() -> None:
    assert category_of([], []) == OTHER


def test_every_category_has_a_home() -> None:
    assert set(CATEGORIES.values()) <= set(HOMES)


def test_the_kinds_are_those_of_the_vocabulary() -> None:
    assert set(CATEGORIES) <= set(VOCABULARY)
