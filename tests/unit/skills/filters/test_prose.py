"""What prose tells a reader to do that no program can check fails `verifiable`."""

import pytest
from tests.support.growth import stays_in_proportion
from tests.unit.skills.filters.examples import shell, verdicts

from shellwright.skills.filters.prose import ACCOUNT, ANSWERS, TASTE, told
from shellwright.skills.filters.text import Text

WORK = shell(
    "sort names.txt > sorted.txt",
    "uniq -c sorted.txt > counts.txt",
    "head counts.txt",
    "wc -l counts.txt",
)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Sign up for the service.", ACCOUNT),
        ("You need an account at Acme.", ACCOUNT),
        ("Requires a free Acme account.", ACCOUNT),
        ("This skill needs a paid Acme subscription.", ACCOUNT),
        ("1. Create an account on acme.com, then go on.", ACCOUNT),
        ("- **Register at acme.com** for a key.", ACCOUNT),
        ("It is quick. Log in with your Acme account.", ACCOUNT),
        ("An Acme account is required.", ACCOUNT),
        ("Make sure you have an Acme account.", ACCOUNT),
        ("Go to acme.com and create an account.", ACCOUNT),
        ("## Prerequisites\n\n- A GitHub account", ACCOUNT),
        ("1. Ask the user which column to sort by.", ANSWERS),
        ("First, ask your human what they want.", ANSWERS),
        ("## Step 1: Interview the user", ANSWERS),
        ("Wait for the user's approval.", ANSWERS),
        ("You must confirm the list with the user.", ANSWERS),
        ("Let the user choose a theme.", ANSWERS),
        ("Ask which column to sort by.", ANSWERS),
        ("Collect the answers from the user.", ANSWERS),
        ("Get the user's approval.", ANSWERS),
        ("Present the list and let them choose.", ANSWERS),
        ("Then write a short poem about the names.", TASTE),
        ("Compose a haiku.", TASTE),
        ("3. Draft an engaging, personal blog post.", TASTE),
        ("Give your honest opinion on the names.", TASTE),
        ("Come up with a catchy headline.", TASTE),
        ("Say what you think of them.", TASTE),
        ("Pick the most beautiful name.", TASTE),
        ("Rate how beautiful each of them is.", TASTE),
    ],
)
def test_what_nobody_can_check_alone_is_told_from_the_text(words: str, reason: str) -> None:
    assert [found for found, _ in told(Text(f"Sort names.\n\n{words}\n"))] == [reason]
    found = verdicts(f"{words}\n{WORK}")["verifiable"]
    assert not found.passed
    assert found.evidence in words


@pytest.mark.parametrize(
    "words",
    [
        "No account is needed.",
        "It works without signing up. You do not need an account.",
        "Take the different accounts into account.",
        "Create an account record in the file.",
        "If the file is missing, ask the user.",
        "Ask the user when two files have one name.",
        "Ask the user if the file is missing.",
        "Use it when the user asks to sort names.",
        "Users ask for sorted names.",
        "Write a user story into `story.md`.",
        "It was made to write stories.",
        "```\nAsk the user for a name.\nWrite a poem.\n```",
        "Write a report with one line for each name.",
        "Create a story.json file.",
        "## Accounts\n\n- Savings account\n- Checking account",
        "Ask the shell for its version.",
        "Get user info as JSON, and tweets from a user.",
        "Generate beautiful diagrams and write a compelling meta description.",
        "Choose the best match by its score.",
        "The user may choose a column.",
    ],
)
def test_what_is_only_spoken_of_or_done_in_some_cases_is_not(words: str) -> None:
    assert list(told(Text(f"Sort names.\n\n{words}\n"))) == []
    assert verdicts(f"{words}\n{WORK}")["verifiable"].passed


@pytest.mark.parametrize(
    "about",
    [
        "Ask the user which names to sort, then sort them.",
        "Interview users and count the answers.",
        "Draft essays from counts.",
        "Compose haikus from a log.",
        "Give opinions on a list of names.",
    ],
)
def test_a_description_of_it_is_enough(about: str) -> None:
    assert not verdicts(WORK, description=about)["verifiable"].passed


@pytest.mark.parametrize(
    "lines",
    [
        ("sudo apt-get install -y jq", "jq --version"),
        ("npm install -g typescript", "which tsc", "tsc --version", "tsc --help"),
        ("pip install pandas",),
    ],
)
def test_an_installed_package_is_no_outcome(lines: tuple[str, ...]) -> None:
    found = verdicts(shell(*lines))["verifiable"]
    assert (found.passed, found.reason) == (False, "leaves nothing that a program can check")
    work = shell(*lines, "jq .names people.json > names.json")
    assert verdicts(work)["verifiable"].passed


@pytest.mark.parametrize("unit", ["ask the ", "- ", "then ", "write a ", "1. a\n", "\n", "> "])
def test_long_texts_take_no_long_time(unit: str) -> None:
    assert stays_in_proportion(lambda size: list(told(Text(unit * size))), 20_000)
