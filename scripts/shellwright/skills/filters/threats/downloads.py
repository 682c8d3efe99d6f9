"""Running what was fetched unseen, and obeying instructions fetched from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from shellwright.skills.document import Call
from shellwright.skills.filters import scriptfetch
from shellwright.skills.filters.comments import in_comment
from shellwright.skills.filters.inlinecode import BlockBeside, InlineCode
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.pythonfetch import runs_fetched
from shellwright.skills.filters.refusing import refused, refused_call
from shellwright.skills.filters.shellpieces import Shell
from shellwright.skills.filters.text import Text
from shellwright.skills.filters.threats.pipes import (
    Values,
    code_files,
    expanded,
    fetched_and_run,
    fetches,
    is_fetch,
    places,
    program_of,
    runs_input,
    unquoted,
    upstream,
)
from shellwright.skills.filters.threats.rule import Rule, Threat, hits, matches, rule
from shellwright.skills.filters.threats.trust import PASTES, Address, addresses

_SHELL = (
    r"(?:sudo\s{1,3}(?:-\w{1,3}\s{1,3})?)?(?:/[\w/]{1,20}/)?"
    r"(?:(?:ba|z|da|k)?sh|python3?|node|perl|ruby)"
)
_PIPED = rule(
    "runs what it downloads",
    "curl;wget;base64 -;iwr;invoke-webrequest;fetch ",
    r"\b(?:curl|wget|iwr|irm|invoke-webrequest)\b[^\n]{1,400}?\|\s{0,3}(?:"
    + _SHELL
    + r"(?:\s|$|[`\"');&|])|iex\b)(?!\s{0,3}-(?:c|m)\b)",
)
_SUBSTITUTED = rule(
    "runs what it downloads",
    "(curl;(wget;`curl;`wget",
    r"(?:\b(?:eval|source|(?:ba|z|da)?sh(?:\s{1,3}-\w{1,3})?|python3?(?:\s{1,3}-c)?)\s{1,3}[\"']?"
    r"|\.\s)"
    r"(?:<\(|\$\(|`)\s{0,3}(?:curl|wget)\b[^\n]{1,300}",
)
_EVALUATED = rule(
    "runs what it downloads",
    "urlopen;requests.get;httpx.get;fetch(;http.get;axios",
    r"\b(?:exec|eval|new function)\s{0,2}\([^\n]{0,200}\b(?:urlopen|requests\.get|httpx\.get"
    r"|fetch|https?\.get|axios(?:\.get)?)\s{0,2}\([^\n]{0,200}",
)
_LOCKED: tuple[Rule, ...] = (
    rule(
        "tells to open a download that is locked with a password",
        "pass",
        r"https?://[^\n]{1,300}\b(?:extract|unzip|archive|zip|rar|7z)\b[^\n]{0,120}"
        r"\bpass(?:word|code|phrase)?\b\s{0,3}[:=`'\"]",
    ),
    rule(
        "tells to install a helper that is known to be malware",
        "openclaw-agent;openclawcli;openclaw-core;openclawdriver;openclawprovider;authtool"
        ";clawdauth",
        r"(?:openclaw-agent|openclawcli|openclaw-core|openclawdriver|openclawprovider|authtool"
        r"|clawdauth)\b",
    ),
)
#: Not for pages, which tell of archives and passwords without any download.
_OPENED: tuple[Rule, ...] = (
    rule(
        "tells to open a download that is locked with a password",
        "pass",
        r"(?:\b(?:extract|unpack|unzip|archive|decrypt)\w*|\.(?:zip|rar"
        r"|7z)\b)[^\n]{0,80}\b(?:using|with)?"
        r"\s{0,3}pass(?:word|code|phrase)?\s{0,3}(?::(?!\s{0,3}(?:str|string|bytes|any|optional)\b)"
        r"|is\b|`|['\"])",
    ),
)
_PASTE_HOST = "(?:" + "|".join(re.escape(host) for host in PASTES) + ")"
_PASTE: tuple[Rule, ...] = (
    rule(
        "tells to run what stands on a paste site or behind a short address",
        ";".join(PASTES),
        _PASTE_HOST
        + r"[^\n]{0,200}\b(?:run|execut\w*|install\w*|paste|command|terminal|powershell)\b",
    ),
    rule(
        "tells to run what stands on a paste site or behind a short address",
        ";".join(PASTES),
        r"\b(?:run|execut\w*|install\w*|command|terminal|powershell|curl|wget)\b[^\n]{0,200}"
        + _PASTE_HOST,
    ),
)
_PROGRAM = rule(
    "tells to download a program and to run it first",
    "run the;execute the;run it;launch;double-click",
    r"\bdownload\b[^\n]{1,300}\b(?:run|execute|launch|double-click)\b[^\n]{0,60}"
    r"\b(?:executable|installer|\.exe|binary|file|it)\b[^\n]{0,60}\b(?:before|first|prior"
    r"|required)\b",
)
_OBEY: tuple[Rule, ...] = (
    rule(
        "takes its instructions from a remote text",
        ".md;.txt;/skill;instructions",
        r"\b(?:fetch|read|download|load|curl|get|check|pull|re-?fetch|follow)\b[^\n]{0,160}"
        r"https?://[^\s)`\"']{1,200}(?:\.md|\.txt|/skill)\b[^\n]{0,160}"
        r"\b(?:follow|obey|execute|do what|instructions|act on|and do)\b",
    ),
    rule(
        "takes its instructions from a remote text",
        ".md;.txt;/skill",
        r"\b(?:follow|obey|execute|act on)\b[^\n]{0,100}https?://[^\s)`\"']{1,200}"
        r"(?:skill|heartbeat|instructions|rules|prompt|messaging)[\w.-]{0,20}",
    ),
    rule(
        "replaces instructions of the agent by a remote text",
        ".md",
        r"\bcurl\b[^\n]{0,60}https?://[^\s)`\"']{1,200}\.md\b[^\n]{0,40}(?:>|-o)\s{0,3}[\"']?"
        r"[^\n]{0,120}\.md",
    ),
    rule(
        "takes its instructions from a remote text",
        "heartbeat.md",
        r"https?://[^\s)`\"']{1,200}heartbeat\.md",
    ),
)
#: Programs that install a file, whose scripts they run, and the names of such files.
_UNPACKERS = frozenset(
    "dpkg apt apt-get rpm dnf yum zypper pip pip3 npm gem snap".split()  # noqa: SIM905
)
_PACKED = re.compile(r"\.(?:deb|rpm|whl|tgz|tar\.gz|gem|snap)$|\$", re.IGNORECASE)
#: What a page has its reader fill in.
_BLANK = re.compile(r"\{\{[^}\n]{0,200}http")
_DATA = re.compile(r"\|\s*(?:sudo )?(?:python3?|node|perl|ruby)\s+(?!-(?:[\s`'\"]|$))[\w.~/$\"'-]")
#: Options that name the file a download is kept in, as the next word or as their end.
_KEPT_IN = re.compile(r"-[A-Za-z#]{0,12}[oO]|--output|--output-document|--out")
_KEPT_IN_WORD = re.compile(
    r"(?:--output=|--output-document=|--out=|-[sSfLkgivqNJR#]{0,12}[oO])([^=-].*)", re.DOTALL
)
#: Options of `curl` that keep a download under its own name.
_OWN_NAME = re.compile(r"-[A-Za-z#]{0,12}O[A-Za-z#]{0,12}|--remote-name(?:-all)?")
#: Programs that write what they are given as input, and how `dd` names the file.
_WRITERS = frozenset({"tee", "sponge", "dd"})
#: Programs that do so without being told.
_KEEPERS = frozenset({"wget", "aria2c", "axel"})

#: What runs a command in `awk`, which is given its code as a word, and what fetches there.
_AWKS = frozenset({"awk", "gawk", "mawk", "nawk"})
_AWK_RUNS = re.compile(r"\bsystem\s{0,2}\(|\|\s{0,2}\"(?:ba|z)?sh\b")
_AWK_FETCHES = re.compile(r"\b(?:curl|wget)\s[^\n]{0,300}\bgetline\b")

#: A fetch from three dots: it tells how commands of its kind look, and nobody can run it.
_ELIDED = re.compile(
    r"\b(?:curl|wget)(?:\s{1,3}-[\w-]{1,20}){0,6}\s{1,3}\[?(?:\.\.\.|…)\]?\s{0,3}\\?[|)`]"
)

_BARE = rule(
    "works with a server that has no name",
    "http://;https://",
    # No address of this machine, of a private network, of a well-known resolver, or of examples.
    r"https?://(?!(?:127|10|0|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254|100\.(?:6[4-9]|[7-9]\d"
    r"|1[01]\d|12[0-7])|192\.0\.2|198\.51\.100|203\.0\.113|22[4-9]|23\d|1\.1\.1\.1|8\.8\.8\.8"
    r"|1\.2\.3\.4)\b)"
    r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b",
)


def downloads(material: Material) -> Iterator[Threat]:
    """Code that is fetched and run without anybody seeing it."""
    for bare in matches((_BARE,), material, material.text):
        if not (material.page and _BLANK.search(bare.evidence)):
            yield bare
    yield from _called(material)
    texts = (material.text, material.front, *material.scripts, *material.others)
    for text in texts:
        for one in (_PIPED, _SUBSTITUTED, _EVALUATED):
            for start, end in hits(one, text):
                threat = _fetched(material, text, start, end)
                if threat:
                    yield threat
                    break
    for text in (material.text, material.front, *material.scripts):
        for one in (*_LOCKED, *(() if material.page else _OPENED), *_PASTE, _PROGRAM):
            for start, end in hits(one, text):
                made = "create" in text.lower[start : text.line(start)[1]]
                if not material.mentioned(text, start, end) and not (one in _PASTE and made):
                    yield Threat(one.reason, text.quote(start, end))
                    break
    yield from _then_run(material)


def instructions(material: Material) -> Iterator[Threat]:
    """Texts from elsewhere that the agent is to follow, or that replace its own."""
    prose = [text.plain for text in (material.text, *material.beside)]
    for text in (material.text, *material.scripts, *material.others, *prose):
        for one in _OBEY:
            for start, end in hits(one, text):
                named = addresses(text.original[start:end])
                if not all(_known_text(place) for place in named) and not material.guards:
                    yield Threat(one.reason, text.quote(start, end))
                    break


def _known_text(place: Address) -> bool:
    return place.known or place.example


def _fetched(material: Material, text: Text, start: int, end: int) -> Threat | None:
    """The threat of a command that runs what it fetches, unless it comes from a known maker."""
    command = text.original[start:end]
    named = addresses(command) or addresses(expanded(command, material.values))
    if _trusted(named) or (not named and material.page and "{{" in command):
        return None
    if not named and _ELIDED.search(command):
        return None
    evil = any(place.numeric or place.paste for place in named)
    if not evil and _only_data(text.lower[start + command.rfind("|") : text.line(start)[1]]):
        return None
    if material.guards or (not evil and (refused(text, start, end) or _remark(text, start))):
        return None
    return Threat(_from(named), text.quote(start, end))


def _remark(text: Text, place: int) -> bool:
    """Whether a place is in a comment of a script, which nobody runs."""
    return in_comment(text.original, place, text.language)


def _called(material: Material) -> Iterator[Threat]:
    """Calls, and code in Python, that run what they fetch."""
    for piece in material.shell:
        for call, words in fetched_and_run(piece.calls, piece.values):
            named = places(words)
            elided = isinstance(piece.code, InlineCode) and _ELIDED.search(piece.code.text)
            if (
                not _trusted(named, words, material)
                and not (elided and not named)
                and not refused_call(material, piece.code, call)
            ):
                yield Threat(_from(named), " ".join((*words, "|", call.program, *call.arguments)))
        for call in piece.calls:
            given = " ".join(call.arguments) if program_of(call) in _AWKS else ""
            runs = _AWK_RUNS.search(given) and _AWK_FETCHES.search(given)
            if runs or scriptfetch.one_liner(program_of(call), call.arguments):
                yield from _evaluated(material, (" ".join((call.program, *call.arguments)),))
    for code in material.programs:
        if code.language == "python":
            yield from _evaluated(material, runs_fetched(code.text))
        elif code.language in scriptfetch.LANGUAGES:
            yield from _evaluated(material, scriptfetch.runs_fetched(code.text, code.language))


def _evaluated(material: Material, fetched: Iterable[str]) -> Iterator[Threat]:
    if material.guards:
        return
    for words in fetched:
        named = addresses(words)
        if not _trusted(named):
            yield Threat(_from(named), words)


def _trusted(
    named: list[Address], words: Iterable[str] = (), material: Material | None = None
) -> bool:
    """Whether something comes from known makers, or from nowhere that there is: a page may leave
    the place to its reader."""
    if not named and material is not None:
        return any(word.strip("\"'") in material.blanks for word in words)
    return bool(named) and all(place.known or place.example for place in named)


def _from(named: list[Address]) -> str:
    strange = [place.host for place in named if not (place.known or place.example)]
    return f"runs what it downloads from {strange[0] if strange else 'a place that is not told'}"


def _only_data(stage: str) -> bool:
    """Whether the interpreter reads data: it is given its code otherwise, such as by `-c`."""
    return _DATA.match(stage) is not None


def _then_run(material: Material) -> Iterator[Threat]:
    """A file that is fetched from a place nobody knows and run later on. What stands beside the
    skill's text tells people, too, how to install it file by file."""
    fetched: dict[str, str] = {}
    for piece in material.shell:
        if isinstance(piece.code, BlockBeside):
            continue
        for place, call in enumerate(piece.calls):
            named = _comes_from(piece, place)
            if named is not None and not _trusted(named, call.arguments, material):
                fetched |= dict.fromkeys(_targets(call, named, piece.values), _from(named))
            for word in _run_files(piece, place):
                base = _bases(word, piece.values).intersection(fetched)
                if base:
                    yield Threat(fetched[min(base)], " ".join((call.program, *call.arguments)))
                    return


def _run_files(piece: Shell, place: int) -> Iterator[str]:
    """The words that name files whose code a call runs, also those that it is given as input."""
    call = piece.calls[place]
    yield from code_files(call)
    if call.program in _UNPACKERS:
        yield from (word for word in call.arguments if _PACKED.search(unquoted(word)))
    if runs_input(call):
        yield from call.reads
        for each in upstream(piece.calls, place):
            if not is_fetch(each):
                yield from (*each.arguments, *each.reads)


def _comes_from(piece: Shell, place: int) -> list[Address] | None:
    """Where from a call fetches what it writes, itself or by what stands before it in its pipe.
    Nothing where it fetches nothing, an empty list where the place is not told."""
    call = piece.calls[place]
    writes = call.writes or call.program in _WRITERS
    for each in (call, *(upstream(piece.calls, place) if writes else ())):
        words = fetches(each, piece.values)
        if words:
            return addresses(" ".join(words))
    return None


def _targets(call: Call, named: list[Address], values: Values) -> list[str]:
    """The names of the files that a download is kept in."""
    kept = list(call.writes)
    if call.program == "dd":
        kept += [word[3:] for word in call.arguments if word.startswith("of=")]
    elif call.program in _WRITERS:
        kept += [word for word in call.arguments if not word.startswith("-")]
    for option, word in pairwise(call.arguments):
        if _KEPT_IN.fullmatch(option) and "://" not in word and not word.startswith("-"):
            kept.append(word)
    kept += [match[1] for word in call.arguments if (match := _KEPT_IN_WORD.fullmatch(word))]
    own = call.program == "curl" and any(map(_OWN_NAME.fullmatch, call.arguments))
    if own or (call.program in _KEEPERS and not kept):
        kept += [re.split(r"[?#]", place.path)[0] for place in named]
    return [base for word in kept for base in _bases(word, values)]


def _bases(word: str, values: Values) -> set[str]:
    """The name of a file without its folder, as it is written and with its variables filled in."""
    words = (unquoted(each) for each in (word, expanded(word, values)))
    found = {each.rpartition("/")[2] for each in words}
    return {base for base in found if base.strip(".") and not base.startswith("-")}
