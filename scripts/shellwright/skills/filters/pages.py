"""What a page about a program tells of it: where it works, and whether that can be checked.

A page is a handful of examples, and there are thousands of programs that no table names. So its
examples decide: a page is `verifiable` when half of them work on files that they name, or are calls
of programs that are known to work on files alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from shellwright.skills.document import Call, Verdict
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.outside import LOCAL_GIT, MOMENT, TABLES, TIME, outside
from shellwright.skills.filters.places import PERSON, REASONS, asks, lacking_call
from shellwright.skills.filters.programs import LIVE, LOCAL, work_of
from shellwright.skills.filters.verdicts import as_written, counted, failed, listed, passed

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
#: What keeps a page's outcome from being checked, by its programs' names.
_OUTSIDE = (*TABLES, (LIVE | TIME, MOMENT))


def page_linux(material: Material) -> Verdict:
    """A page fails where the program that it shows most needs another system, a screen or a
    device, by its name or by its description, and where no example does without a person."""
    document = material.document
    work = _work(material)
    if not work:
        return failed("linux", "has no command to run", "")
    mostly = _mostly(work, REASONS, lacking_call)
    if mostly is not None:
        return failed("linux", *mostly)
    if all(map(asks, work)):
        return failed("linux", PERSON, as_written(work[0]))
    described = document.description.lower()
    for words, reason in ((_SCREEN_WORD, "needs a screen"), (_DEVICE_WORD, "needs a device")):
        match = words.search(described)
        if match:
            return failed("linux", reason, document.description)
    return passed("linux", f"calls {listed(call.program for call in work)}", as_written(work[0]))


def page_verifiable(material: Material) -> Verdict:
    """A page fails where what it shows most needs something from outside, and where too few of
    its examples name what they work on."""
    document = material.document
    work = _work(material)
    if not work:
        return failed("verifiable", "leaves nothing that a program can check", "")
    mostly = _mostly(work, [reason for _, reason in _OUTSIDE], _needed)
    if mostly is not None:
        return failed("verifiable", *mostly)
    at_hand = [call for call in work if _at_hand(call)]
    known = [call for call in work if call.program in LOCAL]
    match = _OUTSIDE_WORD.search(document.description.lower())
    if match and len(known) * 2 < len(work):
        return failed("verifiable", "works on more than files", document.description)
    if len(at_hand) * 2 < len(work):
        return failed("verifiable", "names too few files that it works on", document.description)
    reason = f"{len(at_hand)} of {counted(len(work), 'example')} work on files at hand"
    return passed("verifiable", reason, as_written(at_hand[0]))


def _work(material: Material) -> Sequence[Call]:
    """The calls of a page, without those on the way and without words of the reader's own."""
    calls = material.document.calls
    return work_of(calls) or calls


def _mostly(
    work: Sequence[Call], reasons: Sequence[str], needed: Callable[[Call], str]
) -> tuple[str, str] | None:
    """The first of the reasons that half of the calls give, and the program of the first one."""
    given = [(needed(call), call.program) for call in work]
    for reason in reasons:
        found = [program for each, program in given if each == reason]
        if found and len(found) * 2 >= len(work):
            return reason, found[0]
    return None


def _needed(call: Call) -> str:
    """What a program needs by its name, of what keeps its outcome from being checked."""
    return next((reason for names, reason in _OUTSIDE if call.program in names), "")


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
