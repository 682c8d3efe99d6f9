"""Which of a skill's scenarios it leads between."""

from shellwright.graph.sketches import Mention, Mentions, Told
from shellwright.graph.triples import End, Triple, judge_triples, select, triples_of


def end(scenario: str, evidence: str = "seen", kind: str = "table") -> End:
    return End(scenario, kind, scenario, evidence)


def accepted(pre: End, post: End, *kinds: str) -> bool:
    triple = Triple("x", pre, post, frozenset({pre.kind, *kinds}))
    return judge_triples([triple])[0].accepted


def test_a_skill_changes_what_it_starts_from() -> None:
    assert accepted(end("a", "cat a"), end("b", "sort a"))


def test_a_skill_may_make_something_of_a_new_kind() -> None:
    assert accepted(end("a", "cat a"), end("b", "plot", kind="image"))


def test_what_is_made_comes_from_its_own_kind_where_there_is_one() -> None:
    pre, post = end("a", "cat a"), end("b", "plot", kind="image")
    assert not accepted(pre, post, "image")
    assert accepted(end("a", "plot"), post, "image")


def test_a_skill_does_not_end_where_it_starts() -> None:
    assert not accepted(end("a"), end("a"))


def test_evidence_must_be_named() -> None:
    assert not accepted(end("a", " "), end("b"))
    assert not accepted(end("a"), end("b", ""))


def test_what_has_become_one_scenario_counts_once() -> None:
    told = {key: Told(key, "table", (), key) for key in "pqr"}
    mentions = Mentions("x", (Mention("p", "1"), Mention("q", "2")), (Mention("r", "3"),))
    homes = {"pre": {"p": "A", "q": "A"}, "post": {"r": "B"}}
    assert [each.pre.text for each in triples_of(mentions, homes, told)] == ["p"]


def test_a_bound_spares_triples_that_bring_a_new_scenario() -> None:
    ends = [(pre, post) for pre in "ab" for post in "cde"]
    triples = [Triple("x", end(pre), end(post), frozenset()) for pre, post in ends]
    kept = [ends[place] for place in select(triples, 4)]
    assert {pre for pre, _ in kept} == {"a", "b"}
    assert {post for _, post in kept} == {"c", "d", "e"}
    assert len(kept) == 4
