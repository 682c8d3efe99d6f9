"""The Terminus-2 JSON protocol: what is parsed, and what the agent is told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.errors import UserError
from shellwright.trajectories.protocol import (
    MAX_OUTPUT_BYTES,
    Command,
    OutputTracker,
    Parsed,
    cut_reply,
    limit_output,
    new_output,
    observation,
    parse,
    parse_error_reply,
    render_prompt,
)

from .cases import RESPONSES, responses, written

CONCATENATED = (
    "should end with newline when followed by another command. Otherwise the two commands will be "
    "concatenated together on the same line."
)


def test_a_good_response_gives_its_commands_and_no_remarks() -> None:
    assert parse(written()) == Parsed(
        commands=(Command("ls -la\n", 0.1),),
        analysis="The folder is empty.",
        plan="List it.",
    )


@pytest.mark.parametrize(
    ("response", "error"),
    [
        ("no braces here", "No valid JSON found in response"),
        ("{}", "Missing required fields: analysis, plan, commands"),
        (written(plan=...), "Missing required fields: plan"),
        (written(commands="ls"), "Field 'commands' must be an array"),
        (written(commands=[1]), "Command 1 must be an object"),
        (written(commands=[{}]), "Command 1 missing required 'keystrokes' field"),
        (written(commands=[{"keystrokes": 1}]), "Command 1 'keystrokes' must be a string"),
    ],
)
def test_an_unusable_response_has_an_error_and_no_commands(response: str, error: str) -> None:
    parsed = parse(response)
    assert (parsed.error, parsed.commands, parsed.task_complete) == (error, (), False)


def test_invalid_json_is_quoted_in_the_error() -> None:
    assert parse('{"analysis": a}').error == (
        "Invalid JSON: Expecting value: line 1 column 14 (char 13) | Content: '{\"analysis\": a}'"
    )
    long = parse('{"analysis": ' + "a" * 300 + "}")
    assert long.error.endswith(f" | Content preview: '{{\"analysis\": {'a' * 87}'...")


@pytest.mark.parametrize(
    ("commands", "warning"),
    [
        ([{"keystrokes": "a\n"}], "Command 1: Missing duration field, using default 1.0"),
        (
            [{"keystrokes": "a\n", "duration": "x"}],
            "Command 1: Invalid duration value, using default 1.0",
        ),
        (
            [{"keystrokes": "a\n", "duration": 1, "b": 2, "c": 3}],
            "Command 1: Unknown fields: b, c",
        ),
        (
            [{"keystrokes": "a", "duration": 1}, {"keystrokes": "b", "duration": 1}],
            f"Command 1 {CONCATENATED}",
        ),
    ],
)
def test_a_usable_command_may_earn_a_warning(commands: list[object], warning: str) -> None:
    parsed = parse(written(commands=commands))
    assert (parsed.error, parsed.warnings) == ("", (warning,))
    assert len(parsed.commands) == len(commands)


def test_the_wrong_order_of_fields_is_remarked_on() -> None:
    assert parse('{"plan": "p", "analysis": "a", "commands": []}').warning_text == (
        "- Fields appear in wrong order. Found: plan → analysis → commands, "
        "expected: analysis → plan → commands"
    )


def test_missing_braces_are_added_and_remarked_on() -> None:
    parsed = parse(written()[:-1])
    assert parsed.commands == (Command("ls -la\n", 0.1),)
    assert parsed.warning_text == (
        "- AUTO-CORRECTED: Fixed incomplete JSON by adding missing closing brace - "
        "please fix this in future responses"
    )


def test_json_inside_other_text_is_taken_out_and_remarked_on() -> None:
    parsed = parse(f'an odd " mark {written()}')
    assert parsed.commands == (Command("ls -la\n", 0.1),)
    assert parsed.warnings == (
        "AUTO-CORRECTED: Extracted JSON from mixed content - please fix this in future responses",
    )


def test_a_finished_task_is_not_held_up_by_a_bad_command() -> None:
    parsed = parse(written(task_complete="yes", commands=["bad"]))
    assert (parsed.task_complete, parsed.error, parsed.commands) == (True, "", ())
    assert parsed.warnings == ("Command 1 must be an object",)


@pytest.mark.parametrize(
    ("duration", "seconds"), [("NaN", 1.0), ("1e400", 60.0), ("-5", 0.0), ("9" * 400, 60.0)]
)
def test_no_duration_breaks_the_parser(duration: str, seconds: float) -> None:
    response = written(commands=[{"keystrokes": "a\n", "duration": 7}]).replace("7", duration)
    assert parse(response).commands == (Command("a\n", seconds),)


@pytest.mark.parametrize(
    "response", ["{" + '"a":{' * 100_000 + "}" * 100_001, '{"a": ' + "9" * 5000 + "}"]
)
def test_json_that_python_refuses_is_a_parse_error(response: str) -> None:
    assert parse(response).error.startswith("Invalid JSON: ")


@given(st.text() | responses() | st.sampled_from(RESPONSES))
def test_the_parser_never_raises_and_an_error_means_nothing_to_do(response: str) -> None:
    parsed = parse(response)
    assert not (parsed.error and (parsed.commands or parsed.task_complete))
    assert all(0.0 <= command.duration <= 60.0 for command in parsed.commands)


@given(
    st.text(),
    st.text(),
    st.lists(st.tuples(st.text(), st.floats(0.0, 60.0))),
    st.booleans(),
)
def test_what_is_written_is_read_back(
    analysis: str, plan: str, commands: list[tuple[str, float]], complete: bool
) -> None:
    text = json.dumps(
        {
            "analysis": analysis,
            "plan": plan,
            "commands": [{"keystrokes": keys, "duration": wait} for keys, wait in commands],
            "task_complete": complete,
        }
    )
    parsed = parse(text)
    assert (parsed.error, parsed.task_complete) == ("", complete)
    assert (parsed.analysis, parsed.plan) == (analysis, plan)
    assert parsed.commands == tuple(Command(keys, wait) for keys, wait in commands)


def test_the_prompt_takes_instruction_and_screen_verbatim() -> None:
    template = "Write {{}}.\n{instruction}\n{terminal_state}\n"
    assert render_prompt(template, "Use {x}", "{$ }") == "Write {}.\nUse {x}\n{$ }\n"


@pytest.mark.parametrize("template", ["", "{instruction}", "{instruction}{terminal_state}{x}", "{"])
def test_a_template_with_other_places_is_refused(template: str) -> None:
    with pytest.raises(UserError, match="prompt template"):
        render_prompt(template, "i", "t")


def test_long_output_keeps_both_ends_and_says_how_much_is_missing() -> None:
    text = "a" * 6_000 + "b" * 6_000
    assert limit_output(text) == (
        "a" * 5_000
        + "\n[... output limited to 10000 bytes; 2000 interior bytes omitted ...]\n"
        + "b" * 5_000
    )


@given(st.text(alphabet="aä→😀\n", min_size=1), st.integers(1, 4_000))
def test_the_limiter_counts_bytes_and_cuts_no_character(piece: str, times: int) -> None:
    text = piece * times
    limited = limit_output(text)
    if len(text.encode()) <= MAX_OUTPUT_BYTES:
        assert limited == text
        return
    head, _, rest = limited.partition("\n[... output limited to 10000 bytes; ")
    count, _, tail = rest.partition(" interior bytes omitted ...]\n")
    assert text.startswith(head) and text.endswith(tail)
    assert int(count) == len(text.encode()) - len(head.encode()) - len(tail.encode())


def test_the_first_capture_shows_the_screen() -> None:
    assert OutputTracker().update("s\n\n", "b") == "Current Terminal Screen:\ns\n\n"


def test_later_captures_show_what_is_new_from_the_last_known_line_on() -> None:
    tracker = OutputTracker()
    tracker.update("$ \n", "top\n$ \n\n")
    assert tracker.update("x", "top\n$ ls\na\n$\n") == "New Terminal Output:\n\n$ ls\na\n$\n"


def test_a_terminal_that_was_cleared_shows_the_screen() -> None:
    tracker = OutputTracker("one\ntwo\n$ ")
    assert tracker.update("$ ", "$ ") == "Current Terminal Screen:\n$ "


def test_a_blank_difference_shows_the_screen() -> None:
    assert OutputTracker(" \n").update("", "\n\n") == "Current Terminal Screen:\n"


@given(st.text(alphabet="ab$ \n"), st.text(alphabet="ab$ \n"))
def test_an_extended_buffer_shows_all_that_was_added(before: str, added: str) -> None:
    before = before.strip()
    fresh = new_output(before, before + added)
    assert fresh is not None
    assert fresh.endswith(added)


def test_a_warning_stands_before_the_output() -> None:
    parsed = Parsed(warnings=("one", "two"))
    assert observation(parsed, "out", confirmed=False) == (
        "Previous response had warnings:\nWARNINGS: - one\n- two\n\nout"
    )


def test_the_first_completion_is_asked_back_and_the_second_is_not() -> None:
    parsed = Parsed(task_complete=True, warnings=("dropped",))
    assert observation(parsed, "out", confirmed=False) == (
        "Current terminal state:\nout\n\nAre you sure you want to mark the task as complete? This "
        "will trigger your solution to be graded and you won't be able to make any further "
        'corrections. If so, include "task_complete": true in your JSON response again.'
    )
    assert observation(parsed, "out", confirmed=True) == "out"


def test_ordinary_turns_are_limited_twice_unless_told_otherwise() -> None:
    output = "x" * 60_000
    once = observation(Parsed(), output, confirmed=False, double_truncation=False)
    assert "; 50000 interior bytes omitted" in once
    assert "; 71 interior bytes omitted" in observation(Parsed(), output, confirmed=False)
    asked = observation(Parsed(task_complete=True), output, confirmed=False)
    assert "; 50000 interior bytes omitted" in asked


def test_an_error_is_told_with_the_warnings() -> None:
    assert parse_error_reply(Parsed(error="E", warnings=("w",))) == (
        "Previous response had parsing errors:\nERROR: E\nWARNINGS: - w\n\n"
        "Please fix these issues and provide a proper JSON response."
    )


def test_a_response_that_was_cut_off_is_told_so_with_its_warnings() -> None:
    told = cut_reply(parse(written()[:40]))
    first, _, warnings = told.partition("\n\n")
    assert first.startswith("ERROR!! NONE of the actions you just requested were performed")
    assert first.endswith("chunks each of which is less than the maximum output length.")
    assert warnings == (
        "Parser warnings from your truncated response:\n- No valid JSON object found"
    )
    assert cut_reply(parse(written())) == first
