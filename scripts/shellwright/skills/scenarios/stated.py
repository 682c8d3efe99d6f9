"""What a skill states of itself: what it requires, what goes in, what comes out.

Requirements stand in the front matter or below a heading such as "Prerequisites"; results below
one such as "Output", and in the description ("Convert PDF files to Markdown"). The words for
things are those of `phrases.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from shellwright.skills.document import Document
from shellwright.skills.reading.front import text_of
from shellwright.skills.scenarios.formats import Artifact, by_name
from shellwright.skills.scenarios.librarycalls import alternatives, known
from shellwright.skills.scenarios.purposes import software
from shellwright.skills.scenarios.vocabulary import LOADER

_MAX_BODY = 60_000
_MAX_LINES = 30
_MAX_LINE = 240
#: Longer headings are sentences that happen to hold the word.
_MAX_HEADING_WORDS = 5
#: A line on a result names it at its start; further on it speaks of how, why and what not.
_RESULT_CHARS = 40
#: What a description speaks of as a means and not as what the work is done on.
_MEANS = frozenset({"package", "network", "secret"})
_SECRET = re.compile(
    r"(?:^|_)(?:API)?(?:KEYS?|TOKENS?|SECRETS?|PASSWORD|PASS|CREDENTIALS?|AUTH)(?:$|_)",
    re.IGNORECASE,
)

_HEADING = re.compile(r"#{1,6}[ \t]+(.{1,120})$")
#: With these words a heading still speaks of what the work needs; "audit requirements" does not.
_OF_WORK = (
    r"(?:system|software|tool(?:s|ing)?|technical|minimum|set-?up|install(?:ation)?|required|needed"
    r"|runtime|environment|python|node(?:\.js)?|data|files?|formats?|general|key|basic|external"
    r"|package|optional|the|and|&|for|of|your|matrix|types?|what|if|first|supported|input|output)"
)
_NEEDED = re.compile(
    rf"^\W*(?:\d+[.)]\s*)?(?:{_OF_WORK}\s+)*(?:requirements?|prerequisites?|prereqs?|dependencies"
    r"|before you (?:start|begin)|you(?:'ll)? need|inputs?"
    rf"|supported (?:file )?(?:formats?|inputs?|types?))(?:\W+{_OF_WORK})*\W*$",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"\b(?:outputs?|results?|what you get|deliverables?|generated files?|output formats?)\b",
    re.IGNORECASE,
)
_FORMATS = re.compile(r"\bsupported (?:file )?(?:formats?|types?|conversions?)\b", re.IGNORECASE)
#: Kinds that come in several formats.
_FORMED = frozenset({"audio", "document", "image", "page", "settings", "table", "video"})
_SET_UP = re.compile(
    r"\b(?:edit|configure|update|modify|customi[sz]e|(?:add|set|put)\b[^`.\n]{1,40}?\b(?:to|in))"
    r"\s(?:(?:your|the|it in|a)\s){0,2}[^`.\n]{0,20}`([^`\s]{4,80})`",
    re.IGNORECASE,
)
#: A list of what users say.
_ASKED = re.compile(
    r"^\W{0,6}(?:example|sample) (?:prompts?|requests?|queries)\W{0,4}\n\s{0,3}"
    r"((?:[-*] .{1,200}\n?){1,12})",
    re.IGNORECASE | re.MULTILINE,
)
_MAX_ASKED = 8
_MAX_CLAUSES = 24
#: Outputs that are no result, and headings that only look alike.
_NEITHER = re.compile(r"troubleshoot|error|limit|control|handling|best practice|token", re.I)

_VERB_BOTH = re.compile(
    r"\b(?:convert|transform|turn|translate|transcribe|export|render|compile)(?:s|ing)?\b"
    r"(.{1,60}?)\b(?:into|to|(?<!such )(?<!well )as)\b(.{1,60}(?!\w))",
    re.IGNORECASE,
)
_VERB_BETWEEN = re.compile(
    r"\b(?:convert|transform|translat|export|exchang|switch)\w{0,4}\b.{0,60}?"
    r"\b(?:between|among)\b(.{1,80}(?!\w))",
    re.IGNORECASE,
)
_VERB_FROM = re.compile(
    r"\b(?:generat|creat|build|extract|mak|produc)(?:e|es|s|ing)?\b(.{1,60}?)\bfrom\b(.{1,60}(?!\w))",
    re.IGNORECASE,
)
_VERB_TAKES = re.compile(
    r"\b(?:convert|transform|turn|pars|extract|read|analy[sz]|summari[sz]|transcrib|process|edit"
    r"|query|search|inspect|review|scan|validat|fill|merg|split|compress|resiz|index|import"
    r"|audit|check|clean|compar|debug|delet|fix|lint|optimi[sz]|organi[sz]|refactor|remov|renam"
    r"|updat|verif)"
    r"(?:e|es|s|ing|y|ies)?\b(.{1,70}(?!\w))",
    re.IGNORECASE,
)
_MAKING = (
    r"\b(?:generat|creat|writ|produc|draw|draft|build|render|compos|export|schedul|publish|add"
    r"|output|emit|return)(?:e|es|s|ing)?\b"
)
_VERB_MAKES = re.compile(rf"{_MAKING}(.{{1,70}}(?!\w))", re.IGNORECASE)
#: Where what is worked on ends: at what is made of it, "and write a report" or "into a CSV report".
_THEN_MAKES = re.compile(_MAKING, re.IGNORECASE)
_BECOMES = re.compile(r"\b(?P<word>into|to|as)\b", re.IGNORECASE)
#: What may stand between "to" and a thing; a verb may not.
_ARTICLE = re.compile(r"\s+(?:(?:an?|the|your|one|its)\s+)?", re.IGNORECASE)
#: Words before "to" and "as" after which they do not speak of what becomes of something.
_NOT_BECOMING = frozenset(
    """according access as attached close compared connected due equivalent known links linked
    related respect same similar such used well""".split()  # noqa: SIM905
)
#: Where what is made ends: "a chart from CSV files".
_MADE_OF = re.compile(r"\bfrom\b", re.IGNORECASE)
#: What stands before a verb and not before a noun.
_BEFORE_VERB = re.compile(
    r"(?:^|[^\w\s]|\b(?:and|or|to|then|for|that|can|when|you|it|which|also|by))\s{0,4}$",
    re.IGNORECASE,
)
#: What is a noun as often as a verb.
_NOUNS = re.compile(r"outputs?\b|returns?\b", re.IGNORECASE)
_DENIAL = r"\b(?:no|not|never|neither|without|optional|cannot|can['’]t|don['’]t|doesn['’]t)\b"
#: In a list of requirements a denial takes the clause away; before a verb it stands right there.
_DENIED = re.compile(_DENIAL, re.IGNORECASE)
_DENIED_VERB = re.compile(rf"{_DENIAL}[^,]{{0,20}}$", re.IGNORECASE)
_CLAUSE = re.compile(r"[.;:!?()—–]\s|[\n;()—–\"“”→]")


@dataclass(frozen=True)
class Stated:
    """Something that a skill says it takes or makes, with the words that say so."""

    artifact: Artifact
    evidence: str


@dataclass(frozen=True)
class _Phrases:
    """One pattern for all phrases of a side, and the artifact of each of its groups."""

    pattern: re.Pattern[str]
    artifacts: tuple[Artifact, ...]


@cache
def _phrases(side: str) -> _Phrases:
    """The phrases that may tell `needed` or `made`."""
    text = (Path(__file__).parent / "phrases.yaml").read_text(encoding="utf-8")
    read = yaml.load(text, Loader=LOADER)
    entries: list[tuple[str, Artifact]] = []
    for spec, words in [*read[side].items(), *read["both"].items()]:
        artifact = known(spec)
        if artifact is None:
            raise ValueError(f"phrases for nothing: {words}")
        # A phrase of several words, or with more letters, goes before one that is its part.
        entries += [(word, artifact) for word in alternatives(words)]
    entries.sort(key=lambda entry: -len(entry[0]))
    pattern = "|".join(f"({word})" for word, _ in entries)
    whole = re.compile(rf"(?<![\w./-])(?:{pattern})(?![\w/-]|\.\w)", re.IGNORECASE)
    return _Phrases(whole, tuple(artifact for _, artifact in entries))


def spoken(text: str, side: str, most: int = 4) -> list[Artifact]:
    """The artifacts that a piece of text speaks of, in order; `side` is `needed` or `made`."""
    phrases = _phrases(side)
    found: dict[Artifact, None] = {}
    end = -1
    for match in phrases.pattern.finditer(text[:1000]):
        artifact = phrases.artifacts[(match.lastindex or 1) - 1]
        if artifact.kind not in _MEANS and _ONLY_NAMED.match(text, match.end()):
            continue
        # A CSV report is a CSV table, and nothing besides.
        if artifact.kind != "report" or text[end : match.start()] != " ":
            found[artifact] = None
        end = match.end()
        if len(found) == most:
            break
    return list(found)


def required(document: Document) -> list[Stated]:
    """What the skill says must be there: its front matter, and sections on requirements."""
    needs = document.requirements
    found = [
        Stated(artifact, f"requires bins: {name}")
        for name in (*needs.bins, *needs.any_bins)[:20]
        if (artifact := software(name)) is not None
    ]
    secret = known("secret:condition=stored,of=service")
    names = [name for name in needs.env if _SECRET.search(name)]
    if names and secret is not None:
        found.append(Stated(secret, f"requires env: {names[0]}"))
    for key in ("compatibility", "requirements", "requires"):
        line = text_of(document.front.get(key))
        found += [Stated(each, line) for each in spoken(line, "needed")]
    found += _configured(document.body)
    return [*found, *_of_sections(document.body, _NEEDED, "needed")]


def _configured(body: str) -> Iterator[Stated]:
    """The configuration that the text tells to edit before the work."""
    for match in _SET_UP.finditer(body[:_MAX_BODY]):
        artifact = by_name(match[1])
        if artifact is not None and artifact.kind == "settings":
            yield Stated(artifact.at(""), " ".join(match[0].split()))
            return


def results(document: Document) -> list[Stated]:
    """What sections on results say is left behind."""
    return list(_of_sections(document.body, _MADE, "made"))


def exchanged(document: Document) -> list[Stated]:
    """The forms that a skill turns into one another, where it says so: each is a way to begin and
    to end."""
    found: list[Stated] = []
    for clause in _CLAUSE.split(document.description[:600])[:_MAX_CLAUSES]:
        words = " ".join(clause.split())
        between = _told(_VERB_BETWEEN, words)
        if between:
            found += _worked_on(between[1], words)
            listed = _of_sections(document.body, _FORMATS, "needed")
            found += [each for each in listed if each.artifact.kind in _FORMED]
    return found


def described(document: Document) -> tuple[list[Stated], list[Stated]]:
    """What the description says is taken and made, and what the text gives as examples of what may
    be asked for. Who asks for a report gets one in the form that the skill is for."""
    takes, makes = _of_clauses(_CLAUSE.split(document.description[:600])[:_MAX_CLAUSES])
    asked = [
        line
        for found in _ASKED.finditer(document.body[:_MAX_BODY])
        for line in found[1].split("\n")
    ]
    clauses = [part for line in asked[:_MAX_ASKED] for part in _CLAUSE.split(line[:_MAX_LINE])]
    taken, made = _of_clauses(clauses)
    return takes + taken, makes + [each for each in made if each.artifact.kind != "report"]


def _of_clauses(clauses: list[str]) -> tuple[list[Stated], list[Stated]]:
    takes: list[Stated] = []
    makes: list[Stated] = []
    for clause in clauses:
        words = " ".join(clause.split())
        for pattern, before, after in ((_VERB_BOTH, 1, 2), (_VERB_FROM, 2, 1)):
            match = _told(pattern, words)
            if match:
                worked_on, becomes = _parted(match[before])
                takes += _worked_on(worked_on, words)
                makes += _stated(f"{becomes} {match[after]}", "made", words)
                break
        else:
            taking, making = _told(_VERB_TAKES, words), _told(_VERB_MAKES, words)
            made: list[Stated] = []
            if making:
                of = _MADE_OF.search(making[1])
                made += _stated(making[1][: of.start()] if of else making[1], "made", words)
                takes += _worked_on(making[1][of.end() :], words) if of else []
            if taking:
                worked_on, becomes = _parted(taking[1])
                found = _worked_on(worked_on, words)
                # In "and write weekly review notes", nothing is reviewed.
                verb = _BEFORE_VERB.search(words, 0, taking.start()) is not None
                takes += [each for each in found if verb or each not in made]
                makes += _stated(becomes, "made", words)
            makes += made
    return takes, makes


def _parted(text: str) -> tuple[str, str]:
    """What stands behind a verb, as what is worked on and what becomes of it, maybe nothing."""
    then = _told(_THEN_MAKES, text)
    # In "read and write PDF files" both verbs are about the same.
    if then and spoken(text[: then.start()], "needed"):
        text = text[: then.start()]
    for match in _BECOMES.finditer(text):
        before = text[: match.start()].split()
        if not before or before[-1].lower() in _NOT_BECOMING:
            continue
        if match["word"].lower() == "into" or _names_at(text, match.end("word")):
            return text[: match.start()], text[match.end("word") :]
    return text, ""


def _names_at(text: str, start: int) -> bool:
    """Whether a thing is named right there: behind an article and an adjective at most."""
    article = _ARTICLE.match(text, start)
    found = _phrases("made").pattern.search(text, article.end()) if article else None
    if article is None or found is None:
        return False
    between = text[article.end() : found.start()].split()
    described = bool(article[0].strip()) or (between[:1] and between[0].endswith("ed"))
    return len(between) <= (1 if described else 0)


def _told(verb: re.Pattern[str], words: str) -> re.Match[str] | None:
    """The first place where the words say that something is done, not that it is not."""
    for match in verb.finditer(words):
        noun = _NOUNS.match(match[0]) and not _BEFORE_VERB.search(words, 0, match.start())
        if not noun and not _DENIED_VERB.search(words[: match.start()]):
            return match
    return None


def _worked_on(text: str, evidence: str) -> list[Stated]:
    found = _stated(text, "needed", evidence)
    return [each for each in found if each.artifact.kind not in _MEANS]


def _stated(text: str, side: str, evidence: str) -> list[Stated]:
    return [Stated(artifact, evidence) for artifact in spoken(text, side)]


def _of_sections(body: str, wanted: re.Pattern[str], side: str) -> Iterator[Stated]:
    """What stands below the headings that are wanted: lists, sentences and tables, no code."""
    inside = fenced = False
    count = 0
    lines = body[:_MAX_BODY].split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
            continue
        heading = None if fenced else _HEADING.match(line)
        if heading is not None:
            inside = _is_about(heading[1], wanted)
            count = 0
        elif inside and not fenced and line.strip() and count < _MAX_LINES:
            count += 1
            if _TABLE_RULE.match(following):
                continue
            words = " ".join(line[:_MAX_LINE].split()).lstrip("-*|0123456789. ")
            plain = words.replace("`", "").replace("*", "")
            if side == "made":
                yield from _stated(plain[:_RESULT_CHARS], side, words)
                continue
            for clause in _CLAUSE.split(plain):
                if not _DENIED.search(clause):
                    yield from _stated(clause, side, words)
            if not _DENIED.search(plain):
                yield from _programs(line[:_MAX_LINE], words)


#: What a thing is named for that is not the thing: "a PDF library", "images without captions".
_ONLY_NAMED = re.compile(
    r"\s(?:api|app|captions?|clients?|coverage|drivers?|editor|engine|format(?:ting)?|generation"
    r"|librar(?:y|ies)|links?|management|manager|models?|module|package|platform|player|processing|rules?"
    r"|server|services?|software|stripped|support|surveillance|syntax|system|threshold|tools?|viewer"
    r"|with no|without)\b",
    re.IGNORECASE,
)
#: The line below the head of a table.
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-{2,}[-:| \t]*$")


def _is_about(heading: str, wanted: re.Pattern[str]) -> bool:
    return (
        len(heading.split()) <= _MAX_HEADING_WORDS
        and wanted.search(heading) is not None
        and _NEITHER.search(heading) is None
    )


_QUOTED = re.compile(r"(?:`|\*\*)([a-z][a-z0-9_-]{1,30})(?:`|\*\*)")


def _programs(line: str, evidence: str) -> Iterator[Stated]:
    """The programs that a line names in marks, where they are known ones."""
    for name in _QUOTED.findall(line)[:6]:
        artifact = software(name)
        if artifact is not None and dict(artifact.state)["purpose"] != "special":
            yield Stated(artifact, evidence)
