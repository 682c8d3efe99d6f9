"""Overlaps: the anchored scan must find exactly what a plain search finds."""

from hypothesis import given
from hypothesis import strategies as st

from shellwright.corpus.ngrams import (
    NgramIndex,
    anchor_hash,
    anchors,
    gram_hash,
    grams,
    longest_run,
    merged,
)

N = 14
TOKENS = st.lists(st.sampled_from([b"a", b"b"]), max_size=60)


def index(*texts: list[bytes], n: int = N) -> NgramIndex:
    return NgramIndex(
        "bench",
        n,
        {f"t{number}": frozenset(grams(text, n)) for number, text in enumerate(texts)},
        set().union(*(anchors(text, n) for text in texts)),
    )


def naive(text: list[bytes], benchmark: list[bytes], n: int) -> list[int]:
    known = {tuple(benchmark[at : at + n]) for at in range(len(benchmark) - n + 1)}
    return [at for at in range(len(text) - n + 1) if tuple(text[at : at + n]) in known]


@given(TOKENS, TOKENS, st.integers(2, 16))
def test_scan_finds_what_a_plain_search_finds(
    text: list[bytes], benchmark: list[bytes], n: int
) -> None:
    assert [hit.at for hit in index(benchmark, n=n).scan(text)] == naive(text, benchmark, n)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(10, 20))
def test_a_planted_run_is_found_from_14_tokens_on(before: int, after: int, length: int) -> None:
    benchmark = [b"w%d" % number for number in range(40)]
    planted = benchmark[5 : 5 + length]
    hits = index(benchmark).scan([b"x"] * before + planted + [b"y"] * after)
    assert [hit.at for hit in hits] == list(range(before, before + max(0, length - N + 1)))


def test_overlap_names_the_task_with_coverage_and_run() -> None:
    first = [b"w%d" % number for number in range(20)]
    second = [b"v%d" % number for number in range(27)]
    found = index(first, second)
    overlaps = found.overlaps(found.scan([*second[:15], b"x", *second[:14], b"x", *first]))
    assert [(each.task, each.coverage, each.run) for each in overlaps] == [
        ("t0", 1.0, 20),
        ("t1", 2 / 14, 15),
    ]


def test_longest_run_counts_tokens() -> None:
    assert longest_run([], N) == 0
    assert longest_run([3], N) == 14
    assert longest_run([3, 4, 9, 10, 11], N) == 16


def test_merged_names_tasks_by_benchmark() -> None:
    text = [b"w%d" % number for number in range(14)]
    both = merged([index(text)], N)
    assert [each.task for each in both.overlaps(both.scan(text))] == ["bench/t0"]
    assert not merged([], N).scan(text)


def test_hashes_are_those_of_the_index_format() -> None:
    assert gram_hash([b"a", b"b"]) == 0x28F927C0A5DE37BB
    assert anchor_hash([b"a", b"b"]) == 0x806C5CD3
