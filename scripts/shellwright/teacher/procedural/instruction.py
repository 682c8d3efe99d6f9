"""The instruction: one request of a person, out of the parts that the skills contribute."""

from __future__ import annotations

import re

from shellwright.recipe.draw import Draw
from shellwright.recipe.themes import Theme
from shellwright.teacher.procedural.compose import Composition

OPENINGS = (
    "I am with {team} at {organisation}, and {reason}.",
    "At {organisation}, {reason}. That leaves {team} with some work on the machine you are on.",
    "{organisation}: {reason}, so {team} needs a hand.",
    "Could you take something off {team} at {organisation}? We are in a hurry: {reason}.",
    "This is for {team} at {organisation}. The background: {reason}.",
    "{reason_capital}. I do this for {team} of {organisation} and would like you to take it over.",
)
NEXT = (
    "Then: ",
    "After that: ",
    "With that in place: ",
    "Next: ",
    "",
)
LAST = ("Finally: ", "And at the end: ", "Last: ", "")
CLOSINGS_KEEP = (
    "Leave the files that you were given as they are.",
    "The inputs must not be changed.",
    "Do not touch the originals.",
)
CLOSINGS_REST = (
    "Apart from that, leave what you were given as it is.",
    "Nothing else that you were given may be changed.",
)
CLOSINGS_EXACT = (
    "The results are read by a program, so names, columns and formats have to be exactly as said.",
    "Paths and formats matter: other tools pick the files up from there.",
    "Please stick to the paths and formats given.",
    "",
)
HEADINGS = (
    ("Background", "What is there", "What is needed"),
    ("Context", "Starting point", "To do"),
    ("Why", "What we have", "What we want"),
)
LITERAL = re.compile(r"`([^`\n]+)`")


def write_instruction(composition: Composition, draw: Draw) -> str:
    """The request in one of several forms: a note in prose, a list, or a ticket."""
    theme = composition.start.theme
    opening = _opening(theme, draw)
    situation = composition.start.focus.situation()
    wishes = [draw.choice(list(stage.move.request)) for stage in composition.stages]
    closing = " ".join(
        part
        for part in (
            _kept(composition, draw),
            draw.choice(CLOSINGS_EXACT),
        )
        if part
    )
    form = draw.choice(("prose", "prose", "list", "ticket")) if len(wishes) > 1 else "prose"
    if form == "prose":
        text = _prose(opening, situation, wishes, draw)
    elif form == "list":
        points = "\n".join(f"{number}. {wish}" for number, wish in enumerate(wishes, 1))
        text = f"{opening}\n\n{situation} This is what I need:\n\n{points}"
    else:
        background, start, wanted = draw.choice(HEADINGS)
        points = "\n".join(f"- {wish}" for wish in wishes)
        text = (
            f"## {background}\n\n{opening}\n\n## {start}\n\n{situation}\n\n## {wanted}\n\n{points}"
        )
    return f"{text}\n\n{closing}\n" if closing else f"{text}\n"


def _kept(composition: Composition, draw: Draw) -> str:
    """What is said about the inputs: nothing where there are none left to keep."""
    if not composition.guards():
        return ""
    return draw.choice(CLOSINGS_REST if composition.changes_its_start() else CLOSINGS_KEEP)


def stated_facts(instruction: str) -> list[str]:
    """The literals of an instruction, in order, each once: whatever stands in backticks.

    A rewritten instruction has to state every one of them.
    """
    return list(dict.fromkeys(LITERAL.findall(instruction)))


def _opening(theme: Theme, draw: Draw) -> str:
    reason = draw.choice(theme.reasons)
    return draw.choice(OPENINGS).format(
        team=theme.team,
        organisation=theme.organisation,
        reason=reason,
        reason_capital=reason[0].upper() + reason[1:],
    )


def _prose(opening: str, situation: str, wishes: list[str], draw: Draw) -> str:
    """Paragraphs: who and what lies there, then a wish each."""
    paragraphs = [f"{opening} {situation}"]
    for number, wish in enumerate(wishes):
        if number == 0:
            lead = ""
        elif number == len(wishes) - 1:
            lead = draw.choice(LAST)
        else:
            lead = draw.choice(NEXT)
        paragraphs.append(lead + (_lowered(wish) if lead else wish))
    return "\n\n".join(paragraphs)


def _lowered(sentence: str) -> str:
    """The sentence as it stands after a colon: its first word in lower case where it can be."""
    first = sentence.split(" ", 1)[0]
    if len(first) < 2 or first in ("I'd", "I'm") or not first[1:].islower():
        return sentence
    return sentence[0].lower() + sentence[1:]
