"""The episode loop: how it ends, and what it keeps."""

import itertools

import pytest

from shellwright.sandbox.channel import SandboxError
from shellwright.trajectories.atif import document
from shellwright.trajectories.episode import Episode, Limits, run_episode
from shellwright.trajectories.outcome import Cause, Termination
from shellwright.trajectories.policy import Action, Usage

from .cases import written
from .scripted import PROMPT, TEMPLATE, ScriptedPolicy, ScriptedSession

DONE = written(task_complete=True, commands=[])
SCREENS = [(f"{PROMPT} {number}\n", f"{PROMPT} {number}\n") for number in range(100)]


def play(
    responses: list[Action | str], limits: Limits | None = None, screens: int = 100
) -> tuple[Episode, ScriptedSession, ScriptedPolicy]:
    session, policy = ScriptedSession(SCREENS[:screens]), ScriptedPolicy(responses)
    ticks = itertools.count()
    episode = run_episode(
        session,
        policy,
        template=TEMPLATE,
        instruction="Do it.",
        limits=limits or Limits(),
        clock=lambda: float(next(ticks)),
    )
    return episode, session, policy


def test_completion_counts_when_it_is_confirmed() -> None:
    episode, session, _ = play([written(), DONE, written(task_complete=True)])
    assert (episode.termination, episode.failure) == (Termination.COMPLETED, "")
    assert episode.termination.cause is Cause.NONE
    # The commands of a confirming turn are executed, too.
    assert session.sent == [("ls -la\n", 0.1), ("ls -la\n", 0.1)]


def test_another_turn_in_between_takes_the_completion_back() -> None:
    episode, _, _ = play([DONE, written(), DONE, written()])
    assert episode.termination is Termination.POLICY_STOPPED


def test_a_response_that_cannot_be_parsed_does_not() -> None:
    episode, _, _ = play([DONE, "what?", DONE])
    assert episode.termination is Termination.COMPLETED
    assert len(episode.turns) == 3


def test_nothing_of_an_unusable_response_is_typed() -> None:
    episode, session, policy = play(["what?", DONE, DONE])
    assert session.sent == []
    assert policy.histories[1][-1]["content"].startswith("Previous response had parsing errors:")
    assert episode.turns[0].observation == policy.histories[1][-1]["content"]


@pytest.mark.parametrize(
    ("limits", "turns", "termination"),
    [
        (Limits(turns=4), 4, Termination.TURN_LIMIT),
        (Limits(parse_errors=3), 7, Termination.PARSE_ERROR_LIMIT),
        (Limits(seconds=20), None, Termination.TIME_LIMIT),
    ],
)
def test_every_budget_ends_the_episode(
    limits: Limits, turns: int | None, termination: Termination
) -> None:
    episode, _, _ = play([written(), "a", "b", written(), "c", "d", "e", written()], limits)
    assert episode.termination is termination
    assert episode.termination.cause is Cause.AGENT
    assert episode.failure
    assert turns is None or len(episode.turns) == turns


def test_a_lost_session_ends_the_episode_with_the_turn_that_lost_it() -> None:
    episode, _, _ = play([written(), written(), written()], screens=2)
    assert episode.termination is Termination.SESSION_ENDED
    assert [turn.observation is None for turn in episode.turns] == [False, True]
    assert len(episode.messages) == 4


def test_a_session_that_never_was_is_not_the_agents_doing() -> None:
    with pytest.raises(SandboxError):
        play([written()], screens=0)


def test_messages_alternate_and_end_with_the_last_response() -> None:
    episode, _, policy = play([written(), "what?", DONE, DONE])
    messages = episode.messages
    assert [one["role"] for one in messages] == ["user", "assistant"] * 4
    assert messages[-1]["content"] == DONE
    # What the policy was given is what is recorded.
    assert [*policy.histories[-1], messages[-1]] == messages


def test_no_wait_outlasts_the_time_limit() -> None:
    wait = {"keystrokes": "a", "duration": 6}
    _, session, _ = play([written(commands=[wait, wait, wait])], Limits(seconds=11))
    assert [duration for _, duration in session.sent] == [6, 2, 0]


def test_an_episode_without_a_model_has_no_metrics() -> None:
    episode, _, _ = play([written(), DONE, DONE])
    made = document(episode, trajectory_id="t-oracle-0", policy="oracle", model=None)
    assert [step["step_id"] for step in made["steps"]] == [1, 2, 3, 4]
    assert all(step["llm_call_count"] == 0 for step in made["steps"][1:])
    assert "metrics" not in str(made["steps"])
    assert made["final_metrics"] == {"total_steps": 4}
    assert "model_name" not in made["agent"]


def test_what_models_cost_is_summed_and_what_is_unknown_left_out() -> None:
    usage = Usage(prompt_tokens=100, cost_usd=0.5)
    episode, _, _ = play([Action(DONE, usage), Action(DONE, Usage(prompt_tokens=7))])
    made = document(episode, trajectory_id="t", policy="model", model="m")
    assert made["final_metrics"] == {
        "total_prompt_tokens": 107,
        "total_cost_usd": 0.5,
        "total_steps": 3,
    }
    assert made["steps"][1]["metrics"] == {"prompt_tokens": 100, "cost_usd": 0.5}
