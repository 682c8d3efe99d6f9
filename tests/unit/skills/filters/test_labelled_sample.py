"""On skills that people have read and labelled, unsafe ones are refused."""

from pathlib import Path

import pytest
from tests.support.skill_labels import (
    ARCHIVE,
    FILTERS,
    PAGES,
    Judged,
    judged,
    judged_pages,
    score,
    wilson,
)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[Judged]:
    if not ARCHIVE.is_file():
        pytest.skip("the labelled skills are not here: ../shared/data/openclaw-skills.tar.gz")
    return list(judged(Path(tmp_path_factory.mktemp("cache"))))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Judged]:
    if not PAGES.is_file():
        pytest.skip("the labelled pages are not here: ../shared/data/tldr-pages.tar.gz")
    return list(judged_pages(Path(tmp_path_factory.mktemp("cache"))))


def test_the_sample_is_large_enough(sample: list[Judged]) -> None:
    assert len(sample) >= 150
    held_out = [each for each in sample if each.use == "held-out"]
    assert sum(not each.labels["safe"] for each in held_out) >= 30


@pytest.mark.parametrize("uses", [{"held-out"}, {"development", "held-out"}])
def test_unsafe_skills_are_refused(sample: list[Judged], uses: set[str]) -> None:
    assert score([each for each in sample if each.use in uses], "safe").recall >= 0.95


#: The least precision and recall of refusals among the skills that were drawn at random.
LEAST = {
    "linux": (0.9, 0.8),
    "workflow": (0.8, 0.75),
    "safe": (0.55, 1.0),
    "verifiable": (0.95, 0.95),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_agrees_with_its_reader(sample: list[Judged], name: str) -> None:
    found = score([each for each in sample if each.stratum == "random"], name)
    precision, recall = LEAST[name]
    assert found.precision >= precision
    assert found.recall >= recall


def test_most_of_what_passes_would_pass_with_a_reader(
    sample: list[Judged], pages: list[Judged]
) -> None:
    for part, least in ((sample, 0.6), (pages, 0.8)):
        let = [each for each in part if all(each.verdicts.values())]
        right = [each for each in let if all(each.labels.values())]
        assert len(let) >= 40
        assert len(right) / len(let) >= least


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_decides_both_ways(sample: list[Judged], name: str) -> None:
    assert {each.verdicts[name] for each in sample} == {True, False}


def test_the_interval_of_a_share_is_that_of_wilson() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(33, 33) == pytest.approx((0.8957, 1.0), abs=1e-4)
