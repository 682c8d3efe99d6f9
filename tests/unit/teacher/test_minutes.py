"""Estimates of how long a task takes."""

from shellwright.teacher.procedural.minutes import estimated_minutes

SHORT = [{"kind": "do", "command": "sort -u a > b"}]


def test_more_to_read_to_type_and_to_know_takes_longer() -> None:
    expert, junior = estimated_minutes("Sort it. " * 20, SHORT, effort=1, tools=1)
    assert 0 < expert < junior
    assert estimated_minutes("Sort it. " * 400, SHORT, effort=1, tools=1)[0] > expert
    look = {"kind": "look", "command": "cat b"}
    assert estimated_minutes("Sort it. " * 20, [*SHORT, look, look], 1, 1)[0] > expert
    program = [{"kind": "do", "command": "x" * 1500}]
    assert estimated_minutes("Sort it. " * 20, program, effort=1, tools=1)[0] >= expert + 10
    same, longer = estimated_minutes("Sort it. " * 20, SHORT, effort=1, tools=6)
    assert same == expert and longer > junior


def test_no_number_of_tools_takes_forever() -> None:
    expert, junior = estimated_minutes("Sort it.", SHORT, effort=3, tools=100)
    assert junior <= 6 * (expert + 1)
