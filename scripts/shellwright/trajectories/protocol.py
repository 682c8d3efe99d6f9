"""The Terminus-2 JSON protocol: what a response means, and what the agent is shown next.

Every string that reaches a transcript is the one that Terminus-2 (Harbor 0.25.0) uses, so that a
model trained on these transcripts meets the same words when it is run there. `parse` never raises:
whatever a model writes is either a list of commands or an error that it is told about.

The deliberate differences lie where Terminus-2 itself breaks down: a duration `NaN` counts as
invalid, a negative one as 0, and JSON that Python refuses for its depth or for the length of a
number is an ordinary parse error.
"""

import json
import re
from dataclasses import dataclass, replace
from string import Formatter
from typing import Any

from shellwright.errors import UserError

DEFAULT_DURATION = 1.0
"""Seconds to wait after a command that states no duration."""

MAX_DURATION = 60.0
"""Longest wait after one command, seconds."""

MAX_OUTPUT_BYTES = 10_000
"""Longest terminal output shown in one turn, bytes of UTF-8."""

REQUIRED_FIELDS = ("analysis", "plan", "commands")

NO_JSON = "No valid JSON found in response"
INVALID_JSON = "Invalid JSON: "

# The two repairs, in the order in which they are tried.
CLOSED_BRACES = "Fixed incomplete JSON by adding missing closing brace"
MIXED_CONTENT = "Extracted JSON from mixed content"

# A brace pair that holds at most one further level of braces.
_SHALLOW_OBJECT = re.compile(r"\{(?:[^{}]++|\{[^{}]*+\})*+\}")


@dataclass(frozen=True)
class Command:
    """Keystrokes to type verbatim, and the seconds to wait after them."""

    keystrokes: str
    duration: float


@dataclass(frozen=True)
class Parsed:
    """What a response asks for. `error` is empty when the response is usable."""

    commands: tuple[Command, ...] = ()
    task_complete: bool = False
    error: str = ""
    warnings: tuple[str, ...] = ()
    analysis: str = ""
    plan: str = ""

    @property
    def warning_text(self) -> str:
        """The warnings as the agent is shown them, one per line; empty when there are none."""
        return "\n".join(f"- {warning}" for warning in self.warnings)


def parse(response: str) -> Parsed:
    """Read one response; never raises.

    When the response is unusable as it stands, two repairs are tried (missing closing braces,
    JSON inside other text); a repair that leads to a usable response is named in the warnings.
    """
    parsed = _parse_once(response)
    if not parsed.error:
        return parsed
    for name, repaired in _repairs(response, parsed.error):
        again = _parse_once(repaired)
        if not again.error:
            note = f"AUTO-CORRECTED: {name} - please fix this in future responses"
            return replace(again, warnings=(note, *again.warnings))
    return parsed


def _repairs(response: str, error: str) -> list[tuple[str, str]]:
    """The repaired forms of a response that had this error, by the repair's name."""
    repairs = []
    missing = response.count("{") - response.count("}")
    if missing > 0 and (error == NO_JSON or error.startswith(INVALID_JSON)):
        repairs.append((CLOSED_BRACES, response + "}" * missing))
    for candidate in _SHALLOW_OBJECT.findall(response):
        try:
            json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        repairs.append((MIXED_CONTENT, candidate))
        break
    return repairs


def _parse_once(response: str) -> Parsed:
    span = _json_span(response)
    if span is None:
        return Parsed(error=NO_JSON, warnings=("No valid JSON object found",))
    start, end = span
    warnings = []
    if response[:start].strip():
        warnings.append("Extra text detected before JSON object")
    if response[end:].strip():
        warnings.append("Extra text detected after JSON object")
    text = response[start:end]
    try:
        data: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as problem:
        shown = f"Content: {text!r}" if len(text) < 200 else f"Content preview: {text[:100]!r}..."
        return Parsed(error=f"{INVALID_JSON}{problem} | {shown}", warnings=tuple(warnings))
    shape_warnings, error = _check_shape(data, text)
    warnings += shape_warnings
    if error:
        return Parsed(error=error, warnings=tuple(warnings))

    complete = data.get("task_complete", False)
    if isinstance(complete, str):
        complete = complete.lower() in ("true", "1", "yes")
    commands, command_warnings, error = _parse_commands(data["commands"])
    warnings += command_warnings
    if error and complete:
        # A finished task is not held up by a malformed command: it is only remarked on.
        warnings.append(error)
        error = ""
    return Parsed(
        commands=tuple(commands),
        task_complete=bool(complete) and not error,
        error=error,
        warnings=tuple(warnings),
        analysis=_text(data["analysis"]),
        plan=_text(data["plan"]),
    )


def _json_span(response: str) -> tuple[int, int] | None:
    """Where the first balanced pair of braces outside double quotes begins and ends.

    A backslash hides the next character everywhere, and a quotation mark in front of the object
    counts: this is what Terminus-2 does, and why reasoning must be split off before parsing.
    """
    depth, start = 0, -1
    quoted = hidden = False
    for index, char in enumerate(response):
        if hidden:
            hidden = False
        elif char == "\\":
            hidden = True
        elif char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char == "{":
            if depth == 0:
                start = index
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0 and start >= 0:
                return start, index + 1
    return None


def _check_shape(data: dict[str, Any], text: str) -> tuple[list[str], str]:
    """Warnings and error about the object's own fields; `text` is what it was read from."""
    missing = [name for name in REQUIRED_FIELDS if name not in data]
    if missing:
        return [], f"Missing required fields: {', '.join(missing)}"
    warnings = [
        f"Field '{name}' should be a string"
        for name in ("analysis", "plan")
        if not isinstance(data[name], str)
    ]
    if not isinstance(data["commands"], list):
        return warnings, "Field 'commands' must be an array"
    warnings += _order_warnings(text)
    if not isinstance(data.get("task_complete"), (bool, str, type(None))):
        warnings.append("Field 'task_complete' should be a boolean or string")
    return warnings, ""


def _order_warnings(text: str) -> list[str]:
    """A warning when the required fields' first places in the text are out of order.

    Like Terminus-2 this looks for a quoted name before a colon anywhere, not for the object's keys.
    """
    places = {}
    for name in REQUIRED_FIELDS:
        found = re.search(f'"{name}"\\s*:', text)
        if found:
            places[name] = found.start()
    expected, order = list(places), sorted(places, key=places.__getitem__)
    if order == expected:
        return []
    found_order, expected_order = " → ".join(order), " → ".join(expected)
    return [f"Fields appear in wrong order. Found: {found_order}, expected: {expected_order}"]


def _parse_commands(entries: list[Any]) -> tuple[list[Command], list[str], str]:
    """Commands, warnings and error of the `commands` array; no commands when there is an error."""
    commands: list[Command] = []
    warnings: list[str] = []
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            return [], warnings, f"Command {number} must be an object"
        if "keystrokes" not in entry:
            return [], warnings, f"Command {number} missing required 'keystrokes' field"
        keystrokes = entry["keystrokes"]
        if not isinstance(keystrokes, str):
            return [], warnings, f"Command {number} 'keystrokes' must be a string"
        duration = DEFAULT_DURATION
        if "duration" not in entry:
            warnings.append(f"Command {number}: Missing duration field, using default 1.0")
        elif (stated := _seconds(entry["duration"])) is None:
            warnings.append(f"Command {number}: Invalid duration value, using default 1.0")
        else:
            duration = stated
        unknown = [name for name in entry if name not in ("keystrokes", "duration")]
        if unknown:
            warnings.append(f"Command {number}: Unknown fields: {', '.join(unknown)}")
        if number < len(entries) and keystrokes and not keystrokes.endswith("\n"):
            warnings.append(
                f"Command {number} should end with newline when followed by another command. "
                "Otherwise the two commands will be concatenated together on the same line."
            )
        commands.append(Command(keystrokes, duration))
    return commands, warnings, ""


def _seconds(value: object) -> float | None:
    """A stated duration in seconds, from 0 to `MAX_DURATION`; None when it is not a number."""
    if not isinstance(value, (int, float)) or value != value:
        return None
    return float(max(0, min(value, MAX_DURATION)))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def render_prompt(template: str, instruction: str, terminal_state: str) -> str:
    """The first message: the template with the instruction and the terminal's state filled in.

    Raises UserError when the template lacks one of its two places or has another.
    """
    try:
        names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    except ValueError as problem:
        names = {str(problem)}
    if names != {"instruction", "terminal_state"}:
        raise UserError(
            f"prompt template: found the places {sorted(names)}, expected exactly {{instruction}} "
            "and {terminal_state}; rebuild the template from the pinned package"
        )
    return template.format(instruction=instruction, terminal_state=terminal_state)


def limit_output(text: str, max_bytes: int = MAX_OUTPUT_BYTES) -> str:
    """Cut the middle out of a text of more than `max_bytes` bytes of UTF-8 and say how much."""
    data = text.encode()
    if len(data) <= max_bytes:
        return text
    half = max_bytes // 2
    head = data[:half].decode(errors="ignore")
    tail = data[-half:].decode(errors="ignore")
    omitted = len(data) - len(head.encode()) - len(tail.encode())
    return (
        f"{head}\n[... output limited to {max_bytes} bytes; "
        f"{omitted} interior bytes omitted ...]\n{tail}"
    )


@dataclass
class OutputTracker:
    """Turns captures of the terminal into what is new since the last one."""

    previous: str | None = None

    def update(self, screen: str, buffer: str) -> str:
        """The text for this capture, with its header, not yet limited in length.

        screen: the visible rows. buffer: the pane's whole history and the visible rows.
        """
        known, self.previous = self.previous, buffer
        fresh = new_output(known, buffer) if known is not None else None
        if fresh is not None and fresh.strip():
            return f"New Terminal Output:\n{fresh}"
        return f"Current Terminal Screen:\n{screen}"


def new_output(previous: str, current: str) -> str | None:
    """What `current` adds to `previous`; None when `previous` is not found in it.

    It starts at the last line break of the stripped `previous`, so that the last known line
    (normally the prompt) is shown again with what was typed after it. As in Terminus-2 that place
    is an offset into `previous`, used on `current`.
    """
    known = previous.strip()
    if known not in current:
        return None
    start = known.rfind("\n") if "\n" in known else current.index(known)
    return current[start:]


def observation(
    parsed: Parsed, output: str, *, confirmed: bool, double_truncation: bool = True
) -> str:
    """The reply to a usable response whose commands were executed.

    output: what `OutputTracker.update` gave. confirmed: an earlier turn had already declared the
    task complete. double_truncation: limit ordinary turns twice, as Terminus-2 does, although the
    second pass makes the stated number of omitted bytes wrong.
    """
    output = limit_output(output)
    if parsed.task_complete:
        return output if confirmed else _confirmation(output)
    if double_truncation:
        output = limit_output(output)
    if parsed.warnings:
        return f"Previous response had warnings:\nWARNINGS: {parsed.warning_text}\n\n{output}"
    return output


def _confirmation(output: str) -> str:
    return (
        f"Current terminal state:\n{output}\n\n"
        "Are you sure you want to mark the task as complete? This will trigger your solution to "
        "be graded and you won't be able to make any further corrections. If so, include "
        '"task_complete": true in your JSON response again.'
    )


def parse_error_reply(parsed: Parsed) -> str:
    """The reply to a response that could not be used; nothing of it was executed."""
    feedback = f"ERROR: {parsed.error}"
    if parsed.warnings:
        feedback += f"\nWARNINGS: {parsed.warning_text}"
    return (
        f"Previous response had parsing errors:\n{feedback}\n\n"
        "Please fix these issues and provide a proper JSON response."
    )


def cut_reply(parsed: Parsed) -> str:
    """The reply to a response that reached the longest length of an answer; nothing was executed.

    parsed: what there is of it. Terminus-2 names the length where it knows it; here it never does.
    """
    limit = "the maximum output length"
    reply = (
        f"ERROR!! NONE of the actions you just requested were performed because you exceeded "
        f"{limit}. Your outputs must be less than {limit}. Re-issue this request, breaking it into "
        f"chunks each of which is less than {limit}."
    )
    if parsed.warnings:
        reply += f"\n\nParser warnings from your truncated response:\n{parsed.warning_text}"
    return reply
