"""Whether a skill's work is done in a Linux terminal with commands or scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from shellwright.skills.document import Call, Code, Verdict
from shellwright.skills.filters.attended import LEAST_SHARE, attended, waits
from shellwright.skills.filters.material import Material
from shellwright.skills.filters.pages import page_linux
from shellwright.skills.filters.places import PERSON, REASONS, lacking, lacking_call
from shellwright.skills.filters.programs import PLATFORM, PYTHON_SCREEN, work_of
from shellwright.skills.filters.pythoncode import imports
from shellwright.skills.filters.verdicts import as_written, counted, failed, listed, named, passed
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
#: Code for the shells of other systems.
_FOREIGN = frozenset({"powershell", "cmd", "applescript", "swift", "batch", "bat"})


def linux(material: Material) -> Verdict:
    """What another system, a screen or a device is needed for, or what has no command, fails."""
    document = material.document
    needs = document.requirements
    systems = {system.lower() for system in needs.os}
    if systems and not systems & _LINUX:
        return failed("linux", "is only for another system", ", ".join(sorted(systems)))
    compatible = text_of(document.front.get("compatibility")).lower()
    if _OTHER_SYSTEM.search(compatible) and not _LINUX_WORD.search(compatible):
        return failed("linux", "is made for another system", compatible)
    if material.page:
        return page_linux(material)
    required = {*needs.bins}
    if needs.any_bins and all(map(lacking, needs.any_bins)):
        required.update(needs.any_bins)
    work = work_of(document.calls)
    for reason in REASONS:
        found = sorted(name for name in required if lacking(name) == reason)
        if found:
            return failed("linux", reason, "needs " + ", ".join(found))
    for reason in REASONS:
        found = [call.program for call in work if lacking_call(call) == reason]
        # Where other commands are many, those of another system are one way among several.
        if found and reason != PERSON and len(found) >= LEAST_SHARE * len(work):
            return failed("linux", reason, " ".join(dict.fromkeys(found)))
    waiting = attended(material, work)
    if waiting:
        return failed("linux", PERSON, "; ".join(waiting))
    said = material.head[:600]
    for pattern, reason in _WORDS:
        match = pattern.search(said)
        if match and not _LINUX_WORD.search(said) and not (work and pattern is _SCREEN_WORD):
            return failed("linux", reason, said[max(0, match.start() - 60) : match.end() + 60])
    only = next(_only_elsewhere(material), None)
    if only is not None:
        return failed("linux", "is made for another system", only)
    written = [code for code in document.code if code.language in _PROGRAM]
    if not (work or written) and any(code.language in _FOREIGN for code in document.code):
        return failed("linux", "is written for another system's shell", "")
    for code in material.script_codes:
        if code.language == "python":
            screen = sorted(imports(code.text, PYTHON_SCREEN))
            if screen:
                return failed("linux", "needs a screen", f"{code.heading} imports {screen[0]}")
    if work or written:
        return _done_with(work, written)
    agent = sorted({call.program for call in document.calls} & PLATFORM)
    if agent:
        return failed("linux", "has only commands of the agent's platform", " ".join(agent))
    spans = _in_prose(material)
    if len(spans) < _MIN_IN_PROSE:
        return failed("linux", "has no command to run", "")
    waiting = [span for span in spans if any(map(waits, calls(span)))]
    if len(waiting) >= LEAST_SHARE * len(spans):
        return failed("linux", PERSON, "; ".join(waiting))
    return passed("linux", f"names {counted(len(spans), 'command')} in its text", spans[0])


def _done_with(work: Sequence[Call], written: Sequence[Code]) -> Verdict:
    """The pass of a skill that calls programs or shows some of its own."""
    if not work:
        languages = listed(code.language for code in written)
        return passed("linux", f"is written in {languages}", named(written[0]))
    # What starts with a capital is mostly a line of settings: it is told last.
    told = sorted(work, key=lambda call: call.program[:1].isupper())
    programs = [call.program for call in told]
    reason = f"calls {counted(len(set(programs)), 'program')}: {listed(programs)}"
    return passed("linux", reason, as_written(told[0]))


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


def _in_prose(material: Material) -> list[str]:
    """Commands that stand between the words of a skill that has no blocks of them, each once."""
    found: dict[str, None] = {}
    for match in islice(_SPAN.finditer(material.text.original), _MOST_SPANS):
        span = match[1].strip()
        if " " in span and looks_like_commands(span) and work_of(calls(span)):
            found[span] = None
    return list(found)


_WORDS = (
    (_OTHER_SYSTEM, "is made for another system"),
    (_DEVICE_WORD, "needs a device"),
    (_SCREEN_WORD, "needs a screen"),
)
