"""The instruction: one request of a person, out of the parts that the skills contribute."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shellwright.recipe.draw import Draw
from shellwright.recipe.themes import PEOPLE, Theme
from shellwright.recipe.world import within
from shellwright.teacher.procedural import phrases
from shellwright.teacher.procedural.compose import Composition
from shellwright.teacher.procedural.reasons import reason_for

LITERAL = re.compile(r"`([^`\n]+)`")
#: The most results that are named again at the end.
RECAPPED = 4


def write_instruction(composition: Composition, categories: Sequence[str], draw: Draw) -> str:
    """The request as a note, a mail or a chat message; `categories` are those of the skills.

    What is wished for stands in paragraphs or in a list. What is said of the inputs that stay
    follows what is said of them at the start, or comes at the end.
    """
    theme = composition.start.theme
    tone = draw.choice(("note", "note", "note", "mail", "chat"))
    words = _words(theme) | {"name": draw.choice(PEOPLE)}
    wishes = [draw.choice(list(stage.move.request)) for stage in composition.stages]
    kept, situation = _kept(composition, draw), composition.start.focus.situation()
    if kept in phrases.KEEP and draw.chance(0.3):
        situation, kept = f"{situation} {kept}", ""
    reason = reason_for(composition, categories, draw)
    openings = {"note": phrases.NOTE, "mail": phrases.MAIL, "chat": phrases.CHAT}[tone]
    opening = draw.choice(openings).format(
        **words, situation=situation, reason=reason, Reason=_raised(reason)
    )
    listed = len(wishes) > 1 and draw.chance(0.4)
    parts = [
        *([draw.choice(phrases.GREETINGS)] if tone == "mail" else []),
        *(_in_list(opening, wishes, draw) if listed else _in_prose(opening, wishes, draw)),
        " ".join(filter(None, (kept, _closing(composition, draw)))),
        *([draw.choice(phrases.SIGN_OFFS).format(**words)] if tone == "mail" else []),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def stated_facts(instruction: str) -> list[str]:
    """The literals of an instruction, in order, each once: whatever stands in backticks.

    A rewritten instruction has to state every one of them.
    """
    return list(dict.fromkeys(LITERAL.findall(instruction)))


def _words(theme: Theme) -> dict[str, str]:
    """Who asks, as openings and signatures name them."""
    words = {
        "team": theme.team,
        "role": theme.team.removeprefix("the "),
        "organisation": theme.named,
    }
    raised = {name.capitalize(): _raised(word) for name, word in words.items()}
    return {**words, **raised, "label": theme.organisation}


def _kept(composition: Composition, draw: Draw) -> str:
    """What is said about the inputs: nothing where there are none left to keep."""
    if not composition.guards():
        return ""
    return draw.choice(phrases.REST if _changes_inputs(composition) else phrases.KEEP)


def _changes_inputs(composition: Composition) -> bool:
    """Whether some skill works in place on anything that was there at the start."""
    given = [entry.path for entry in composition.end.brought if entry.kind == "file"]
    return composition.changes_its_start() or any(
        within(path, other) for path in given for other in composition.touched()
    )


def _closing(composition: Composition, draw: Draw) -> str:
    """A remark on the results, or none."""
    paths = [f"`{resource.path}`" for resource in composition.made()]
    if 2 <= len(paths) <= RECAPPED and draw.chance(0.2):
        return draw.choice(phrases.RECAP).format(paths=f"{', '.join(paths[:-1])} and {paths[-1]}")
    return draw.choice(phrases.EXACT) if draw.chance(0.4) else ""


def _in_list(opening: str, wishes: Sequence[str], draw: Draw) -> list[str]:
    """Who and what lies there, then the wishes as points under a line that leads over to them."""
    lead, mark = draw.choice(phrases.LISTS), draw.choice(phrases.MARKS)
    points = [
        mark.format(n=number, a="abcdefg"[number - 1]) + wish
        for number, wish in enumerate(wishes, 1)
    ]
    return [f"{opening} {lead}", "\n".join(points)]


def _in_prose(opening: str, wishes: Sequence[str], draw: Draw) -> list[str]:
    """Paragraphs: who and what lies there, then a wish each, about half of them led over to."""
    paragraphs = [opening, wishes[0]]
    leads = draw.sample(phrases.NEXT, max(0, len(wishes) - 2))
    leads += [draw.choice(phrases.LAST)] if len(wishes) > 1 else []
    for wish, lead in zip(wishes[1:], leads, strict=True):
        paragraphs.append(lead + _lowered(wish) if draw.chance(0.5) else wish)
    return paragraphs


def _raised(text: str) -> str:
    """The text as it stands at the start of a sentence."""
    return text[0].upper() + text[1:]


def _lowered(sentence: str) -> str:
    """The sentence as it stands after a colon: its first word in lower case where it can be."""
    first = sentence.split(" ", 1)[0]
    if first != "A" and (len(first) < 2 or first in ("I'd", "I'm") or not first[1:].islower()):
        return sentence
    return sentence[0].lower() + sentence[1:]
