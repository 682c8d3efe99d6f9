"""The explorer and the picture hold the whole graph, and foreign text only as text."""

import json
import random
import re
from typing import Any
from xml.etree import ElementTree

from shellwright.graph.explorer import explorer
from shellwright.graph.picture import picture

Row = dict[str, Any]
HOSTILE = '</script><script>alert("x")</script><!-- \u2028 {{data}}'


def scenario(id: str, **more: Any) -> Row:
    return {"id": id, "kind": id.partition(":")[0], "title": id, "start": False, **more}


def skill(id: str, **more: Any) -> Row:
    texts = {"title": id, "name": id, "description": "", "category": "c", "license": "MIT"}
    places = {"url": None, "commit": None, "path": id, "tools": [], "recipe": False}
    return {"id": id, **texts, **places, **more}


def edge(pre: str, skill: str, post: str) -> Row:
    return {"pre": pre, "skill": skill, "post": post}


SCENARIOS = [scenario("log:a", start=True), scenario("table:b"), scenario("table:c")]
EDGES = [edge("log:a", "s/x", "table:b"), edge("table:b", "s/y", "table:c")]


def data_of(page: str) -> Row:
    (line,) = [line for line in page.splitlines() if line.startswith("const data = ")]
    found: Row = json.loads(line.removeprefix("const data = ").removesuffix(";"))
    return found


def test_the_page_holds_every_transition_by_the_places_of_its_ends() -> None:
    data = data_of(explorer([skill("s/y"), skill("s/x"), skill("s/unused")], SCENARIOS, EDGES))
    assert [each["id"] for each in data["skills"]] == ["s/x", "s/y"]
    named = [
        (data["scenarios"][pre]["id"], data["skills"][at]["id"], data["scenarios"][post]["id"])
        for pre, at, post in data["edges"]
    ]
    assert named == [("log:a", "s/x", "table:b"), ("table:b", "s/y", "table:c")]


def test_hostile_text_stays_data() -> None:
    page = explorer([skill("s/x", title=HOSTILE, description=HOSTILE)], SCENARIOS, EDGES[:1])
    assert page.count("<script>") == page.count("</script>") == 1
    assert data_of(page)["skills"][0]["name"] == HOSTILE


def test_the_page_loads_nothing_from_outside() -> None:
    page = explorer([], [], [])
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=", page)


def test_the_picture_is_svg_with_every_scenario_once() -> None:
    root = ElementTree.fromstring(picture(SCENARIOS, EDGES))
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert sorted(filter(None, titles)) == ["log:a", "table:b", "table:c"]


def test_hostile_titles_stay_text_in_the_picture() -> None:
    text = picture([scenario("log:a", title=HOSTILE.replace("\u2028", ""))], [])
    root = ElementTree.fromstring(text)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}script"))) == 0


def test_the_picture_does_not_depend_on_the_order_of_the_rows() -> None:
    rng = random.Random(1)
    scenarios = [scenario(f"k{n % 5}:n{n}") for n in range(60)]
    edges = [
        edge(rng.choice(scenarios)["id"], f"s{n}", rng.choice(scenarios)["id"]) for n in range(90)
    ]
    first = picture(scenarios, edges)
    rng.shuffle(scenarios)
    rng.shuffle(edges)
    assert picture(scenarios, edges) == first


def test_an_empty_graph_has_a_picture() -> None:
    ElementTree.fromstring(picture([], []))
