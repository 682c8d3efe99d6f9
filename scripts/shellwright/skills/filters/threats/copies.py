"""What is private on a machine, and the files that copies of it are put into."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from shellwright.skills.document import Call
from shellwright.skills.filters.threats.pipes import Values, expanded, program_of, unquoted

#: Keys and what logs in somewhere: nobody copies these to another machine as part of some work.
_KEYS = (
    r"(?:^|[/~=@(<\s\"'}])\.(?:ssh|aws|azure|gnupg|kube|netrc|git-credentials|pgpass|password-store"
    r"|mozilla|thunderbird|ethereum|bitcoin|electrum|config/(?:google-chrome|chromium)"
    r"|docker/config\.json|config/gcloud|solana/id\.json)(?=$|[/\s\"')}|;*])"
    r"|/etc/(?:g?shadow|passwd|sudoers)\b|/etc/ss[lh]/(?:private|ssh_host)|/proc/[\w*]{1,10}/environ"
    r"|\bid_(?:rsa|ed25519|ecdsa|dsa)\b|\blogin\\? data\b|\blogins\.json|\bkey[34]\.db"
    r"|\bcookies\.sqlite|/(?:default|profile\\? \d{1,2}|network)/cookies\b|\bkeychain"
    r"|\*\.(?:pem|key|p12|pfx|kdbx|ppk)(?=$|[\s\"')}|;])"
    r"|\bwallet\.(?:dat|json)\b|\bauth-profiles\.json|\bgh/hosts\.ya?ml"
)
_KEY = re.compile(_KEYS)
#: Also settings, which are sometimes put onto one's own server.
_PRIVATE = re.compile(
    _KEYS
    + r"|(?:^|[/~=@(<\s\"'}])\.(?:env|npmrc|pypirc|bash_history|zsh_history)(?=$|[/\s\"')}|;*])"
    r"|\b(?:openclaw|clawdbot|moltbot|credentials)\.json"
)
_PUBLIC = re.compile(r"\.pub\b|known_hosts|authorized_keys")
#: Programs that tell the settings of the whole session.
SETTINGS = frozenset({"env", "printenv", "set", "history", "export", "declare", "typeset"})
ENVIRONMENT = re.compile(
    r"(?:\$\(|`)\s{0,3}(?:env|printenv|set|export -p|declare -[px])\s{0,3}[|)`]"
)
#: What names key files to log in with, and not to print them.
LOGGING_IN = frozenset({"ssh", "scp", "rsync", "sftp", "kubectl", "aws", "curl", "wget", "docker"})
_PUT_IN = re.compile(r"\$\(|<\(|`")
#: What these write nobody else can read.
_LOCKING = frozenset({"gpg", "gpg2", "age", "openssl", "ansible-vault", "sops"})
_COPYING = frozenset({"cp", "mv", "install", "ln", "ditto"})
_PACKING = frozenset({"tar", "bsdtar"})
_ZIPPING = frozenset({"zip", "7z", "7za", "rar"})
_FOLDERS = (
    _COPYING | _PACKING | _ZIPPING | {"scp", "rsync", "sftp", "rclone", "croc", "aws", "find"}
)
#: A whole home, the homes of all, or all that there is.
_HOME = re.compile(
    r"(?:~\w{0,32}|\$\{?HOME\}?|/root|/home(?:/[^/\s]{1,60})?|/users(?:/[^/\s]{1,60})?)"
    r"(?:/\.?\*?|/\.|/\{[*.,?]{1,12}\})?|/\*?",
    re.IGNORECASE,
)
_ALL = frozenset({".", "./", "*", "./*"})
_CREATES = re.compile(r"-[A-Za-z]*[cru][A-Za-z]*|--(?:create|append|update)")
_CREATES_FIRST = re.compile(r"[A-Za-z]{0,8}[cru][A-Za-z]{0,8}")
_READ = re.compile(r"[@<][\s\"']{0,3}([^=@,;<>\s\"'()`]+)")
_BETWEEN = re.compile(r"[=@,;<>\s\"'()`]+")
_MOST_FILES = 200


def is_private(word: str, only_keys: bool) -> bool:
    """Whether a word names keys, or also settings."""
    low = word.lower()
    return (_KEY if only_keys else _PRIVATE).search(low) is not None and not _PUBLIC.search(low)


def is_home(word: str) -> bool:
    """Whether a word names a whole home, or more."""
    return _HOME.fullmatch(unquoted(word)) is not None


def takes_home(call: Call, values: Values, there: bool = False) -> bool:
    """Whether a call packs or copies a whole home. `there` tells that it is called in one."""
    program = program_of(call)
    words = [expanded(word, values) for word in call.arguments]
    if program in _COPYING - {"ln", "install"}:
        return any(map(is_home, words[:-1]))
    if program in _ZIPPING:
        return any(map(is_home, words)) or (there and not _ALL.isdisjoint(words))
    creates = any(map(_CREATES.fullmatch, words)) or any(map(_CREATES_FIRST.fullmatch, words[:1]))
    if program not in _PACKING or not creates:
        return False
    folder = "~" if there else ""
    for before, word in pairwise(("", *words)):
        if before in ("-C", "--directory"):
            folder = word
        elif is_home(word) or (word in _ALL and is_home(folder)):
            return True
    return False


def put_in(word: str) -> bool:
    """Whether a word holds what a command puts out."""
    return _PUT_IN.search(word) is not None


class Copies:
    """The files that hold what is private, as far as the calls before tell."""

    def __init__(self) -> None:
        """None so far."""
        self._keys: dict[str, bool] = {}
        #: Whether keys among them are to become part of a repository.
        self.staged = False

    def stage(self, words: Sequence[str]) -> None:
        """Remember what `git add` takes."""
        everything = any(word in (".", "-A", "--all", "*") for word in words)
        inside = (keys and path[:1] not in ("/", "~", "$") for path, keys in self._keys.items())
        # What a repository is not to hold is only taken by force.
        forced = any(word in ("-f", "--force") for word in words)
        named = any(
            is_private(word, not forced) or self.hold(word, True, True)
            for word in words
            if not word.startswith("-")
        )
        if (everything and any(inside)) or named:
            self.staged = True

    def note(self, call: Call, before: Sequence[Call], values: Values) -> None:
        """Remember what a call writes, where it is private: what it is given, by pipe, too."""
        written = [_plain(expanded(word, values)) for word in targets(call)]
        if not written or program_of(call) in _LOCKING or len(self._keys) >= _MOST_FILES:
            return
        words = list(_given(call, before, values, written))
        folders = takes_folders((call, *before))
        keys = any(is_private(word, True) or self.hold(word, True, folders) for word in words)
        keys = keys or any(takes_home(each, values) for each in (call, *before))
        settings = program_of(call) in SETTINGS or any(
            each.piped_from in SETTINGS for each in (call, *before)
        )
        if (
            keys
            or settings
            or any(is_private(word, False) or self.hold(word, False, folders) for word in words)
        ):
            for target in written:
                self._keys[target] = keys or self._keys.get(target, False)

    def hold(self, word: str, only_keys: bool, folders: bool = False) -> bool:
        """Whether a word names one of the files, or a folder that one is in. Any word may name a
        folder with `folders`, and otherwise what has a slash or stands behind `@` or `<`."""
        if not self._keys:
            return False
        parts = [part for part in _BETWEEN.split(word) if part]
        named = {_plain(part) for part in parts}
        within = (part for part in parts if folders or "/" in part)
        inner = {_plain(part) for part in (*within, *_READ.findall(word))} - {""}
        return any(
            (keys or not only_keys)
            and (path in named or any(path.startswith(folder + "/") for folder in inner))
            for path, keys in self._keys.items()
        )


def takes_folders(calls: Iterable[Call]) -> bool:
    """Whether one of some calls copies or packs whole folders."""
    return any(program_of(call) in _FOLDERS for call in calls)


def _given(
    call: Call, before: Sequence[Call], values: Values, targets: Sequence[str]
) -> Iterator[str]:
    for each in (call, *before):
        if each.program not in LOGGING_IN:
            for word in (*each.arguments, *each.reads, *filter(put_in, each.fed)):
                full = expanded(word, values)
                if _plain(full) not in targets:
                    yield full


def targets(call: Call) -> list[str]:
    """The words that name what a call writes."""
    words = [word for word in call.arguments if not word.startswith("-")]
    found = list(call.writes)
    program = program_of(call)
    if program in _COPYING and len(words) > 1:
        found.append(words[-1])
    elif program == "tee":
        found += words
    elif program in _PACKING:
        for place, word in enumerate(call.arguments[:-1]):
            if re.fullmatch(r"-?[A-Za-z]{0,8}f|--file", word):
                found.append(call.arguments[place + 1])
                break
    elif program in _ZIPPING:
        found += [word for word in words if word != "a"][:1]
    elif program == "dd":
        found += [word[3:] for word in call.arguments if word.startswith("of=")]
    return found


def _plain(word: str) -> str:
    """A path without quotation marks, `./` and the slash at its end."""
    return unquoted(word).removeprefix("./").rstrip("/")
