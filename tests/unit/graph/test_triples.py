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


def led(pres: dict[str, str], *posts: tuple[str, str]) -> dict[tuple[str, str], str]:
    """The accepted transitions of a skill, with their reasons. `pres` are kinds with their
    evidence, `posts` pairs of a kind and its evidence; each is a scenario of its own."""
    kinds = frozenset(pres)
    triples = [
        Triple("x", end(pre, words, pre), end(f"{post}/{place}", evidence, post), kinds)
        for pre, words in pres.items()
        for place, (post, evidence) in enumerate(posts)
    ]
    return {
        (each.pre.kind, each.post.kind): verdict.reason
        for each, verdict in zip(triples, judge_triples(triples), strict=True)
        if verdict.accepted
    }


def test_where_there_are_several_kinds_what_is_made_comes_from_what_it_is_tied_to() -> None:
    pres = {"table": "sort orders.csv", "disk": "df /", "log": "grep x today.log"}
    found = led(pres, ("image", "gnuplot orders.csv"), ("report", "df -h"))
    assert found == {
        ("table", "image"): "something of a new kind, told of the same file",
        ("disk", "report"): "something of a new kind, made by the same program",
    }


def test_a_closer_tie_counts_more() -> None:
    pres = {"table": "tool sort orders.csv", "log": "tool scan today.log", "tree": "tool ls"}
    found = led(pres, ("image", "tool plot orders.csv"), ("report", "tool ls"))
    assert found["table", "image"].endswith("the same file")
    assert found["tree", "report"] == "the same words tell what is taken and what is made"
    assert ("tree", "image") not in found
    assert ("table", "report") not in found


def test_what_would_lead_nowhere_leads_to_what_it_is_tied_to() -> None:
    pres = {"table": "tool sort orders.csv", "log": "tool scan today.log"}
    found = led(pres, ("image", "tool plot orders.csv"))
    assert found["log", "image"] == "something of a new kind, made by the same program"


def test_where_nothing_is_tied_one_transition_stays() -> None:
    pres = {"package": "requires bins: plot", "table": "reads the orders", "log": "needs a log"}
    found = led(pres, ("image", "draws the orders with plot"), ("report", "prints"))
    assert found == {("table", "image"): "the likeliest of all that the skill may lead between"}


def test_a_skill_that_leads_somewhere_needs_no_guess() -> None:
    pres = {"table": "sort orders.csv", "log": "needs a log"}
    assert led(pres, ("table", "uniq sorted"), ("image", "draws the orders")) == {
        ("table", "table"): "the skill changes the state of what it starts from"
    }


def test_what_is_made_comes_from_its_own_kind_where_there_is_one() -> None:
    found = led({"table": "cat a", "image": "view b"}, ("image", "plot"))
    assert found == {("image", "image"): "the skill changes the state of what it starts from"}
    assert accepted(end("a", "plot"), end("b", "plot", kind="image"), "image")


def changes(pres: dict[str, str], posts: dict[str, str]) -> set[tuple[str, str]]:
    """The accepted transitions of a skill whose scenarios are all of one kind."""
    triples = [
        Triple("x", end(pre, words), end(post, more), frozenset({"table"}))
        for pre, words in pres.items()
        for post, more in posts.items()
    ]
    verdicts = judge_triples(triples)
    return {
        (triple.pre.scenario, triple.post.scenario)
        for triple, verdict in zip(triples, verdicts, strict=True)
        if verdict.accepted
    }


def test_of_several_of_a_kind_each_leads_to_what_it_is_tied_to() -> None:
    pres = {"merged": "git branch -d topic", "lost": "git reflog | head"}
    posts = {"deleted": "git branch -d topic", "settings": "vi app.conf"}
    assert changes(pres, posts) == {("merged", "deleted")}


def test_a_looser_tie_gives_way_to_a_closer_one() -> None:
    pres = {"raw": "sort orders.csv", "other": "sort items.tsv"}
    posts = {"sorted": "sort -u orders.csv", "counted": "wc items.tsv"}
    assert changes(pres, posts) == {("raw", "sorted"), ("other", "counted")}


def test_untied_ways_to_begin_and_outcomes_stay() -> None:
    assert changes({"png": "takes PNG", "jpg": "or JPG"}, {"small": "shrink"}) == {
        ("png", "small"),
        ("jpg", "small"),
    }
    assert changes({"raw": "reads rows"}, {"sorted": "sort", "counted": "wc"}) == {
        ("raw", "sorted"),
        ("raw", "counted"),
    }


def test_several_untied_ends_on_both_sides_are_not_all_led_to() -> None:
    assert len(changes({"a": "one", "b": "two"}, {"c": "three", "d": "four"})) == 1


def test_it_may_come_from_another_where_it_would_come_from_itself() -> None:
    chart = end("chart", "plot", "image")
    kinds = frozenset({"table", "image", "package"})
    pres = [chart, end("bins", "needs plot", "package"), end("orders", "sort", "table")]
    verdicts = judge_triples([Triple("x", pre, chart, kinds) for pre in pres])
    assert [each.accepted for each in verdicts] == [False, False, True]


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
