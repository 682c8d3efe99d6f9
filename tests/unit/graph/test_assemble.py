"""The whole graph, from skills to rows."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.graph.sketching import KINDS, TOPICS, scraped, sketch, typed

from shellwright import tables
from shellwright.graph.assemble import Assembled, assemble, scenario_ids
from shellwright.graph.build import graph_statistics
from shellwright.graph.clusters import Cluster
from shellwright.graph.embed import embed
from shellwright.graph.judging import Judgement
from shellwright.graph.settings import Settings
from shellwright.graph.sketches import Told, collect
from shellwright.graph.triples import Triple

CSV, TSV = "table:condition=clean,format=csv", "table:condition=clean,format=tsv"
PAGE = sketch("page", "A web page with a gallery", "x")
LIBRARY = [typed("lib/convert", (CSV, TSV)), typed("lib/back", (TSV, CSV))]

SKETCH = st.builds(
    lambda kind, topic, evidence, state: sketch(kind, f"A {kind} of {topic}", evidence, **state),
    st.sampled_from(KINDS),
    st.sampled_from(TOPICS),
    st.sampled_from(["one", "two"]),
    st.sampled_from([{}, {"format": "csv"}, {"format": "tsv"}, {"condition": "clean"}]),
)
SKILLS = st.lists(
    st.tuples(st.lists(SKETCH, max_size=3), st.lists(SKETCH, max_size=3)), max_size=8
).map(lambda sides: [*LIBRARY, *(scraped(f"s/{n}", *each) for n, each in enumerate(sides))])


def graph(rows: list) -> Assembled:
    return assemble(rows, {CSV}, embed, Settings())


@given(SKILLS)
@settings(max_examples=30, deadline=None)
def test_every_transition_joins_two_scenarios_and_names_its_judgement(rows: list) -> None:
    found = graph(rows)
    names = {row["id"] for row in found.scenarios}
    judged = {row["id"]: row for row in found.judgements}
    assert len(names) == len(found.scenarios)
    assert len(judged) == len(found.judgements)
    assert len({row["id"] for row in found.transitions}) == len(found.transitions)
    for row in found.transitions:
        assert {row["pre"], row["post"]} <= names
        if row["judgement"] is not None:
            judgement = judged[row["judgement"]]
            assert (judgement["verdict"], judgement["skill"]) == ("accepted", row["skill"])
            assert row["pre"] != row["post"]


@given(SKILLS, st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_skills_changes_nothing(rows: list, mixer: random.Random) -> None:
    mixed = list(rows)
    mixer.shuffle(mixed)
    assert graph(mixed) == graph(rows)


@given(SKILLS)
@settings(max_examples=20, deadline=None)
def test_typed_scenarios_and_their_transitions_stay(rows: list) -> None:
    found = graph(rows)
    assert {row["id"] for row in found.scenarios if row["typed"]} == {CSV, TSV}
    applied = [row for row in found.transitions if row["evidence"] == "applied"]
    assert {(row["pre"], row["post"]) for row in applied} == {(CSV, TSV), (TSV, CSV)}


def test_skills_from_the_wild_meet_in_a_scenario_and_in_a_typed_one() -> None:
    photos = "A folder of holiday photos"
    rows = [
        *LIBRARY,
        scraped(
            "s/sort",
            [sketch("table", "A CSV table of orders", "sort", format="csv")],
            [sketch("tree", photos, "sort")],
        ),
        scraped(
            "s/show",
            [sketch("tree", f"{photos} exists", "show")],
            [sketch("page", "A web page with a gallery", "show")],
        ),
    ]
    found = graph(rows)
    ends = {row["skill"]: (row["pre"], row["post"]) for row in found.transitions}
    assert ends["s/sort"][0] == CSV
    assert ends["s/sort"][1] == ends["s/show"][0]
    by_id = {row["id"]: row for row in found.scenarios}
    assert by_id[CSV]["text"] == "A CSV table of orders"
    assert (by_id[CSV]["start"], by_id[CSV]["members"]) == (True, 1)
    assert by_id[ends["s/show"][0]]["members"] == 2
    counted = graph_statistics(found.scenarios, found.transitions)
    names = ("typed_scenarios", "scraped_scenarios", "shared_scenarios")
    assert [counted[name] for name in names] == [2, 2, 1]


def test_a_scraped_scenario_cannot_be_taken_for_a_typed_one() -> None:
    rows = [scraped("s/a", [sketch("log", "A log", "x")], [sketch("image", "A chart", "x")])]
    names = [row["id"] for row in graph(rows).scenarios]
    assert len(names) == 2
    assert all(":told-" in name and "=" not in name for name in names)


def test_the_state_of_a_scenario_is_what_its_pres_ask_for_as_far_as_they_say_so() -> None:
    chart = "A chart of the monthly orders from every warehouse of the company"
    edited = sketch("program", chart, "x", condition="working", language="r", origin="web")
    rows = [
        scraped("s/a", [sketch("log", "A log", "x")], [edited]),
        scraped("s/b", [sketch("program", f"{chart}, in R", "x", language="r")], [PAGE]),
    ]
    found = graph(rows)
    (end,) = (row["post"] for row in found.transitions if row["skill"] == "s/a")
    assert {row["pre"] for row in found.transitions if row["skill"] == "s/b"} == {end}
    by_id = {row["id"]: row for row in found.scenarios}
    assert by_id[end]["state_json"] == '{"condition":"working","language":"r"}'
    assert by_id[end]["text"] == f"{chart}, in R"


def test_a_plain_skill_is_not_at_the_scenario_of_a_fault() -> None:
    """However alike the words: who says nothing of a fault means none."""
    padded = "table:condition=padded,format=csv"
    clean = typed("lib/trim", (padded, CSV))
    text = "A CSV table with the orders of the whole company lies in a folder"
    rows = [
        *LIBRARY,
        clean,
        scraped("s/plain", [sketch("table", text, "x", format="csv")], [PAGE]),
        scraped("s/trim", [sketch("table", text, "x", condition="padded", format="csv")], [PAGE]),
    ]
    ends = {row["skill"]: row["pre"] for row in graph(rows).transitions}
    assert ends["s/plain"] == CSV
    assert ends["s/trim"] == padded


def test_skills_that_are_not_ok_take_no_part() -> None:
    rows = [scraped("s/a", [sketch("log", "A log")], [sketch("image", "A chart")], "rejected")]
    assert graph(rows) == Assembled([], [], [], [])


@given(SKILLS)
@settings(max_examples=30, deadline=None)
def test_every_name_in_a_judgement_is_found(rows: list) -> None:
    found = graph(rows)
    clusters = {row["id"]: row for row in found.clusters}
    scenarios = {row["id"] for row in found.scenarios}
    became = {row["scenario"] for row in found.clusters}
    for row in found.judgements:
        a, b = [row["a"]], [row["b"], *row["others"]]
        if row["step"] == "triple":
            assert {*a, *b} <= scenarios | became
        else:
            assert {*a} <= clusters.keys()
            assert {*b} <= (clusters.keys() if row["step"] == "align" else scenarios)
        if row["verdict"] == "accepted" and row["step"] == "ground":
            assert clusters[row["a"]]["scenario"] == row["b"]


@given(SKILLS)
@settings(max_examples=20, deadline=None)
def test_every_sketch_is_in_one_cluster_and_every_scraped_scenario_was_one(rows: list) -> None:
    found = graph(rows)
    assert len({row["id"] for row in found.clusters}) == len(found.clusters)
    for side in ("pre", "post"):
        own = [row for row in found.clusters if row["side"] == side]
        keys = [member["key"] for row in own for member in row["members"]]
        assert sorted(keys) == sorted(collect(rows).counts[side])
        assert all(
            row["count"] == sum(each["count"] for each in row["members"])
            and row["text"] in {each["text"] for each in row["members"]}
            for row in own
        )
    told = {row["id"] for row in found.scenarios if row["members"]}
    assert told <= {row["scenario"] for row in found.clusters}


@pytest.mark.parametrize("table", ["scenario", "transition", "cluster", "judgement"])
def test_the_rows_are_those_of_the_tables(tmp_path, table: str) -> None:
    orders = sketch("table", "A CSV table of orders", "x", format="csv")
    rows = [*LIBRARY, scraped("s/a", [orders], [sketch("image", "A chart", "x")])]
    found = getattr(graph(rows), f"{table}s")
    tables.write_table(tmp_path / "t.parquet", table, found)
    assert tables.read_table(tmp_path / "t.parquet", table) == found


def test_every_judged_triple_is_recorded_and_not_only_those_that_stay() -> None:
    before = [sketch("table", f"A table of {topic}", "used") for topic in TOPICS]
    after = [sketch("log", f"A log of {topic}", "used") for topic in TOPICS]
    asked = []

    def judge(triples: Sequence[Triple]) -> list[Judgement]:
        asked.extend((each.pre.scenario, each.skill, each.post.scenario) for each in triples)
        return [Judgement(number % 5 > 0, "somebody", "because") for number in range(len(triples))]

    found = assemble(
        [scraped("s/x", before, after)], set(), embed, Settings(triples=2), triple_judge=judge
    )
    recorded = [row for row in found.judgements if row["step"] == "triple"]
    assert len(asked) > 10
    assert sorted((row["a"], row["skill"], row["b"]) for row in recorded) == sorted(asked)
    assert len([row for row in recorded if row["verdict"] == "rejected"]) > 2
    assert len(found.transitions) == 2
    assert {row["judgement"] for row in found.transitions} <= {row["id"] for row in recorded}


def named(*groups: tuple[list[int], str]) -> list[str]:
    """The ids of scenarios with these members, each in a state."""
    told = [Told(f"{number:03}", "table", (), "A table.") for number in range(300)]
    return scenario_ids(
        [
            [
                Cluster(f"pre:{members}", "pre", "table", (("form", form),), "A table.", members, n)
                for members, n in [(tuple(found), len(found))]
            ]
            for found, form in groups
        ],
        [None] * len(groups),
        told,
    )


def test_what_is_told_most_of_a_state_is_not_renamed() -> None:
    """Whatever joins it, and whatever else is told of the state, as long as that is less."""
    large = list(range(40))
    (before,) = named((large, "plain"))
    for new in range(40, 300):
        assert named((sorted([*large, new]), "plain")) == [before]
        assert named(([new], "plain"), (large, "plain"))[1] == before
    assert named((large, "other")) != [before]


def test_a_new_member_seldom_renames_another_scenario_of_the_state() -> None:
    most, second = list(range(50)), list(range(60, 100))
    first, before = named((most, "plain"), (second, "plain"))
    assert first != before
    renamed = sum(
        named((most, "plain"), ([*second, new], "plain"))[1] != before for new in range(100, 300)
    )
    assert renamed < 20
