"""The turns of a trajectory as HTML, which the player replays."""

import pytest
from tiny_build import conversation, turn

from shellwright.report import turns
from shellwright.report.turns import render_turns

PROMPT = "Task Description:\nSort.\n\nCurrent terminal state:\nCurrent Terminal Screen:\n$ \n\n"


def test_it_begins_with_the_screen_of_the_prompt() -> None:
    html = render_turns([{"role": "user", "content": PROMPT}])
    assert html == '<div class="screen"><pre class="whole">$</pre></div>'
    assert render_turns([{"role": "user", "content": "No screen."}]) == ""
    assert render_turns([]) == ""


def test_a_reply_is_a_screen_with_what_stands_around_it() -> None:
    done = (
        "Current terminal state:\nNew Terminal Output:\n$ ls\nNew Terminal Output:\n\n"
        "Are you sure you want to mark the task as complete? Say so."
    )
    html = render_turns([{"role": "user", "content": ""}, {"role": "user", "content": done}])
    assert '<p class="note">Current terminal state:\nNew Terminal Output:</p>' in html
    assert '<pre class="new">$ ls\nNew Terminal Output:</pre>' in html
    assert '<p class="note">Are you sure' in html
    error = [{"role": "user", "content": ""}, {"role": "user", "content": "ERROR: no JSON <b>"}]
    assert '<pre class="note">ERROR: no JSON &lt;b&gt;</pre>' in render_turns(error)


def test_a_turn_says_thinks_and_types() -> None:
    answer = "<think>Hm & so.</think>" + turn("Looked.", ("ls <x>\n",), done=True)
    html = render_turns(conversation(PROMPT, answer))
    assert '<p class="think">Hm &amp; so.</p>' in html
    assert '<p class="said"><b>analysis</b> Looked.</p>' in html
    assert '<pre class="keys">ls &lt;x&gt;\n</pre>' in html
    assert '<p class="done">task complete</p>' in html


@pytest.mark.parametrize("answer", ["no JSON", "[]", '{"commands": 1}', '{"commands": [1]}'])
def test_a_turn_that_is_no_response_is_shown_as_it_is(answer: str) -> None:
    html = render_turns(conversation(PROMPT, answer))
    assert html.endswith("</pre></div>") and "said" not in html


def test_long_texts_lose_their_middle_and_long_trajectories_their_end() -> None:
    long = "a" * turns.TEXT_CHARACTERS + "the end"
    html = render_turns([{"role": "user", "content": ""}, {"role": "user", "content": long}])
    assert "… 7 more characters …" in html and "the end" in html
    many = conversation(PROMPT, *[turn("x" * 9_000)] * 200)
    html = render_turns(many)
    assert len(html) < 1.2 * turns.TRAJECTORY_CHARACTERS
    assert "more messages are in the corpus" in html
