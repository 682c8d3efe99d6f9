"""Reading a terminal as an agent does: is the shell back at its prompt, did the shell complain?"""

import re
from dataclasses import dataclass

# user@host:folder$ or # at the end of a line. Output that lacks a final line break stands in front
# of the prompt, so the start of the line is left open.
_PROMPT = re.compile(r"[\w.-]+@[\w.-]+:[^$#\n]*[$#]$")

_SHELL_ERROR = re.compile(r"^-?bash: (?!(?:line \d+: )?warning: ).+$", re.MULTILINE)

# What only mistyped input leads to; other errors of the shell may be what a look is after.
_TYPING_ERROR = re.compile(r"^-?bash: .*(?:event not found|syntax error|unexpected EOF).*$", re.M)

_ECHO_CHARACTERS = 60


def at_prompt(text: str, width: int) -> bool:
    """Whether the last line of a terminal's text is a shell prompt with nothing typed after it.

    width: columns of the terminal; a prompt that was wrapped at the edge counts, too.
    """
    lines = text.rstrip().split("\n")
    last = lines[-1].rstrip()
    if len(lines) > 1 and len(lines[-2]) >= width:
        last = lines[-2] + last
    return _PROMPT.search(last) is not None


def shell_error(text: str, *, typing_only: bool) -> str:
    """The first complaint of the shell itself in a terminal's text, empty when there is none.

    typing_only: count only what mistyped input leads to.
    """
    found = (_TYPING_ERROR if typing_only else _SHELL_ERROR).search(text)
    return found.group(0) if found else ""


def shows(text: str, keystrokes: str) -> bool:
    """Whether the last line of `keystrokes` was echoed in a terminal's text.

    Spaces and line breaks do not count: a terminal wraps what is typed. Where the text was cut or
    shows only the current screen, the echo may be gone; then this is True.
    """
    if "output limited to" in text or "Current Terminal Screen:" in text:
        return True
    typed = "".join(keystrokes.rstrip("\n").rsplit("\n", 1)[-1].split())[:_ECHO_CHARACTERS]
    return typed in "".join(text.split())


@dataclass(frozen=True)
class TypingHazards:
    """What an interactive shell would do to these keystrokes that a script does not suffer."""

    tabs: bool
    history: bool


def typing_hazards(command: str) -> TypingHazards:
    """Whether tabs would be taken as completion, and exclamation marks as history references."""
    return TypingHazards(tabs="\t" in command, history=_history_reference(command))


_HEREDOC = re.compile(r"(?<!<)<<(-?)\s*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([\w.-]+))")


def _history_reference(command: str) -> bool:
    """Whether an exclamation mark stands where bash may expand it.

    It does not in here-documents, in single quotes, and before a blank, an equals sign or a closing
    quotation mark. Doubtful cases count as expanded: switching history expansion off does no harm.
    """
    quote = ""
    for line in _without_heredocs(command):
        hidden = False
        for index, char in enumerate(line):
            if hidden:
                hidden = False
            elif quote == "'":
                quote = "" if char == "'" else quote
            elif char == "\\":
                hidden = True
            elif char == '"':
                quote = "" if quote else char
            elif char == "'" and not quote:
                quote = char
            elif char == "!" and line[index + 1 : index + 2] not in ("", " ", "=", '"'):
                return True
    return False


def _without_heredocs(command: str) -> list[str]:
    lines: list[str] = []
    closing: list[tuple[str, bool]] = []
    for line in command.split("\n"):
        if closing:
            word, tabs = closing[0]
            if (line.lstrip("\t") if tabs else line) == word:
                closing.pop(0)
            continue
        lines.append(line)
        closing = [
            (match[2] or match[3] or match[4], bool(match[1])) for match in _HEREDOC.finditer(line)
        ]
    return lines
