"""Whether a skill's work is done in a Linux terminal with commands or scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from shellwright.skills.document import Verdict
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.pages import page_linux
from shellwright.skills.filters.programs import (
    DEVICES,
    ELSEWHERE,
    PLATFORM,
    PYTHON_SCREEN,
    SCREEN,
    is_work,
)
from shellwright.skills.filters.pythoncode import imports
from shellwright.skills.filters.quoting import visible
from shellwright.skills.reading.commands import looks_like_commands
from shellwright.skills.reading.front import text_of
from shellwright.skills.reading.shellcode import calls

_LINUX = frozenset({"linux", "unix", "all", "any", "ubuntu", "debian", "posix"})
_OTHER_SYSTEM = re.compile(
    r"\b(?:mac ?os|os ?x|apple (?:notes|mail|reminders|music|calendar|shortcuts|silicon|photos"
    r"|script)|applescript"
    r"|imessage|homekit|airdrop|xcode|swiftui|swift|ios|ipados|iphone|ipad|windows (?:only|desktop"
    r"|app|10|11)|powershell|finder (?:windows?|tags?|app)|(?:macos|the) finder"
    r"|(?:for|control|on) (?:the |a |my |your )?macs?"
    r"|things 3|bear notes|keychain|raycast|mac app|macbook|mlx|swiftpm|spotlight)\b"
)
_LINUX_WORD = re.compile(r"\b(?:linux|ubuntu|debian|cross-platform|any platform|wsl)\b")
_DEVICE_WORD = re.compile(
    r"\b(?:smart home|home assistant|chromecast|sonos|philips hue|roomba|vacuum|thermostat"
    r"|bluetooth|raspberry pi"
    r"|arduino|esp32|3d print\w*|printer|robot(?:ic)?|drone|apple tv|roku|smart (?:tv|lights?"
    r"|bulbs?|glasses)"
    r"|android (?:device|phone)|(?<!-)speakers?(?! (?:dialogue|diari|label))"
    r"|camera snapshots?|tesla|starlink|wearable|webcam"
    r"|microphone|ham radio|reachy)\b"
)
_SCREEN_WORD = re.compile(
    r"\b(?:desktop (?:app|control|automation|application)|gui|screen ?shots? of (?:the"
    r"|your) (?:screen|desktop)|mouse"
    r"|figma|photoshop|excel (?:add-in|desktop)|obsidian|minecraft|vs ?code extension"
    r"|chrome extension|browser extension)\b"
)
#: What the work needs by its own words, in a line that does not name Linux, too.
_ELSEWHERE_ONLY = re.compile(
    r"(?:\b(?:requires?|needs?|only (?:works |runs |available )?(?:on|for)|(?:works|runs) only on)"
    r"[ *:`]{1,4}(?:an? )?(?:mac ?os|os x|mac\b|windows(?! of\b)|iphone|ios|powershell|xcode)"
    r"|(?<!\()\b(?:mac ?os|mac|windows)[ -]only)\b[^\n]*"
)
_DENIED = re.compile(r"(?:\b(?:no longer|not|never|without)|n['’]t)(?: \w+)?\s*$")
#: Headings of what the whole skill needs.
_NEEDS = re.compile(
    r"\b(?:requirements?|requires|compatib\w*|prerequisites?|platforms?|systems?|dependenc\w*"
    r"|needs|before you|limitations?|notes?|setup|install\w*|overview|about)\b"
)
#: Code between the words of a line.
_SPAN = re.compile(r"(?<!`)`([^`\n]{4,200})`(?!`)")
_MOST_SPANS = 100
_MIN_IN_PROSE = 2
#: Code that somebody would put into a file and run.
_PROGRAM = frozenset(
    {
        "python",
        "javascript",
        "typescript",
        "tsx",
        "jsx",
        "sql",
        "go",
        "rust",
        "perl",
        "ruby",
        "awk",
        "dockerfile",
        "solidity",
        "lua",
        "php",
        "r",
        "makefile",
        "java",
        "c",
        "cpp",
    }
)


def linux(material: Material) -> Verdict:
    """What another system, a screen or a device is needed for, or what has no command, fails."""
    document = material.document
    needs = document.requirements
    systems = {system.lower() for system in needs.os}
    if systems and not systems & _LINUX:
        return _failed("is only for another system", ", ".join(sorted(systems)))
    compatible = text_of(document.front.get("compatibility")).lower()
    if _OTHER_SYSTEM.search(compatible) and not _LINUX_WORD.search(compatible):
        return _failed("is made for another system", compatible)
    if material.page:
        return page_linux(material)
    work = [call for call in document.calls if is_work(call)]
    required = {*needs.bins}
    if needs.any_bins and all(_elsewhere(name) for name in needs.any_bins):
        required.update(needs.any_bins)
    for names, reason in _TABLES:
        found = sorted(required & names)
        if found:
            return _failed(reason, "needs " + ", ".join(found))
    programs = [call.program for call in work if call.program not in PLATFORM]
    for names, reason in _TABLES:
        found = [name for name in programs if name in names]
        # Where other commands are many, those of another system are one way among several.
        if found and len(found) * 3 >= len(programs):
            return _failed(reason, " ".join(dict.fromkeys(found)))
    said = material.head[:600]
    for pattern, reason in _WORDS:
        match = pattern.search(said)
        if match and not _LINUX_WORD.search(said) and not (programs and pattern is _SCREEN_WORD):
            return _failed(reason, said[max(0, match.start() - 60) : match.end() + 60])
    only = next(_only_elsewhere(material), None)
    if only is not None:
        return _failed("is made for another system", only)
    languages = [code.language for code in document.code]
    foreign = sum(
        language in ("powershell", "cmd", "applescript", "swift", "batch", "bat")
        for language in languages
    )
    if foreign and not programs and not any(name in _PROGRAM for name in languages):
        return _failed("is written for another system's shell", "")
    for code in material.script_codes:
        if code.language == "python":
            screen = sorted(imports(code.text, PYTHON_SCREEN))
            if screen:
                return _failed("needs a screen", f"{code.heading} imports {screen[0]}")
    if not programs and not any(name in _PROGRAM for name in languages):
        agent = sorted({call.program for call in document.calls} & PLATFORM)
        if agent:
            return _failed("has only commands of the agent's platform", " ".join(agent))
        if len(_in_prose(material)) < _MIN_IN_PROSE:
            return _failed("has no command to run", "")
    return Verdict("linux", True)


def _only_elsewhere(material: Material) -> Iterator[str]:
    """Words by which the whole skill needs another system: in its head or where it tells its needs,
    and not of a part of it, as in a table or beside a command."""
    text = material.text
    heads = ("", material.document.title.lower())
    for match in _ELSEWHERE_ONLY.finditer(text.lower):
        first, last = text.line(match.start())
        heading = text.heading(match.start()).strip()
        if (
            (heading in heads or _NEEDS.search(heading))
            and not text.in_code(match.start())
            and not text.lower.startswith("|", first)
            and not _DENIED.search(text.lower[first : match.start()])
            and not _LINUX_WORD.search(text.lower, first, last)
        ):
            yield match[0]


def _in_prose(material: Material) -> set[str]:
    """Commands that stand between the words of a skill that has no blocks of them."""
    found: set[str] = set()
    for match in islice(_SPAN.finditer(material.text.original), _MOST_SPANS):
        span = match[1].strip()
        if " " in span and looks_like_commands(span):
            work = (call for call in calls(span) if is_work(call))
            found.update(span for call in work if call.program not in PLATFORM)
    return found


def _elsewhere(name: str) -> bool:
    return any(name in names for names, _ in _TABLES)


def _failed(reason: str, evidence: str) -> Verdict:
    return Verdict("linux", False, reason, visible(evidence))


_TABLES = (
    (ELSEWHERE, "needs programs of macOS or Windows"),
    (SCREEN, "needs a screen"),
    (DEVICES, "needs a device"),
)
_WORDS = (
    (_OTHER_SYSTEM, "is made for another system"),
    (_DEVICE_WORD, "needs a device"),
    (_SCREEN_WORD, "needs a screen"),
)
