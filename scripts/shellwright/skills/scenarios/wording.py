"""Scenarios in words: a sentence that says the state and what the skill is about."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from shellwright.skills.document import Call, Document
from shellwright.skills.scenarios.rules import table
from shellwright.skills.scenarios.vocabulary import VOCABULARY, State

MAX_TEXT = 200
MAX_SUBJECTS = 4
_CANDIDATES = 8
_STOP = frozenset(
    """a about across add after agent agents ai all also an and another any api application are as
    at automatically available based be before best between both build built but by call can cli
    client code command commands common complete comprehensive create created creates current data
    default detailed different directly display do does each easily easy enable enables etc every
    execute existing fast file files following for free from full functionality get given guide
    handle has have help helper how if in information input integration interact interface into is
    it its just language library like line linux list local manage management manager manipulate
    manually more most multiple need needs new not of on one only open operations option options or
    other our output over own path perform platform please powerful print program programs project
    provide provides quick quickly read related requires run running save script scripts see server
    service set several should show
    simple single skill skills so some something specific specified such
    support supports system task tasks text than that the their them then there these they this
    through to tool tools trigger triggers type unix up update usage use used useful user users
    uses using utility utilities various version via view want wants web well what when where
    whether which while will wish with within without work working workflow workflows works write
    you your unofficial official without standard similar via e.g i.e its it's
    https http www com org io github true false null none name
    more information see also note alias documentation original clawdbot openclaw moltbot claude
    codex mcp clawhub gpt chatgpt llm anthropic openai skill.md""".split()  # noqa: SIM905
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9+#.]{2,24}")
_ACRONYM = re.compile(r"[A-Z0-9]{2,}s?")


def subjects(document: Document) -> tuple[str, ...]:
    """Content words of a skill, in the order of its name and description: more than a sentence
    takes, since some are in it already."""
    dropped = _STOP | _programs() | {_last(call).lower() for call in document.calls}
    name = re.sub(r"[-_/]", " ", document.name[:100])
    text = f"{name} . {document.title[:100]} . {document.description[:500]}"
    found = _content(text, dropped)
    if len(found) < 2:
        found = _content(text + " . " + " . ".join(document.headings[:6])[:300], dropped)
    if len(found) < 2:
        found = _content(text, _STOP)
    return tuple(found[:_CANDIDATES])


def _last(call: Call) -> str:
    return call.program.rpartition("/")[2]


@cache
def _programs() -> frozenset[str]:
    """Names of programs; those that are plain words in a description as well are kept."""
    return frozenset(table().rules) - _WORDS


_WORDS = frozenset(
    """install sort split join merge compare import find diff patch banner dialog look transfer
    wall transcribe organize migrate rename time date strip size host fast light crunch play task
    discord slack mail write feed security markdown batch summarize links groups bridge route vault
    paste stack coverage fly bundle tree linear remind stress readable container port age trip
    serverless trust members identify display parallel swift flux safety screen""".split()  # noqa: SIM905
)


def _content(text: str, dropped: frozenset[str] | set[str]) -> list[str]:
    found: dict[str, str] = {}
    for match in _WORD.findall(text):
        word = match.rstrip(".")
        low = word.lower()
        if low in dropped or low.rstrip("s") in dropped or "." in low or len(low) < 3:
            continue
        found.setdefault(_stem(low), word if _ACRONYM.fullmatch(word) else low)
    return list(found.values())


def _stem(word: str) -> str:
    """A word without its ending, so that `merge`, `merges` and `merging` count once."""
    for ending in ("ing", "ies", "es", "ed", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def sentence(kind: str, state: State, about: tuple[str, ...]) -> str:
    """The sentence, such as `A PDF document about yearly invoices exists.`

    At most MAX_TEXT characters.
    """
    phrase, verb = _phrases(kind, state)
    seen = {_stem(word) for word in re.findall(r"[a-z]+", phrase.lower())}
    words = [word for word in about if _stem(word.lower()) not in seen][:MAX_SUBJECTS]
    topic = f" about {' '.join(words)}" if words else ""
    return f"{phrase}{topic} {verb}"[: MAX_TEXT - 1].rstrip() + "."


@lru_cache(maxsize=4096)
def _phrases(kind: str, state: State) -> tuple[str, str]:
    """The state in words: a noun with what belongs to it, and a verb."""
    words = VOCABULARY[kind]
    before, behind, verb = [], [], "exists"
    # The condition is told first: a newly scaffolded Rust project.
    for attribute, value in sorted(state, key=lambda pair: (pair[0] != "condition", pair)):
        phrase = words.attributes[attribute][value]
        if phrase.startswith("="):
            verb = phrase[1:]
        elif phrase.startswith("~"):
            behind.append(phrase[1:])
        else:
            before.append(phrase)
    text = " ".join([*before, words.noun, *behind])
    return ("An " if _VOWEL.match(text) else "A ") + text, verb


#: What is spoken with a vowel first; abbreviations are spelt out.
_VOWEL = re.compile(
    r"[aeioAEIO]|un(?!i)|up|HTML|MP\d|M[4KO]|SVG|SQL|SSH|XML|RTF|HCL|X\.|FLAC|R |r "
)
