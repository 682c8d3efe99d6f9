"""What a page about a program tells of it: where it works, and whether that can be checked.

A page is a handful of examples, and there are thousands of programs that no table names. So its
examples decide: a page is `verifiable` when half of them work on files that they name, or are calls
of programs that are known to work on files alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shellwright.skills.document import Call, Verdict
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.outside import LOCAL_GIT, MOMENT, TABLES, TIME, outside
from shellwright.skills.filters.programs import (
    DEVICES,
    ELSEWHERE,
    INTERACTIVE,
    LIVE,
    LOCAL,
    PLATFORM,
    SCREEN,
    is_work,
)
from shellwright.skills.filters.quoting import visible

#: What a program's description says of one that has to be looked at.
_SCREEN_WORD = re.compile(
    r"\b(?:wayland|x11|x events?|x display|x windows?|xserver|window manager|desktops?|compositor"
    r"|gui|graphical|(?:media|music|video|audio(?:/video)?|multimedia) player|ide|terminal ui|tui"
    r"|text[- ]based (?:user )?interface|user interface|pager|speed reader|screen ?savers?"
    r"|screen ?shots?|lock (?:the |virtual )?(?:x |console|screen)|screen lock\w*|interactive\w*"
    r"|fuzzy|games?|in (?:the|a|your|default) (?:default )?(?:web )?browser|web browser"
    r"|text editor|wallpapers?|clipboard|webcam|plot(?:s|ting)?,? [^.]{0,20}display)\b"
)
_DEVICE_WORD = re.compile(
    r"\b(?:android|emulator|bluetooth|printers?|scanners?|backlight|brightness|phones?|arduino|usb"
    r"|serial (?:port|line|terminal)|dial-in|modem|sound (?:card|server)|gpus?|keyboards?|mouse"
    r"|touchpad|joystick|smart ?cards?|fingerprint|monitors?(?= and| or|')|fans?)\b"
)
_OUTSIDE_WORD = re.compile(
    r"\b(?:servers?|daemons?|cluster|cloud|remote|hosts?|network|download\w*|upload\w*|internet"
    r"|web ?sites?|https?|apis?|registry|aws|amazon|azure|github|gitlab|kubernetes|docker|podman"
    r"|containers?|pods?|virtual machines?|lxc|lxd|vpn|accounts?|log (?:in|out)|e-?mails?|chat"
    r"|devices?|disks?|partitions?|filesystems?|volumes?|kernel|boot\w*|selinux|systemd|firewall"
    r"|hardware|battery|processes|sessions?|real[- ]time|ai|language models?|llms?|timestamps to"
    r"|capabilities|broadcast|stream(?:s|ing)? (?:video|audio|media)|random\w*)\b"
)
#: A file or folder that an example names, and what lies on another machine or is a device.
_FILE = re.compile(r"(?:^|[=@])(?:[\w.-]*path/to|\.{0,2}/|~/)|^[^\s:@]*[\w*}]\.[a-z][\w.]{0,9}$")
_AWAY = re.compile(r"://|^[\w.@-]{1,80}:|(?:^|=)/dev/")
_TABLES = (
    (ELSEWHERE, "needs programs of macOS or Windows"),
    (SCREEN | INTERACTIVE, "needs a screen"),
    (DEVICES, "needs a device"),
)


def page_linux(material: Material) -> Verdict:
    """A page fails where the program that it shows most needs another system, a screen or a
    device, by its name or by its description."""
    document = material.document
    programs = [call.program for call in _work(material)]
    if not programs:
        return _failed("linux", "has no command to run", "")
    mostly = _mostly(programs, _TABLES)
    if mostly is not None:
        return _failed("linux", *mostly)
    described = document.description.lower()
    for words, reason in ((_SCREEN_WORD, "needs a screen"), (_DEVICE_WORD, "needs a device")):
        match = words.search(described)
        if match:
            return _failed("linux", reason, document.description)
    return Verdict("linux", True)


def page_verifiable(material: Material) -> Verdict:
    """A page fails where what it shows most needs something from outside, and where too few of
    its examples name what they work on."""
    document = material.document
    work = _work(material)
    if not work:
        return _failed("verifiable", "leaves nothing that a program can check", "")
    mostly = _mostly([call.program for call in work], (*TABLES, (LIVE | TIME, MOMENT)))
    if mostly is not None:
        return _failed("verifiable", *mostly)
    at_hand = [call for call in work if _at_hand(call)]
    known = [call for call in work if call.program in LOCAL]
    match = _OUTSIDE_WORD.search(document.description.lower())
    if match and len(known) * 2 < len(work):
        return _failed("verifiable", "works on more than files", document.description)
    if len(at_hand) * 2 < len(work):
        return _failed("verifiable", "names too few files that it works on", document.description)
    return Verdict("verifiable", True)


def _work(material: Material) -> Sequence[Call]:
    """The calls of a page, without those on the way and without words of the reader's own."""
    document = material.document
    work = [call for call in document.calls if is_work(call) and call.program not in PLATFORM]
    return work or document.calls


def _mostly(
    programs: Sequence[str], tables: Sequence[tuple[frozenset[str], str]]
) -> tuple[str, str] | None:
    """The reason of the first table that has half of the programs, and the first of these."""
    for names, reason in tables:
        found = [name for name in programs if name in names]
        if found and len(found) * 2 >= len(programs):
            return reason, found[0]
    return None


def _at_hand(call: Call) -> bool:
    """Whether a call works on files that it names, or with a program known to work on files."""
    if outside(call):
        return False
    if call.program == "git":
        return bool(call.arguments) and call.arguments[0] in LOCAL_GIT
    if call.program in LOCAL:
        return True
    words = (*call.arguments, *call.reads, *call.writes)
    return any(_FILE.search(word) and not _AWAY.search(word) for word in words)


def _failed(name: str, reason: str, evidence: str) -> Verdict:
    return Verdict(name, False, reason, visible(evidence))
