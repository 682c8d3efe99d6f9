"""The explorer and the picture hold the whole graph, and foreign text only as text."""

import json
import random
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from shellwright.graph.explorer import WORDS, explorer
from shellwright.graph.picture import picture

Row = dict[str, Any]
HOSTILE = '</script><script>alert("x")</script><!-- \u2028 {{data}}'


def scenario(id: str, **more: Any) -> Row:
    words = {"title": id, "text": id, "start": False, "typed": True}
    return {"id": id, "kind": id.partition(":")[0], **words, **more}


def skill(id: str, **more: Any) -> Row:
    texts = {"title": id, "name": id, "description": "", "category": "c", "license": "MIT"}
    places = {"url": None, "commit": None, "path": id, "tools": [], "recipe": False}
    places |= {"status": "ok", "pre": [], "post": []}
    return {"id": id, **texts, **places, **more}


def edge(pre: str, skill: str, post: str, evidence: str = "applied") -> Row:
    return {"pre": pre, "skill": skill, "post": post, "evidence": evidence}


SCENARIOS = [scenario("log:a", start=True), scenario("table:b"), scenario("table:c")]
EDGES = [edge("log:a", "s/x", "table:b"), edge("table:b", "s/y", "table:c")]


def data_of(page: str) -> Row:
    (line,) = [line for line in page.splitlines() if line.startswith("const data = ")]
    found: Row = json.loads(line.removeprefix("const data = ").removesuffix(";"))
    return found


def test_the_page_holds_every_transition_by_the_places_of_its_ends() -> None:
    data = data_of(explorer([skill("s/y"), skill("s/x")], SCENARIOS, EDGES))
    assert [each["id"] for each in data["skills"]] == ["s/x", "s/y"]
    named = [
        (data["scenarios"][pre]["id"], data["skills"][at]["id"], data["scenarios"][post]["id"])
        for pre, at, post, _ in data["edges"]
    ]
    assert named == [("log:a", "s/x", "table:b"), ("table:b", "s/y", "table:c")]


def test_a_scenario_is_found_by_all_the_words_that_it_is_told_in() -> None:
    own = SCENARIOS[0]
    clusters = [
        {"scenario": own["id"], "members": [{"text": own["text"]}, {"text": "A list is there."}]},
        {"scenario": own["id"], "members": [{"text": "There is a list."}]},
        {"scenario": "elsewhere", "members": [{"text": "Nobody knows."}]},
    ]
    data = data_of(explorer([skill("s/x")], SCENARIOS, EDGES[:1], clusters))
    told = {node["id"]: node["told"] for node in data["scenarios"]}
    assert told.pop(own["id"]) == ["A list is there.", "There is a list."]
    assert not any(told.values())


def test_usable_skills_outside_the_graph_are_known_with_the_reason() -> None:
    outside = [
        skill("s/idle", recipe=True),
        skill("s/mute"),
        skill("s/half", pre=[{}]),
        skill("s/loose", pre=[{}], post=[{}]),
        skill("s/refused", status="rejected"),
    ]
    data = data_of(explorer([skill("s/x"), *outside], SCENARIOS, EDGES[:1]))
    why = {each["id"]: each["why"] for each in data["skills"]}
    assert why == {
        "s/x": None,
        "s/idle": "Known, but its recipe accepts no scenario that can be reached.",
        "s/mute": "Known, but tells no scenario to start from and none to lead to.",
        "s/half": "Known, but tells no scenario to lead to.",
        "s/loose": "Known, but none of the scenarios that it tells make a transition.",
    }


def test_scenarios_have_their_words_and_transitions_their_evidence_within_bounds() -> None:
    nodes = [scenario("log:a", text="w" * 1000), scenario("table:b", text="A table of hours.")]
    edges = [edge("log:a", "s/x", "table:b", "e" * 1000), edge("log:a", "s/y", "table:b")]
    data = data_of(explorer([skill("s/x"), skill("s/y")], nodes, edges))
    assert [len(each["text"]) for each in data["scenarios"]] == [WORDS, 17]
    by_skill = {
        data["skills"][at]["id"]: data["evidence"][said] for _, at, _, said in data["edges"]
    }
    assert by_skill == {"s/x": "e" * (WORDS - 1) + "\u2026", "s/y": "applied"}


BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
#: Looks at places of the page, and writes what is to be read there into the document.
LOOK = """<script>
const seen = {};
const text = (id) => $(id).innerText;
function look(place) { location.hash = place; go(); return text("card"); }
function find(words) { $("search").value = words; search(); return text("hits"); }
seen.told = look("#scenario=report:told-1");
seen.hub = look("#scenario=log:a");
seen.few = $("after").querySelectorAll("button.skill").length;
while ($("after").querySelector(".more")) $("after").querySelector(".more").click();
seen.all = $("after").querySelectorAll("button.skill").length;
seen.skill = look("#skill=s%2F000");
seen.found = find("disks");
seen.outside = find("s/mute");
const made = document.createElement("pre");
made.id = "seen"; made.textContent = encodeURIComponent(JSON.stringify(seen));
document.body.append(made);
</script>"""


@pytest.mark.skipif(BROWSER is None, reason="no browser here")
def test_in_a_browser(tmp_path: Path) -> None:
    """Hubs can be opened whole, words are searched, and tags say what leads where."""
    told = {"title": "text report", "typed": False}
    nodes = [
        scenario("log:a", start=True),
        scenario("report:told-1", text="A report on disks.", **told),
        scenario("report:told-2", text="A report on users.", **told),
    ]
    names = [f"s/{number:03d}" for number in range(150)]
    edges = [edge("log:a", name, "report:told-1", "df lists them") for name in names]
    beside = skill("s/before", tools=["s/mute"])
    page = explorer([*map(skill, names), beside, skill("s/mute")], nodes, edges)
    file = tmp_path / "page.html"
    file.write_text(page.replace("</html>", LOOK + "</html>"))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--dump-dom"]
    flags += ["--disable-background-networking", f"--user-data-dir={tmp_path / 'profile'}"]
    command = [str(BROWSER), *flags, file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    (packed,) = re.findall(r'<pre id="seen">([^<]*)</pre>', done.stdout)
    seen = json.loads(unquote(packed))
    assert "A report on disks." in seen["told"]
    assert "reached by skills" in seen["told"]
    assert "nothing leads here" in seen["hub"]
    assert (seen["few"], seen["all"]) == (60, 150)
    assert "df lists them" in seen["skill"]
    assert "A report on disks." in seen["found"]
    assert "A report on users." not in seen["found"]
    assert "Known, but tells no scenario" in seen["outside"]
    assert seen["outside"].index("s/mute") < seen["outside"].index("s/before"), "names come first"


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


def test_the_picture_tells_executable_skills_from_scraped_ones() -> None:
    told = scenario("report:told-1", typed=False)
    applied = edge("log:a", "s/one", "table:b", "applied")
    text = picture([*SCENARIOS, told], [applied, edge("log:a", "s/two", "report:told-1", "df")])
    drawn, _, legend = text.partition('<g class="legend">')
    assert drawn.count("stroke-dasharray") == 1
    assert [drawn.count(f'stroke="{colour}"') for colour in ("#06c", "#778")] == [1, 1]
    assert "an executable skill" in legend and "a scraped skill" in legend
    assert legend.count("stroke-dasharray") == 1


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
