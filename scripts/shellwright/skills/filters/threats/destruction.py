"""Data that is destroyed, and protection that is switched off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from shellwright.skills.document import Call, Code
from shellwright.skills.filters.inlinecode import BlockBeside
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.pythonharm import deletes_home
from shellwright.skills.filters.refusing import spoken_of
from shellwright.skills.filters.threats.losses import losses
from shellwright.skills.filters.threats.pipes import Values, expanded, unquoted, upstream
from shellwright.skills.filters.threats.rule import Rule, Threat, matches, rule

#: Folders that hold more than a skill can know of: the root, homes, the system's own.
_BROAD = re.compile(
    r"(?:/|~/?|\$\{?HOME\}?/?|/\*|~/\*|\$\{?HOME\}?/\*|\*|\.|\./?\*|(?:\./)?(?:\.\./)*\.\.(?:/\*?)?|\$\{?PWD\}?(?:/\*?)?|/(?:bin|boot|dev|etc|home"
    r"|lib|opt|root"
    r"|lib(?:32|64)|sbin|srv|sys|usr|var|users)(?:/\*?)?"
    r"|/usr/(?:s?bin|lib(?:32|64|exec)?|local|share)(?:/\*?)?"
    r"|/var/lib(?:/(?:dpkg|pacman|rpm|systemd))?(?:/\*?)?"
    r"|/etc/(?:apt|pam\.d|pki|security|ssh|ssl|systemd)(?:/\*?)?"
    r"|~/(?:documents|desktop|downloads|pictures|library|\.ssh"
    r"|\.config|\.openclaw|\.clawdbot|\.moltbot)/?\*?|(?:\$home|~)/\.(?:gnupg|aws)(?:/\*?)?)",
    re.IGNORECASE,
)
_ROOT = frozenset({"/", "/*"})
_HOME = re.compile(r"/|~/?|\$\{?HOME\}?/?|/\*|~/\*|\$\{?HOME\}?/\*")
_DELETERS = frozenset({"rm", "shred", "unlink", "truncate"})
#: A loop over what `find` finds: before it or behind it the name that each file has in its body.
_FINDING = r"\bfind\s{1,3}(?:-[HLP]\s{1,3})?(?P<folder>[^\s)|;]{1,80})[^\n|;)]{0,200}"
_LOOPS = (
    re.compile(r"\bfor\s{1,3}(?P<name>\w{1,40})\s{1,3}in\s{1,3}[\"']?(?:\$\(|`)\s{0,3}" + _FINDING),
    re.compile(
        _FINDING + r"\|\s{0,3}while\s{1,3}(?:IFS=\S{0,6}\s{1,3})?read\s{1,3}"
        r"(?:-\w{1,4}\s{1,3}(?:''\s{1,3}|\"\"\s{1,3})?){0,3}(?P<name>\w{1,40})"
    ),
)
_MOST_BODY = 600
_TOO_MUCH = "deletes folders that hold more than its own files"
_DISK = "overwrites a disk"
_LOCKS = re.compile(r"0{1,4}|(?:a|ugo)?-[rwx]{2,3}|(?:a|ugo)=")
_DEVICE = re.compile(r"/dev/(?:sd[a-z]|nvme\d|disk\d|mmcblk\d|hd[a-z]|vd[a-z])")
_RULES: tuple[Rule, ...] = (
    rule("starts processes without end", ":(){", r":\(\)\s{0,2}\{\s{0,2}:\|:"),
    rule(
        "switches off the agent's safeguards",
        "dangerously-skip-permissions;--yolo;dangerously-bypass;skip-permissions;skippermissions"
        ";bypasspermissions;dangerously-disable",
        r"dangerously-skip-permissions|--yolo|dangerously-bypass|--skip-permissions"
        r"|bypasspermissions"
        r"|dangerouslyskippermissions|dangerously-disable",
    ),
    rule(
        "switches off the agent's safeguards",
        "approval;sandbox;permission;confirmation;elevated;exec",
        r"\b(?:disable|turn off|switch off|bypass|skip"
        r"|remove)\b[^\n.]{0,30}\b(?:exec )?(?:approvals?|sandbox(?:ing)?"
        r"|permission (?:checks?|prompts?)|safety (?:checks?|guards?|filters?)|guardrails)\b"
        r"|\"ask\"\s{0,2}:\s{0,2}\"off\"|exec\.security\s{1,3}full",
    ),
    rule(
        "switches off the system's protection",
        "ufw disable;iptables -f;setenforce 0;firewalld;master-disable;csrutil disable"
        ";disablerealtimemonitoring;com.apple.quarantine;apparmor;auditd",
        r"\bufw disable|iptables\s{1,3}-f\b|setenforce 0|systemctl (?:stop"
        r"|disable)[^\n]{0,20}(?:firewalld|ufw"
        r"|apparmor|auditd|fail2ban)|--(?:master|global)-disable|csrutil disable"
        r"|disablerealtimemonitoring|xattr\s{1,3}-\w{0,3}d\w{0,2}\b",
    ),
    rule(
        "covers its tracks",
        "history;histfile;histsize;/var/log",
        r"\bhistory -c\b|\brm\b[^\n]{0,20}\.(?:bash|zsh)_history|\bunset histfile|histsize=0"
        r"|\bhistfile=[\"']?/dev/null"
        r"|\b(?:rm|truncate|shred)\b[^\n]{0,30}/var/log\b",
    ),
)


def destruction(material: Material) -> Iterator[Threat]:
    """Commands that lose data or take down protection without asking."""
    for piece in material.shell:
        if spoken_of(material, piece.code):
            continue
        for place, call in enumerate(piece.calls):
            reason = _harm(call) or _harm_by_name(call, material.values)
            if reason == _DISK and _documented(material, piece.code, call):
                reason = ""
            before = upstream(piece.calls, place)
            if call.program in _DELETERS and any(map(_finds_all, before)):
                reason = _TOO_MUCH
            if reason:
                yield Threat(reason, " ".join((call.program, *call.arguments)))
        yield from losses(material, piece)
    for code in () if material.guards else material.python:
        for words in deletes_home(code.text):
            yield Threat(_TOO_MUCH, words)
    for piece in material.shell:
        for words in _emptied(piece.text):
            if not material.guards:
                yield Threat(_TOO_MUCH, words)
    for text in (material.text, *material.scripts):
        for threat in matches(_RULES, material, text):
            if not (material.page and _names(threat.evidence, material.subject)):
                yield threat


def _names(words: str, program: str) -> bool:
    """Whether a line of a page is about its program: its title, or an example that calls it."""
    line = re.sub(r"[`#]", " ", words).split()
    return bool(program) and program in line[:2]


def _documented(material: Material, code: Code, call: Call) -> bool:
    """Whether a page tells how its own program writes a disk, or leaves to its reader which, or a
    text beside the skill's own lists what programs can do."""
    if not material.page:
        return isinstance(code, BlockBeside)
    words = {*call.arguments, *call.writes}
    return call.program == material.subject or any(
        word.partition("=")[2] in material.blanks or word in material.blanks for word in words
    )


def _emptied(code: str) -> Iterator[str]:
    """The loops of shell code that delete or empty all that `find` finds in a broad folder."""
    for pattern in _LOOPS:
        for match in pattern.finditer(code):
            body = code[match.end() : match.end() + _MOST_BODY].partition("done")[0]
            name = r"[\"']?\$\{?" + match["name"] + r"\b"
            loses = rf">\s{{0,3}}{name}|\b(?:rm|shred|truncate|unlink)\b[^\n;]{{0,80}}{name}"
            if _is_far(unquoted(match["folder"])) and re.search(loses, body):
                yield match[0]


def _finds_all(call: Call) -> bool:
    """Whether `find` starts at a broad folder. The one it is run in is none: it searches there."""
    if call.program != "find":
        return False
    for word in call.arguments:
        folder = unquoted(word)
        if folder.startswith("-") and folder not in ("-H", "-L", "-P"):
            return False
        if _is_far(folder):
            return True
    return False


def _deletes(words: list[str]) -> bool:
    """Whether `find` deletes what it finds."""
    if "-delete" in words:
        return True
    for place, word in enumerate(words):
        if word in ("-exec", "-execdir"):
            return any(
                each.rpartition("/")[2] in _DELETERS for each in words[place + 1 : place + 3]
            )
    return False


def _harm_by_name(call: Call, values: Values) -> str:
    """The harm where variables name the root or a home. A folder that a script is given, or is in,
    is none."""
    if call.program not in ("rm", "find", "chmod", "chown"):
        return ""
    filled: list[str] = []
    for word in call.arguments:
        named = expanded(word, values).split("\n") if "$" in word else []
        filled += [each for each in named if _is_far(unquoted(each))] or [word]
    return _harm(replace(call, arguments=tuple(filled)))


def _is_far(folder: str) -> bool:
    """Whether a folder is broad wherever it is named from."""
    return folder in _ROOT or (_BROAD.fullmatch(folder) is not None and folder.strip("./*") != "")


def _mirrors_into_home(words: list[str]) -> bool:
    """Whether `rsync` deletes all in a home, or on the disk, that is not in another folder."""
    deletes = any(word.startswith("--del") for word in words) and "--dry-run" not in words
    places = [word for word in words if not word.startswith("-")]
    return deletes and len(places) > 1 and _HOME.fullmatch(places[-1]) is not None


def _harm(call: Call) -> str:
    words = [unquoted(word) for word in call.arguments]
    flags = "".join(word[1:] for word in words if re.fullmatch(r"-[A-Za-z]{1,8}", word))
    recursive = "r" in flags.lower() or "--recursive" in words
    broad = any(_BROAD.fullmatch(word) for word in words)
    match call.program:
        case "rm" if recursive and broad:
            return _TOO_MUCH
        case "find" if _finds_all(call) and _deletes(words):
            return _TOO_MUCH
        case "rsync" if _mirrors_into_home(words):
            return _TOO_MUCH
        case "tar" if "--remove-files" in words and any(map(_is_far, words)):
            return _TOO_MUCH
        case "mv" if "/dev/null" in words[-1:] or any(map(_HOME.fullmatch, words[:-1])):
            return "moves away what nobody gets back"
        case "shred" if broad:
            return _TOO_MUCH
        case "chmod" if recursive and broad and any(word.endswith("777") for word in words):
            return "opens broad folders to everybody"
        case "chmod" if recursive and broad and any(map(_LOCKS.fullmatch, words)):
            return "locks everybody out of broad folders"
        case "chown" if recursive and any(word in ("/", "/*", "/etc", "/usr") for word in words):
            return "changes the owner of system folders"
        case "dd" if any(word.startswith("of=") and _DEVICE.match(word[3:]) for word in words):
            return _DISK
        case "wipefs" | "shred" if any(_DEVICE.match(word) for word in words):
            return _DISK
        case "diskutil" if words[:1] == ["eraseDisk"]:
            return _DISK
        case program if program.startswith("mkfs") and any(_DEVICE.match(w) for w in words):
            return _DISK
    if any(_DEVICE.match(target) for target in call.writes):
        return _DISK
    return ""
