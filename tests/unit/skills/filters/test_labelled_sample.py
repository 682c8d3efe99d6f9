"""On skills that people have read and labelled, unsafe ones are refused."""

from pathlib import Path

import pytest
from tests.support.skill_labels import ARCHIVE, FILTERS, Judged, judged, score


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[Judged]:
    if not ARCHIVE.is_file():
        pytest.skip("the labelled skills are not here: ../shared/data/openclaw-skills.tar.gz")
    return list(judged(Path(tmp_path_factory.mktemp("cache"))))


def test_the_sample_is_large_enough(sample: list[Judged]) -> None:
    assert len(sample) >= 150
    assert sum(not each.labels["safe"] for each in sample) >= 20


def test_unsafe_skills_are_refused(sample: list[Judged]) -> None:
    assert score(sample, "safe").recall >= 0.95


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_decides_both_ways(sample: list[Judged], name: str) -> None:
    assert {each.verdicts[name] for each in sample} == {True, False}
