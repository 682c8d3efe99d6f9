"""What shell code hands to interpreters and to the network, told from its parsed calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from shellwright.skills.document import Call
from shellwright.skills.filters.plainshell import numbered
from shellwright.skills.filters.threats.trust import Address, addresses

Values = Mapping[str, tuple[str, ...]]

_MOST_STAGES = 20
#: Variables that name variables, and how long a word may grow by their values.
_MOST_TURNS = 4
_LONGEST = 4000
_VARIABLE = re.compile(r"\$(?:\{(\w{1,80})\}|(\w{1,80}))")
_FARTHEST = 60
SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh", "ash", "fish", "su"})
#: Interpreters with the letters of the options that give them their code.
_INTERPRETERS = {
    **dict.fromkeys(SHELLS, "c"),
    "python": "cm",
    "pypy": "cm",
    "node": "ep",
    "bun": "ep",
    "perl": "enpE",
    "ruby": "enp",
    "php": "rf",
}
#: Options of interpreters and of what launches them whose value is a word of its own.
_WITH_VALUES = frozenset(
    {"-o", "-O", "-W", "-X", "+o", "-r", "--require", "--import", "--with", "-p", "--python"}
)
#: Programs that run a file by their word `run`.
_LAUNCHERS = frozenset({"uv", "deno", "pipx"})
_SOURCES = frozenset({"source", "."})
_ASKERS = frozenset({"eval", "source", "."})
_FETCHERS = frozenset(
    {"curl", "wget", "aria2c", "http", "https", "xh", "lynx", "w3m", "nc", "ncat", "fetch"}
    | {"dig", "drill", "kdig", "nslookup"}
)
#: Programs that put out what stands there for everybody to read.
_SHOWING = frozenset({"echo", "printf", "cat", "tee"})
_STANDARD_INPUT = frozenset({"-", "-s", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
#: Where code is put in whose text a command tells: at the start, or where a command may start.
_PUT_IN = re.compile(r"(?:\A|[;&|\n])[ \t]{0,2}[\"']?[ \t\n]{0,2}(?:<\(|\$\(|`)")
_SPACE = re.compile(r"\s{2,}")
_MOST_SEARCHED = 100_000
_FETCHES = re.compile(
    r"(?<![\w.-])(?:(?:curl|wget|aria2c|lynx|dig|drill|kdig|nslookup)\s|perl\s{1,3}-mlwp)",
    re.IGNORECASE,
)
#: What `xargs` puts the lines that it is given in the place of.
_FILLED_IN = re.compile(r"\s{0,3}[\"']?(?:\{\d?\}|%)")
#: How far before a fetch or a decoder its code is put in, at most, and what is between them never.
_FETCHES_WITHIN = 300
_CLOSED = re.compile(r"\)[\"']?\n")
_DECODES = re.compile(
    r"\b(?:base(?:64|32)\s+(?:-\w*[dD]|--decode)|xxd\s+-\w*r|openssl\s+(?:enc|base64)\b.{0,200}?\s-d"
    r"|gunzip|g?zip\s+-\w{0,4}d|zcat|bzcat|xzcat|unxz|bunzip2|zstdcat)\b|\|\s{0,3}rev\b"
    r"|\btr\s[^|)\n]{0,40}-za|\bprintf\s{1,3}[^|)\n]{0,60}\\(?:x[2-7]|0?1[0-7][0-7])",
    re.DOTALL,
)
_DECODES_WITHIN = 1000
_ROTATED = re.compile(r"n-za-m", re.IGNORECASE)


def program_of(call: Call) -> str:
    """A program by its name alone: without its folder and its version."""
    return re.sub(r"(?<=[a-z])\d[\d.]*$", "", call.program.rpartition("/")[2])


def upstream(calls: Sequence[Call], place: int) -> Iterator[Call]:
    """The stages of a pipe before a call, nearest first."""
    for _ in range(_MOST_STAGES):
        wanted = calls[place].piped_from
        near = range(place - 1, max(-1, place - _FARTHEST), -1)
        place = next((each for each in near if calls[each].program == wanted), -1) if wanted else -1
        if place < 0:
            return
        yield calls[place]


def unquoted(word: str) -> str:
    """A word of a call without its quotes."""
    return re.sub(r"[\"']", "", word)


def expanded(word: str, values: Values) -> str:
    """A word with the values of its variables in it, also of those that these name in turn. A word
    that is one variable has all of its values, a line each."""
    for _ in range(_MOST_TURNS):
        if "$" not in word or not values:
            break
        before = word
        word = _filled(word[:_LONGEST], values)
        if word == before:
            break
    return word


def _filled(word: str, values: Values) -> str:
    """The first _LONGEST characters of a word with the values of its variables in it."""
    between = "\n" if _VARIABLE.fullmatch(word) else " "
    joined: dict[str, str] = {}
    parts: list[str] = []
    size = end = 0
    for match in _VARIABLE.finditer(word):
        name = match[1] or match[2]
        if name not in joined:
            joined[name] = _joined(values[name], between) if name in values else match[0]
        parts += (word[end : match.start()], joined[name])
        size += len(parts[-2]) + len(parts[-1])
        end = match.end()
        if size >= _LONGEST:
            break
    return "".join((*parts, word[end:]))[:_LONGEST]


def _joined(words: Iterable[str], between: str) -> str:
    parts: list[str] = []
    size = 0
    for word in words:
        parts.append(word)
        size += len(word) + len(between)
        if size >= _LONGEST:
            break
    return between.join(parts)[:_LONGEST]


def fetched_and_run(calls: Sequence[Call], values: Values) -> Iterator[tuple[Call, Sequence[str]]]:
    """The calls that run what is fetched, each with the words that tell from where."""
    for place, call in enumerate(calls):
        words = next(_fetched_words((*_code_words(call), *_input_words(call)), values), None)
        if words is not None:
            yield call, words
        elif runs_input(call) or _runs_lines(call):
            for source in upstream(calls, place):
                words = fetches(source, values)
                if words:
                    yield call, words
                    break


def is_fetch(call: Call) -> bool:
    """Whether a call's program fetches something."""
    return call.program in _FETCHERS


def fetches(source: Call, values: Values) -> Sequence[str]:
    """The words that tell from where a call fetches what it puts out; none where it does not."""
    if is_fetch(source):
        return [part for word in source.arguments for part in expanded(word, values).split()]
    said = source.arguments if source.program in ("echo", "printf") else ()
    return next(_fetched_words((*said, *source.fed, *source.reads), values), ())


def _fetched_words(words: Iterable[str], values: Values) -> Iterator[Sequence[str]]:
    for word in words:
        for plain in dict.fromkeys((expanded(word, values), word)):
            if _puts_in_fetched(plain):
                yield plain.split()
                break


@lru_cache(maxsize=64)
def _puts_in_fetched(word: str) -> bool:
    """Whether a word has a text put in that a command fetches."""
    text = _narrowed(word)
    for match in _FETCHES.finditer(text):
        start = max(0, match.start() - _FETCHES_WITHIN)
        for closed in _CLOSED.finditer(text, start, match.start()):
            start = closed.start() + 1
        if _PUT_IN.search(text, start, match.start()):
            return True
    return False


@lru_cache(maxsize=64)
def _puts_in_decoded(word: str) -> bool:
    """Whether a word has a text put in that a command decodes."""
    text = _narrowed(word)
    return any(
        _PUT_IN.search(text, max(0, match.start() - _DECODES_WITHIN), match.start())
        for match in _DECODES.finditer(text)
    )


def _narrowed(word: str) -> str:
    """As much of a word as is searched, with its runs of white space cut to one character."""
    return _SPACE.sub(lambda match: "\n" if "\n" in match[0] else " ", word[:_MOST_SEARCHED])


def _input_words(call: Call) -> tuple[str, ...]:
    """What an interpreter that takes its code from its standard input is given there."""
    return (*call.fed, *call.reads) if runs_input(call) else ()


def decoded_and_run(calls: Sequence[Call], values: Values) -> Iterator[Call]:
    """The calls that run what was encoded."""
    for place, call in enumerate(calls):
        words = [*_code_words(call), *_input_words(call)]
        before = list(upstream(calls, place)) if runs_input(call) else []
        words += [
            word
            for source in before
            for word in (*source.fed, *(source.arguments if source.program == "echo" else ()))
        ]
        words += [expanded(word, values) for word in words]
        if any(map(_puts_in_decoded, words)) or any(map(_decodes, before)):
            yield call


def unread_and_run(calls: Sequence[Call]) -> Iterator[Call]:
    """The calls of interpreters that are given what nobody can read before: by anything that does
    more than to say or to show it. What is fetched is not among them: there the place decides."""
    for place, call in enumerate(calls):
        if call.piped_from and runs_input(call):
            before = list(upstream(calls, place))
            shown = before and all(program_of(each) in _SHOWING for each in before)
            if any(map(is_fetch, before)) or (shown and not any(map(_is_numbered, before))):
                continue
            yield call


def _is_numbered(call: Call) -> bool:
    return any(map(numbered, (*call.arguments, *call.fed)))


def places(words: Sequence[str]) -> list[Address]:
    """The places that the words of a command name."""
    return [place for word in words for place in addresses(word.strip("\"'`$()<"))]


def _decodes(call: Call) -> bool:
    words = call.arguments
    match program_of(call):
        case "base64" | "base32":
            return any(re.fullmatch(r"-\w*[dD]\w*|--decode", word) for word in words)
        case "xxd":
            return any(re.fullmatch(r"-\w*r\w*", word) for word in words)
        case "openssl":
            return "-d" in words
        case "tr":
            return any(_ROTATED.search(word) for word in words)
        case "rev":
            return True
    return False


def _code_words(call: Call) -> tuple[str, ...]:
    """The words that an interpreter takes for code, or for the file that holds it."""
    if call.program in _ASKERS:
        return call.arguments
    letters = _INTERPRETERS.get(program_of(call))
    if letters is None:
        return ()
    for place, word in enumerate(call.arguments):
        if not word.startswith("-"):
            return (word,)
        if _gives_code(word, letters):
            return call.arguments[place + 1 : place + 2]
    return ()


def code_files(call: Call) -> tuple[str, ...]:
    """The words that name the file whose code a call runs."""
    if call.program in _SOURCES:
        return call.arguments[:1]
    words = call.arguments
    program = program_of(call)
    if program in _LAUNCHERS:
        words = words[1:] if words[:1] == ("run",) else ()
        inner = next((place for place, word in enumerate(words) if word in _INTERPRETERS), None)
        words = words if inner is None else words[inner + 1 :]
    elif program == "bun" and words[:1] == ("run",):
        words = words[1:]
    elif program not in _INTERPRETERS:
        return (call.program,) if "/" in call.program else ()
    named: list[str] = []
    for place, word in enumerate(words):
        if word.startswith("-"):
            if _gives_code(word, _INTERPRETERS.get(program, "")):
                return (*named, *words[place + 1 : place + 2])
            continue
        named.append(word)
        # What follows an option may be its value: then the next word may be the file.
        if place == 0 or words[place - 1] not in _WITH_VALUES:
            break
    return tuple(named)


def _gives_code(word: str, letters: str) -> bool:
    short = re.fullmatch(r"-[A-Za-z]{1,6}", word) is not None
    return (short and any(letter in word for letter in letters)) or word in ("--eval", "--print")


def _runs_lines(call: Call) -> bool:
    """Whether the lines that a call is given are commands: run at once by `xargs` or `parallel`, at
    some time by `at` or `cron`, or as the recipes of a makefile."""
    words = call.arguments
    match program_of(call):
        case "crontab" | "at" | "batch":
            return not any(word in ("-l", "-e", "-r", "-f", "-c", "-d", "-q") for word in words)
        case "parallel":
            return all(word.startswith("-") or word.isdigit() for word in words)
        case "eval":
            return bool(call.piped_from) and words in (("$SHELL",), ("${SHELL}",))
        case "make" | "gmake":
            return any(pair in (("-f", "-"), ("-f", "/dev/stdin")) for pair in pairwise(words))
        case program if program in SHELLS and bool(call.piped_from):
            given = (script for option, script in pairwise(words) if _gives_code(option, "c"))
            asks = any(_gives_code(word, "c") for word in words[-1:])
            return asks or any(map(_FILLED_IN.match, given))
    return False


def runs_input(call: Call) -> bool:
    """Whether an interpreter takes its code from its standard input."""
    if call.program in _ASKERS:
        return bool(_STANDARD_INPUT.intersection(call.arguments[:1]))
    letters = _INTERPRETERS.get(program_of(call))
    if letters is None or not (call.piped_from or call.fed or call.reads):
        return False
    value = False
    for word in call.arguments:
        if word in _STANDARD_INPUT:
            return True
        if _gives_code(word, letters):
            return False
        if not word.startswith(("-", "+")) and not value:
            return False
        value = word in _WITH_VALUES
    return True
