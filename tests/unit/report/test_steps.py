"""The funnel as a person reads it: every step in one unit, the library apart."""

import re
from typing import Any

from shellwright.report.charts import step_bars
from shellwright.report.steps import Step, library, most_frequent, step_at, step_name, steps


def entry(stage: str, seen: int, kept: int, **labels: int) -> dict[str, Any]:
    return {"stage": stage, "seen": seen, "kept": kept, "labels": labels, "dropped": []}


FUNNEL = [
    entry("skills", 100, 90, executable=80),
    entry("blueprints", 160, 160),
    entry("tasks", 160, 159),
    entry("images", 9, 8),
    entry("verified", 159, 157, rl=150, sft=7),
    entry("trajectories", 320, 314),
    entry("corpus", 320, 310),
]


def test_the_steps_count_tasks_and_then_trajectories() -> None:
    assert [(step.name, step.count) for step in steps(FUNNEL)] == [
        ("planned", "160 tasks"),
        ("written", "159 of 160 tasks"),
        ("verified", "157 of 159 tasks"),
        ("recorded", "314 of 320 trajectories"),
        ("in the corpus", "310 of 320 trajectories"),
    ]
    assert step_at(FUNNEL, "verified").labels == {"rl": 150, "sft": 7}
    assert (step_name("tasks"), step_name("skills")) == ("written", "skills")


def test_the_library_is_plain_numbers() -> None:
    assert library(FUNNEL) == [
        (100, "skills found"),
        (90, "skills usable"),
        (80, "skills executable"),
        (8, "images in use"),
        (1, "images missing"),
    ]


def test_each_unit_has_a_scale_of_its_own() -> None:
    chart = step_bars(steps(FUNNEL))
    assert chart.count("<dl") == 2
    shares = [float(share) for share in re.findall(r"--share:([\d.]+)", chart)]
    assert shares[0] == 1.0 and max(shares) == 1.0
    assert re.search(r'class="p0" style="--share:0.9375".*class="p1".*class="lost"', chart)
    assert "rl 150, sft 7" in chart


def test_many_labels_are_one_bar() -> None:
    many = {f"label {n}": 1 for n in range(9)}
    chart = step_bars([Step("written", "tasks", 9, 9, many)])
    assert chart.count("<i ") == 1 and "label" not in chart.replace("aria-label", "")
    assert most_frequent(many, 2) == "label 0 1, label 1 1 and 7 more"
    assert "<i " not in step_bars([Step("written", "tasks", 0, 0, {})])
