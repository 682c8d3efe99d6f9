"""The `oracle` policy: the author's own steps, typed into the terminal with the author's reasoning.

A step is a command with the analysis and the plan that lead to it, and has a turn of its own: the
reason of a look may rest on what the look before it printed. The policy watches the screen as an
agent would: it waits for a command that is still running, and gives up when the shell rejects a
step.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from shellwright.trajectories.policy import Action, Message, PolicyStopped, PolicyUnfit
from shellwright.trajectories.protocol import Command
from shellwright.trajectories.screen import at_prompt, shell_error, shows, typing_hazards

Form = TypeVar("Form")

WAITS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds of the turns that wait for a command which is still running; then the policy gives up."""

MIN_DURATION = 0.1
"""Shortest wait after a command, seconds; the protocol names it for immediate commands."""

_MOST_RESULTS = 3

_TABS_OFF = Command("bind 'set disable-completion on'\n", MIN_DURATION)
_TABS_NOTE = "Tab completion goes off first, so that the tabs arrive as they are typed."
_HISTORY_OFF = Command("set +H\n", MIN_DURATION)
_HISTORY_NOTE = (
    "History expansion goes off first, so that the shell leaves the exclamation marks alone."
)

_ORIENT = (
    (
        "The shell is open and nothing has been done yet. I do not know what is here.",
        "List the working directory before touching anything.",
        "pwd; ls -la",
    ),
    (
        "A fresh shell. Before I change anything I want to know where I am and what is here.",
        "Look at the current directory and its contents.",
        "pwd && ls -lA",
    ),
    (
        "Nothing has run so far. First I need an overview of the working directory.",
        "Show the directory and the files in it, hidden ones included.",
        "ls -la $PWD",
    ),
)
_WAIT = (
    (
        "The prompt has not come back, so the last command is still running.",
        "Wait a little longer without typing anything.",
    ),
    (
        "There is no new prompt yet; the command needs more time.",
        "Give it some more time before going on.",
    ),
    (
        "The last command has not finished.",
        "Wait for it and then look at its output.",
    ),
)
#: Analyses of what is on the screen, and plans; either is drawn on its own.
_DONE = (
    (
        "The last command came back cleanly and nothing is left to do{results}.",
        "All steps have run without an error{results}. Nothing asked for is left open.",
        "The shell is back at the prompt and the work is finished{results}.",
        "No error on the screen, and every part of the request has had its step{results}.",
        "That was the last thing on the list{results}.",
        "Each point of the request has been dealt with{results}.",
        "The prompt is back. What was to be made has been made{results}.",
        "There is no open point left in the request{results}.",
    ),
    (
        "Mark the task as complete.",
        "No further commands are needed; I declare the task complete.",
        "Nothing more to run. Mark the task complete.",
        "Stop here and report that it is done.",
        "Hand it over as it is.",
        "Send no more commands and say that the task is complete.",
    ),
)
_CONFIRM = (
    (
        "I am asked to confirm. The work is done and nothing has changed since.",
        "The terminal shows no pending work and no error. Everything asked for has been done.",
        "This only needs a confirmation; I have nothing to correct.",
        "The question is whether I am sure. No command has run since, so the answer is the same.",
        "The screen is as it was: the prompt, and nothing running.",
        "Nothing has come up that would make me go back to a step.",
        "The state to be graded is the one that I left.",
    ),
    (
        "Confirm that the task is complete.",
        "Confirm completion.",
        "Declare the task complete again to submit it.",
        "Say so once more.",
        "Repeat that the task is complete, for grading.",
    ),
)


@dataclass(frozen=True)
class Step:
    """A step of the author. index: its place in the task's record."""

    index: int
    skill: str
    look: bool
    command: str
    analysis: str
    plan: str
    duration: float


@dataclass(frozen=True)
class _Planned:
    """A turn that is to be taken; steps: the places of the author's steps in it."""

    kind: str
    analysis: str
    plan: str
    commands: tuple[Command, ...] = ()
    steps: tuple[int, ...] = ()
    task_complete: bool = False


def read_steps(authoring: dict[str, Any]) -> list[Step]:
    """The steps of a task's authoring record.

    Raises PolicyUnfit, naming step and skill, where a command or its reasoning is missing, or where
    a command holds a character that cannot be typed.
    """
    steps = []
    for index, entry in enumerate(authoring["steps"]):
        where = f"step {index} (skill {entry['skill']})"
        for name in ("command", "analysis", "plan"):
            if not str(entry[name]).strip():
                raise PolicyUnfit(f"{where} has an empty {name}; the recipe must give one")
        command = str(entry["command"]).strip("\n")
        control = sorted({char for char in command if ord(char) < 32 and char not in "\n\t"})
        if control:
            raise PolicyUnfit(f"{where}: its command holds {control}, which cannot be typed")
        steps.append(
            Step(
                index=index,
                skill=entry["skill"],
                look=entry["kind"] == "look",
                command=command,
                analysis=entry["analysis"].strip(),
                plan=entry["plan"].strip(),
                duration=max(float(entry["duration"]), MIN_DURATION),
            )
        )
    if not any(not step.look for step in steps):
        raise PolicyUnfit("the task's record has no step that does anything")
    return steps


class OraclePolicy:
    """Plays the author's steps of one task; made anew for every episode.

    task_id: draws between equally good forms (which words go with a wait) depend on it alone.
    authoring: the task's authoring record. width: columns of the terminal.
    Raises PolicyUnfit when the record cannot be played.
    """

    name = "oracle"
    model = None

    def __init__(self, task_id: str, authoring: dict[str, Any], width: int) -> None:
        self._task_id, self._width = task_id, width
        self._todo = self._plan(read_steps(authoring), authoring)
        self._current: _Planned | None = None
        self._seen = ""
        self._waited = 0

    def act(self, history: Sequence[Message]) -> Action:
        """The next turn: a wait when the last one still runs, otherwise the next step."""
        self._seen += history[-1]["content"]
        if not self._ready():
            return self._wait()
        self._check()
        # The confirmation ends the episode, so there always is a next turn.
        self._current, self._todo = self._todo[0], self._todo[1:]
        self._seen, self._waited = "", 0
        return _action(self._current)

    def _ready(self) -> bool:
        text = self._seen
        if self._current is None:
            return at_prompt(text, self._width)
        if self._current.task_complete:
            return True  # asked to confirm: the screen was settled before
        typed = self._current.commands[-1].keystrokes
        return at_prompt(text, self._width) and shows(text, typed)

    def _wait(self) -> Action:
        if self._waited == len(WAITS):
            what = f"step {self._current.steps}" if self._current else "the shell"
            raise PolicyStopped(f"{what} did not come back to a prompt in {sum(WAITS):g} s")
        analysis, plan = self._draw(_WAIT, f"wait {len(self._todo)} {self._waited}")
        seconds = WAITS[self._waited]
        self._waited += 1
        return _action(_Planned("wait", analysis, plan, (Command("", seconds),)))

    def _check(self) -> None:
        turn = self._current
        if turn is None:
            return
        error = shell_error(self._seen, typing_only=turn.kind != "do")
        if error:
            raise PolicyStopped(f"step {list(turn.steps)} failed: {error}")

    def _plan(self, steps: list[Step], authoring: dict[str, Any]) -> list[_Planned]:
        turns = []
        if not steps[0].look:
            analysis, plan, command = self._draw(_ORIENT, "orient")
            turns.append(_Planned("look", analysis, plan, (Command(f"{command}\n", MIN_DURATION),)))
        turns += [_turn(step) for step in steps]
        turns = _guarded(turns)
        analysis, plan = self._closing(_DONE, "done")
        analysis = analysis.format(results=_results(authoring))
        turns.append(_Planned("complete", analysis, plan, task_complete=True))
        analysis, plan = self._closing(_CONFIRM, "confirm")
        turns.append(_Planned("confirm", analysis, plan, task_complete=True))
        return turns

    def _closing(self, forms: tuple[Sequence[str], Sequence[str]], slot: str) -> tuple[str, str]:
        analyses, plans = forms
        return self._draw(analyses, slot), self._draw(plans, f"{slot} plan")

    def _draw(self, forms: Sequence[Form], slot: str) -> Form:
        return forms[self._number(slot) % len(forms)]

    def _number(self, slot: str) -> int:
        return int(hashlib.sha256(f"{self._task_id}/{slot}".encode()).hexdigest()[:8], 16)


def _turn(step: Step) -> _Planned:
    return _Planned(
        kind="look" if step.look else "do",
        analysis=step.analysis,
        plan=step.plan,
        commands=(Command(f"{step.command}\n", step.duration),),
        steps=(step.index,),
    )


def _guarded(turns: list[_Planned]) -> list[_Planned]:
    """The turns, with completion and history expansion switched off where they first would bite."""
    guarded: list[_Planned] = []
    tabs = history = False
    for turn in turns:
        hazards = [typing_hazards(command.keystrokes) for command in turn.commands]
        before: list[Command] = []
        plan = turn.plan
        if not tabs and any(hazard.tabs for hazard in hazards):
            tabs = True
            before.append(_TABS_OFF)
            plan = f"{plan} {_TABS_NOTE}"
        if not history and any(hazard.history for hazard in hazards):
            history = True
            before.append(_HISTORY_OFF)
            plan = f"{plan} {_HISTORY_NOTE}"
        guarded.append(replace(turn, plan=plan, commands=(*before, *turn.commands)))
    return guarded


def _results(authoring: dict[str, Any]) -> str:
    """What was to be delivered, as the end of a clause; empty when the record names nothing.

    A folder or repository counts once, as the request names it, and not file by file. The file
    itself stands for a deliverable of which the record does not say what it belongs to.
    """
    entries = authoring.get("deliverables", [])
    paths = list(dict.fromkeys(entry.get("resource", entry["path"]) for entry in entries))
    if not paths:
        return ""
    if len(paths) > _MOST_RESULTS:
        return f": all {len(paths)} results are where they were asked for"
    listed = paths[0] if len(paths) == 1 else f"{', '.join(paths[:-1])} and {paths[-1]}"
    return f": {listed} {'is' if len(paths) == 1 else 'are'} as requested"


def _action(turn: _Planned) -> Action:
    response: dict[str, object] = {
        "analysis": turn.analysis,
        "plan": turn.plan,
        "commands": [
            {"keystrokes": command.keystrokes, "duration": command.duration}
            for command in turn.commands
        ],
    }
    if turn.task_complete:
        response["task_complete"] = True
    text = json.dumps(response, indent=2, ensure_ascii=False)
    return Action(text, label={"kind": turn.kind, "steps": list(turn.steps)})
