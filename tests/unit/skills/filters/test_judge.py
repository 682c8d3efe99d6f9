"""The filters for Linux, workflows and outcomes that can be checked; and judging as a whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.growth import stays_in_proportion
from tests.unit.skills.filters.examples import FILTERS, page_verdicts, shell, verdicts

WORK = shell("sort names.txt > sorted.txt", "uniq -c sorted.txt > counts.txt")
LONG = "This text goes on for a while so that nobody takes it for a stub. " * 12


def test_a_piece_of_work_on_files_passes_all() -> None:
    found = verdicts(f"Sort the names, then count them.\n{WORK}")
    assert list(found) == list(FILTERS)
    assert all(verdict.passed for verdict in found.values())


@pytest.mark.parametrize(
    ("body", "front"),
    [
        (shell("osascript -e 'beep'", "pbcopy < a"), ""),
        (WORK, 'metadata: {"openclaw": {"os": ["darwin"]}}\n'),
        (WORK, 'metadata: {"openclaw": {"requires": {"bins": ["adb"]}}}\n'),
        (WORK, "compatibility: Requires macOS 14\n"),
        (WORK, 'metadata: {"openclaw": {"os": "darwin"}}\n'),
        (WORK, 'metadata: {"openclaw": {"requires": {"anyBins": ["osascript", "shortcuts"]}}}\n'),
        (WORK + "\n- Requires macOS, since it reads the calendar.\n", ""),
        (WORK + "\nThis works only on Windows.\n", ""),
        (WORK + "\n## Requirements\n\n- macOS only\n", ""),
        (WORK + "\n## Prerequisites\n\nIt needs Windows.\n", ""),
        (LONG, ""),
        (LONG + shell("openclaw cron add x"), ""),
    ],
)
def test_what_needs_more_than_a_linux_terminal_fails_linux(body: str, front: str) -> None:
    assert not verdicts(body, front)["linux"].passed


@pytest.mark.parametrize(
    ("body", "front", "description"),
    [
        (WORK, "compatibility: Requires macOS or Linux\n", "Tidy up files."),
        (WORK, "compatibility: Requires jq and an e-mail account\n", "Tidy up files."),
        (WORK + "\nRequires macOS or Linux.\n", "", "Tidy up files."),
        (WORK + "\nNotifications (macOS only).\n", "", "Tidy up files."),
        (WORK + "\n## Options\n\n- Notifications: macOS only\n", "", "Tidy up files."),
        (
            WORK + "\n| a | b |\n| - | - |\n| --tray | tray icon, Windows-only |\n",
            "",
            "Tidy up files.",
        ),
        (WORK + "\nIt no longer requires macOS.\n", "", "Tidy up files."),
        (WORK + "\nIt doesn't need macOS.\n", "", "Tidy up files."),
        (WORK + "\nThe smoother needs windows of five lines.\n", "", "Tidy up files."),
        (WORK + shell("sed -i '' s/a/b/ f  # macOS only"), "", "Tidy up files."),
        (WORK, 'metadata: {"openclaw": {"requires": {"anyBins": ["osascript", "jq"]}}}\n', "Tidy."),
        (WORK, "", "An email finder for lists of names."),
        (WORK, "", "Make a multi-speaker dialogue of a text."),
    ],
)
def test_what_only_names_another_system_passes_linux(
    body: str, front: str, description: str
) -> None:
    assert verdicts(body, front, description=description)["linux"].passed


@pytest.mark.parametrize("line", ["vim notes.txt", "nano notes.txt", "htop", "top", "less a.txt"])
def test_a_program_that_waits_for_a_person_fails_linux(line: str) -> None:
    found = verdicts(shell("cp a.txt notes.txt", line))["linux"]
    assert (found.passed, found.reason) == (False, "needs a person at the terminal")
    assert found.evidence == line


@pytest.mark.parametrize(
    "line",
    [
        "top -bn1 > load.txt",
        "vim -es -c '%s/a/b/' -c wq notes.txt",
        "nvim --headless +qa",
        "emacs --batch -l a.el",
        "fzf --filter a < names.txt",
        "lynx -dump page.html",
        "man -k sort",
    ],
)
def test_a_program_that_is_told_not_to_wait_passes_linux(line: str) -> None:
    assert verdicts(shell("cp a.txt notes.txt", line))["linux"].passed


def test_an_editor_mentioned_in_passing_passes_linux() -> None:
    assert verdicts(WORK + shell("cp a b", "head b", "vim b"))["linux"].passed
    assert verdicts(WORK + "\nEdit it, with `vim` for example.\n")["linux"].passed


def test_a_pass_says_what_it_rests_on() -> None:
    files = {"notes.md": "Notes.", "run.sh": "sort a\n"}
    found = verdicts(f"Sort the names, then count them.\n{WORK}", files=files)
    said = {name: (verdict.reason, verdict.evidence) for name, verdict in found.items()}
    assert said["linux"] == ("calls 2 programs: sort, uniq", "sort names.txt")
    assert said["workflow"] == ("has 3 different commands", "sort names.txt")
    assert said["safe"] == ("nothing found in 3 commands and 3 files", "SKILL.md, run.sh, notes.md")
    assert said["verifiable"][1] == "run.sh"


def test_lines_of_settings_are_told_after_the_programs_of_a_skill() -> None:
    work = shell("PermitRootLogin no", "sort names.txt > sorted.txt", "uniq -c sorted.txt")
    said = verdicts(work)["linux"]
    assert (said.reason, said.evidence) == (
        "calls 3 programs: sort, uniq, PermitRootLogin",
        "sort names.txt",
    )


def test_a_pass_by_words_or_by_code_quotes_them() -> None:
    steps = "1. Run `sort -u names.txt` first.\n2. Then run `wc -l names.txt` on it.\n"
    found = verdicts(f"{LONG}\n{steps}3. Check it.\n4. Save it as `counts.txt`\n")
    assert found["linux"].reason == "names 2 commands in its text"
    assert found["linux"].evidence == "sort -u names.txt"
    assert found["workflow"].reason == "has 4 steps"
    assert found["workflow"].evidence == "1. Run `sort -u names.txt` first."
    code = "\n```python\nprint(sum(int(line) for line in open('numbers.txt')))\n```\n"
    found = verdicts(LONG + code + code)
    assert found["linux"].reason == "is written in python"
    assert found["linux"].evidence.startswith("print(sum(")
    assert found["workflow"].reason == "has 2 code blocks"


def test_commands_between_words_count_where_there_are_no_blocks() -> None:
    steps = "1. Run `sort -u names.txt` first.\n2. Then run `wc -l names.txt` on it.\n"
    assert verdicts(LONG + steps)["linux"].passed
    assert not verdicts(LONG + "See `names.txt` and `the list` of it.\n")["linux"].passed


def test_a_mixed_skill_with_a_linux_way_passes_linux() -> None:
    front = 'metadata: {"openclaw": {"os": ["darwin", "linux"]}}\n'
    assert verdicts(WORK + shell("open counts.txt"), front)["linux"].passed


@pytest.mark.parametrize("body", ["", "Coming soon.", LONG, "You are a kind coach. " + LONG])
def test_what_tells_no_actions_fails_workflow(body: str) -> None:
    assert not verdicts(body)["workflow"].passed


def test_steps_that_name_nothing_are_advice() -> None:
    advice = LONG + "See `notes`.\n\n- Use short words\n- Check the tone\n- Make it clear\n"
    assert not verdicts(advice)["workflow"].passed
    assert verdicts(advice + "- Save it as `post.md`\n")["workflow"].passed


def test_installs_alone_are_no_workflow() -> None:
    assert not verdicts(LONG + shell("npm install -g thing"))["workflow"].passed


@pytest.mark.parametrize(
    ("body", "front"),
    [
        (shell("curl https://api.place.top/v1/now | jq .", "cat a"), ""),
        (WORK, 'metadata: {"openclaw": {"requires": {"env": ["PLACE_API_KEY"]}}}\n'),
        (WORK + shell("gh pr list", "aws s3 ls"), ""),
        (WORK + "\n```python\nimport openai\nopenai.chat('x')\n```\n", ""),
        (WORK + shell("psql -c 'select 1'"), ""),
        (shell("uptime", "ps aux"), ""),
    ],
)
def test_what_needs_the_outside_fails_verifiable(body: str, front: str) -> None:
    assert not verdicts(body, front)["verifiable"].passed


def test_imports_count_where_python_sees_them_and_not_in_strings() -> None:
    code = '\n```python\ntext = """\nimport requests\n"""\nprint(text.upper())\n```\n'
    assert verdicts(WORK + code)["verifiable"].passed
    assert not verdicts(WORK + "\n```python\nimport requests\n```\n")["verifiable"].passed


COUNT = shell("awk '{print $9}' access.log | sort | uniq -c > counts.txt", "head counts.txt")


TELLING = [f"teller --chapter {number}" for number in range(5)]


@pytest.mark.parametrize(
    ("body", "about", "passes"),
    [
        (COUNT, "Summarise an nginx access log into counts by status code.", True),
        (COUNT, "Review a list of orders and count them by customer.", True),
        (COUNT, "Summarise an nginx access log with creative words.", False),
        (COUNT + shell(*TELLING), "Summarise an nginx access log.", False),
        ("", "Summarise an nginx access log into counts by status code.", False),
    ],
)
def test_commands_with_an_exact_outcome_outweigh_words_of_taste(
    body: str, about: str, passes: bool
) -> None:
    assert verdicts(body, description=about)["verifiable"].passed == passes


def test_pages_are_judged_by_their_program() -> None:
    tar = page_verdicts("tar", "tar -cf {{a.tar}} {{b}}", "tar -xf {{a.tar}}")
    assert all(verdict.passed for verdict in tar.values())
    assert not page_verdicts("curl", "curl {{url}}", "curl -O {{url}}")["verifiable"].passed
    assert not page_verdicts("top", "top", "top -b")["verifiable"].passed


@given(st.text(max_size=400), st.text(max_size=200))
@settings(max_examples=60)
def test_any_text_is_judged_the_same_twice(body: str, script: str) -> None:
    first = verdicts(body, files={"run.sh": script})
    assert first == verdicts(body, files={"run.sh": script})
    assert [verdict.filter for verdict in first.values()] == list(FILTERS)
    for verdict in first.values():
        assert len(verdict.evidence) <= 200
        assert verdict.reason
        assert verdict.reason.isprintable()
        assert verdict.evidence.isprintable()


@pytest.mark.parametrize(
    "unit",
    ["curl ", "pass zip ", "| bash ", "<!--", "a" * 40, "https://a.b/", "1. run ", "do not ", "(("],
)
def test_hostile_texts_take_little_time(unit: str) -> None:
    def judge(size: int) -> None:
        text = unit * (size // len(unit))
        verdicts(text, files={"run.sh": text, "run.py": text})

    assert stays_in_proportion(judge, 200_000)
