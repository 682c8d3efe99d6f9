"""Private files and settings that shell code sends away, told from its parsed calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from shellwright.skills.document import Call
from shellwright.skills.filters.threats.copies import (
    ENVIRONMENT,
    LOGGING_IN,
    SETTINGS,
    Copies,
    is_home,
    is_private,
    put_in,
    takes_folders,
    takes_home,
)
from shellwright.skills.filters.threats.pipes import Values, expanded, places, program_of, upstream

#: Programs that send all that they are given as input.
_PIPES = frozenset(
    {"nc", "ncat", "netcat", "socat", "telnet", "http", "https", "xh", "ftp", "mail", "sendmail"}
    | {"mutt"}
)
#: Programs that put what they look up before whoever answers for that name.
_ASKERS = frozenset({"dig", "drill", "host", "kdig", "nslookup", "ping", "resolvectl", "whois"})
_COPIERS = frozenset({"scp", "rsync", "sftp", "rclone", "croc"})
#: Options of copiers whose value is not what is copied.
#: Programs that put a file where others find it, with the words that ask for it.
_UPLOADERS = {
    "gh": ("gist", "create"),
    "glab": ("snippet", "create"),
    "gist": (),
    "pastebinit": (),
    "wormhole": ("send",),
    "ipfs": ("add",),
    "transfer": (),
    "gsutil": ("cp",),
    "s3cmd": ("put",),
    "b2": ("upload-file",),
    "megaput": (),
}
_METADATA = re.compile(
    r".{0,200}\b(?:169\.254\.169\.254|metadata\.google\.internal)\S{0,200}"
    r"(?:credentials|service-accounts|identity/oauth2)"
)
#: Programs that tell keys, with words that ask for it.
_TELLERS = {
    "gh": re.compile(r"auth token\b"),
    "git": re.compile(
        r"credential fill\b"
        r"|config\b.{0,40}--get(?:-regexp|-all)?\b.{0,80}(?:credential|token|passw)"
    ),
    "kubectl": re.compile(r"get\b.{0,80}\bsecrets?\b"),
    "aws": re.compile(r"configure (?:get|export-credentials)\b"),
    "gpg": re.compile(r".{0,80}--export-secret"),
    "secret-tool": re.compile(r"(?:lookup|search)\b"),
    "pass": re.compile(r"(?:show|grep)\b"),
    "gopass": re.compile(r"(?:show|grep)\b"),
    "op": re.compile(r"(?:read|item (?:get|list)|document get)\b"),
    "bw": re.compile(r"(?:get|list|export)\b"),
    "lpass": re.compile(r"(?:show|export)\b"),
    "security": re.compile(r"(?:find-(?:generic|internet)-password|dump-keychain|export)\b"),
    # What a machine in a cloud is let in by.
    "curl": _METADATA,
    "wget": _METADATA,
}
_TOLD = re.compile(
    r"(?:\$\(|`)[^)`]{0,200}\b(?:gh auth token|git credential fill|kubectl get secrets?"
    r"|aws configure (?:get|export-credentials)|gpg2? [^)`|]{0,80}--export-secret)"
)
#: A home that is packed within the words of a call.
_HOME_PUT_IN = re.compile(
    r"(?:\$\(|<\(|`)[^)`]{0,80}\b(?:tar|zip)\b[^)`|]{0,80}\s(?:~|\$\{?HOME\}?)/?(?=[\s)|`])"
)
_ASIDE = frozenset(
    """-i -e -o -F -P -c -l -J -S --rsh --exclude --include --exclude-from --include-from
    --config --password-file""".split()  # noqa: SIM905
)
_UPLOADS = frozenset(
    """-T --upload-file --post-file --body-file -d --data --data-binary --data-raw
    --data-urlencode --data-ascii --json -F --form""".split()  # noqa: SIM905
)
_UPLOAD_WORD = re.compile(
    r"(?:-[A-Za-z]{0,4}[dFT]|--(?:data[a-z-]*|form|json|upload-file|post-file|body-file)=)(.+)",
    re.DOTALL,
)
_INPUT = re.compile(r"(?:.*=)?[<@]?(?:-|\.|/dev/stdin|.*\{\}.*)(?:;.*)?")


def sent_away(calls: Sequence[Call], values: Values, copies: Copies) -> Iterator[tuple[str, Call]]:
    """The calls that send what is private to another machine, each with a sentence that says so.

    It may go by way of variables, whose `values` these are, and of files: those that hold `copies`
    are remembered there.
    """
    there = False
    for place, call in enumerate(calls):
        before = list(upstream(calls, place))
        if call.program == "cd":
            there = not call.arguments or is_home(expanded(call.arguments[-1], values))
        if call.program == "git":
            if call.arguments[:1] == ("add",):
                copies.stage([expanded(word, values) for word in call.arguments[1:]])
            elif call.arguments[:1] == ("push",) and copies.staged:
                yield "sends private files or keys away", call
        if not _sends(call) or not _is_remote(call):
            copies.note(call, before, values)
            continue
        leaving = list(_leaving(call, before, values))
        folders = takes_folders((call, *before))
        piped = _takes_input(call) and any(each.piped_from in SETTINGS for each in (call, *before))
        if piped or any(ENVIRONMENT.search(word) for word, _ in leaving):
            yield "sends its environment away", call
        elif _given_keys(call, before) or any(_TOLD.search(word) for word, _ in leaving):
            yield "sends what logs in somewhere away", call
        elif _sends_home(call, before, values, there) or any(
            _HOME_PUT_IN.search(word) for word, _ in leaving
        ):
            yield "sends a whole home away", call
        elif any(
            is_private(word, only_keys) or copies.hold(word, only_keys, folders)
            for word, only_keys in leaving
        ):
            yield "sends private files or keys away", call


def _leaving(call: Call, before: Sequence[Call], values: Values) -> Iterator[tuple[str, bool]]:
    """The words that tell what a call sends, each with whether only keys count in it. What comes by
    way of a variable may be one setting that is needed there."""
    named = _own(call)
    yield from ((word, _copied(call)) for word in named)
    filled = replace(call, arguments=tuple(expanded(word, values) for word in call.arguments))
    yield from ((word, True) for word in _own(filled) if word not in named)
    if not _takes_input(call):
        return
    for each in (call, *before):
        if each is not call and each.program in LOGGING_IN:
            continue
        for word in (*each.reads, *(each.arguments if each is not call else ())):
            yield word, program_of(call) == "ssh"
            if "$" in word:
                yield expanded(word, values), True
        yield from ((full, True) for word in each.fed if put_in(full := expanded(word, values)))


def _sends(call: Call) -> bool:
    program = program_of(call)
    return (
        program in _PIPES | _COPIERS | _ASKERS | {"curl", "wget", "ssh"}
        or (program == "openssl" and "s_client" in call.arguments)
        or (program == "aws" and call.arguments[:1] == ("s3",))
        or _uploads(call)
    )


def _uploads(call: Call) -> bool:
    """Whether a call puts files where others find them."""
    asked = _UPLOADERS.get(program_of(call))
    return asked is not None and call.arguments[: len(asked)] == asked


def _sends_home(call: Call, before: Sequence[Call], values: Values, there: bool) -> bool:
    """Whether a call sends a whole home: itself, or as it is packed before it. `there` tells that
    it is called in one."""
    if _copied(call) or _uploads(call):
        words = [expanded(word, values) for word in _own(call)]
        return any(map(is_home, words)) or (there and any(word in (".", "*") for word in words))
    given = (expanded(word, values).lstrip("@") for word in _uploaded(call))
    if any(is_home(word.partition("=@")[2] or word) for word in given):
        return True
    return _takes_input(call) and any(takes_home(each, values, there) for each in before)


def _given_keys(call: Call, before: Sequence[Call]) -> bool:
    """Whether a call sends keys that a program before it in the pipe tells. On one's own server
    they may be needed."""
    return any(map(_tells, before)) and _takes_input(call) and program_of(call) != "ssh"


def _tells(call: Call) -> bool:
    """Whether a call puts out what logs in somewhere."""
    pattern = _TELLERS.get(program_of(call))
    return pattern is not None and pattern.match(" ".join(call.arguments)) is not None


def _copied(call: Call) -> bool:
    return program_of(call) in _COPIERS | {"aws"}


def _is_remote(call: Call) -> bool:
    """Whether what is sent leaves this machine and its network."""
    if program_of(call) in ("scp", "rsync"):
        target = "".join(_named(call)[-1:])
        named = places((target,))
        return ":" in target and not any(place.example for place in named)
    named = places(call.arguments)
    return not named or any(not place.example for place in named)


def _own(call: Call) -> list[str]:
    """The words that name what a call sends."""
    words = call.arguments
    if _copied(call):
        # All but `croc` name last where it goes to.
        return _named(call) if program_of(call) == "croc" else _named(call)[:-1]
    if program_of(call) in _ASKERS:
        return [word for word in words if put_in(word)]
    if _uploads(call):
        return [word for word in words if not word.startswith("-")]
    if call.program not in ("curl", "wget"):
        return []
    filled = [word for word in words if "://" in word and re.search(r"\$\(|`", word)]
    return filled + [word for word in _uploaded(call) if re.search(r"[@<]|\$\(|`|^[~/.$]", word)]


def _named(call: Call) -> list[str]:
    """The words of a copier that name files and places."""
    words = call.arguments
    skipped = {place + 1 for place, word in enumerate(words) if word in _ASIDE}
    return [
        word
        for place, word in enumerate(words)
        if place not in skipped and not word.startswith("-")
    ]


def _uploaded(call: Call) -> list[str]:
    """What `curl` and `wget` are told to send."""
    given = [value for option, value in pairwise(call.arguments) if option in _UPLOADS]
    return given + [match[1] for word in call.arguments if (match := _UPLOAD_WORD.fullmatch(word))]


def _takes_input(call: Call) -> bool:
    """Whether a call sends what it reads from its standard input."""
    if program_of(call) in ("curl", "wget"):
        return any(_INPUT.fullmatch(value) for value in _uploaded(call))
    return program_of(call) not in {"scp", "rsync", "sftp", *_ASKERS} or any(
        "{}" in word for word in call.arguments
    )
