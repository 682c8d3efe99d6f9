"""Private files and settings that shell code sends away, told from its parsed calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from shellwright.skills.document import Call
from shellwright.skills.filters.threats.pipes import places, program_of, upstream

#: Keys and what logs in somewhere: nobody copies these to another machine as part of some work.
_KEYS = (
    r"(?:^|[/~=@(<\s\"'}])\.(?:ssh|aws|gnupg|kube|netrc|git-credentials|pgpass|password-store"
    r"|docker/config\.json|config/gcloud|solana/id\.json)(?=$|[/\s\"')}|;*])"
    r"|/etc/g?shadow\b|/etc/ssl/private|\bid_(?:rsa|ed25519|ecdsa|dsa)\b|\blogin data\b"
    r"|\bcookies\.sqlite|\bkeychain|\bwallet\.(?:dat|json)\b|\bauth-profiles\.json"
)
_KEY = re.compile(_KEYS)
#: Also settings, which are sometimes put onto one's own server.
_PRIVATE = re.compile(
    _KEYS
    + r"|(?:^|[/~=@(<\s\"'}])\.(?:env|npmrc|pypirc|bash_history|zsh_history)(?=$|[/\s\"')}|;*])"
    r"|\b(?:openclaw|clawdbot|moltbot|credentials)\.json"
)
_PUBLIC = re.compile(r"\.pub\b|known_hosts|authorized_keys")
_SETTINGS = frozenset({"env", "printenv", "set", "history"})
#: Programs that send all that they are given as input.
_PIPES = frozenset(
    {"nc", "ncat", "netcat", "socat", "telnet", "http", "https", "xh", "ftp", "mail", "sendmail"}
    | {"mutt"}
)
_COPIERS = frozenset({"scp", "rsync", "sftp", "rclone", "croc"})
#: Options of copiers whose value is not what is copied.
_ASIDE = frozenset(
    """-i -e -o -F -P -c -l -J -S --rsh --exclude --include --exclude-from --include-from
    --config --password-file""".split()  # noqa: SIM905
)
_UPLOADS = frozenset(
    """-T --upload-file -d --data --data-binary --data-raw --data-urlencode --data-ascii --json -F
    --form""".split()  # noqa: SIM905
)
_UPLOAD_WORD = re.compile(
    r"(?:-[A-Za-z]{0,4}[dFT]|--(?:data[a-z-]*|form|json|upload-file|post-file|body-file)=)(.+)",
    re.DOTALL,
)
_INPUT = re.compile(r"(?:.*=)?[<@]?(?:-|\.|/dev/stdin|.*\{\}.*)(?:;.*)?")
#: What names key files to log in with, and not to print them.
_LOGGING_IN = frozenset({"ssh", "scp", "rsync", "sftp", "kubectl", "aws", "curl", "wget", "docker"})


def sent_away(calls: Sequence[Call]) -> Iterator[tuple[str, Call]]:
    """The calls that send what is private to another machine, each with a sentence that says so."""
    for place, call in enumerate(calls):
        if not _sends(call) or not _is_remote(call):
            continue
        before = list(upstream(calls, place))
        takes = _takes_input(call)
        given = [call, *before] if takes else []
        if takes and any(each.piped_from in _SETTINGS for each in given):
            yield "sends its environment away", call
        elif any(_is_private(word, _copied(call)) for word in _own(call)) or any(
            _is_private(word, program_of(call) == "ssh")
            for each in given
            for word in (*each.reads, *(each.arguments if each is not call else ()))
            if each is call or each.program not in _LOGGING_IN
        ):
            yield "sends private files or keys away", call


def _sends(call: Call) -> bool:
    program = program_of(call)
    return (
        program in _PIPES | _COPIERS | {"curl", "wget", "ssh"}
        or (program == "openssl" and "s_client" in call.arguments)
        or (program == "aws" and call.arguments[:1] == ("s3",))
    )


def _copied(call: Call) -> bool:
    return program_of(call) in _COPIERS | {"aws"}


def _is_remote(call: Call) -> bool:
    """Whether what is sent leaves this machine and its network."""
    if program_of(call) in ("scp", "rsync"):
        target = call.arguments[-1] if call.arguments else ""
        named = places((target,))
        return ":" in target and not any(place.example for place in named)
    named = places(call.arguments)
    return not named or any(not place.example for place in named)


def _own(call: Call) -> list[str]:
    """The words that name what a call sends."""
    words = call.arguments
    if _copied(call):
        skipped = {place + 1 for place, word in enumerate(words) if word in _ASIDE}
        return [
            word
            for place, word in enumerate(words[:-1])
            if place not in skipped and not word.startswith("-")
        ]
    if call.program not in ("curl", "wget"):
        return []
    filled = [word for word in words if "://" in word and re.search(r"\$\(|`", word)]
    return filled + [word for word in _uploaded(call) if re.search(r"[@<]|\$\(|`|^[~/.$]", word)]


def _uploaded(call: Call) -> list[str]:
    """What `curl` and `wget` are told to send."""
    given = [value for option, value in pairwise(call.arguments) if option in _UPLOADS]
    return given + [match[1] for word in call.arguments if (match := _UPLOAD_WORD.fullmatch(word))]


def _takes_input(call: Call) -> bool:
    """Whether a call sends what it reads from its standard input."""
    if program_of(call) in ("curl", "wget"):
        return any(_INPUT.fullmatch(value) for value in _uploaded(call))
    return program_of(call) not in ("scp", "rsync", "sftp") or any(
        "{}" in word for word in call.arguments
    )


def _is_private(word: str, only_keys: bool) -> bool:
    low = word.lower()
    return (_KEY if only_keys else _PRIVATE).search(low) is not None and not _PUBLIC.search(low)
