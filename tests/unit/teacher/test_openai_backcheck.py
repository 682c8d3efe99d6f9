"""The back-check: which rewrites may stand for the original, and what is wrong with the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.teacher.openai import literals
from shellwright.teacher.openai.backcheck import check_rewrite, length_bounds
from shellwright.teacher.openai.commands import mentions

ORIGINAL = """\
I am with the dispatch desk at Harbourline Freight, and the insurer asked for the figures. \
`/srv/intake/shipments.tsv` holds the shipment records, tab-separated with a header row.

For each `depot` I need the top `3` shipments by `freight_cost`, largest first, in \
`/srv/publish/top.csv` (CSV, header `depot,shipment_id,freight_cost`, amounts with two decimals). \
Leave out rows whose `status` is `held`, and those before `2025-10-04`.

Then: sort nothing else, and write the date of the run (UTC, `YYYY-MM-DD`) to \
`/srv/publish/run.txt`. The inputs must not be changed."""
FACTS = [
    "/srv/intake/shipments.tsv",
    "depot",
    "3",
    "freight_cost",
    "/srv/publish/top.csv",
    "depot,shipment_id,freight_cost",
    "status",
    "held",
    "2025-10-04",
    "YYYY-MM-DD",
    "/srv/publish/run.txt",
]
TOOLS = ["sort", "head", "date", "mlr", "cut", "gawk", "find", "file"]
REWRITE = """\
Hello! Our insurer wants figures from Harbourline Freight, so the dispatch desk has a job for you. \
The shipment records are in `/srv/intake/shipments.tsv`: a tab-separated file with a header row. \
Please do not alter the inputs.

What we want is `/srv/publish/top.csv`, a CSV with the header `depot,shipment_id,freight_cost`. \
In it go the top `3` shipments of every `depot` by `freight_cost`, the largest first, and every \
amount has two decimals. Shipments with `status` `held` do not count, nor do any before \
`2025-10-04`.

Last, put the date of the run into `/srv/publish/run.txt`, as `YYYY-MM-DD` in UTC; nothing else \
has to be sorted."""


def kinds(text: str, original: str = ORIGINAL, facts: list[str] = FACTS) -> set[str]:
    return {each.kind for each in check_rewrite(original, text, facts, TOOLS)}


def test_a_faithful_rewrite_passes() -> None:
    assert check_rewrite(ORIGINAL, REWRITE, FACTS, TOOLS) == []


def test_the_original_itself_is_only_unchanged() -> None:
    assert kinds(ORIGINAL) == {"unchanged"}
    assert kinds(ORIGINAL.replace(" ", "\n").upper()) > {"unchanged"}


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_must_stand(fact: str) -> None:
    shorter = REWRITE.replace(f"`{fact}`", "that")
    assert "missing_fact" in kinds(shorter)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("`/srv/publish/top.csv`", "`/srv/publish/top.csv.gz`"),
        ("`/srv/publish/top.csv`", "`/mnt/srv/publish/top.csv`"),
        ("`/srv/publish/run.txt`", "`/srv/publish/run.txt/`x"),
        ("`2025-10-04`", "`2025-10-041`"),
        ("`2025-10-04`", "`12025-10-04`"),
        ("`3`", "`-3`"),
        ("`3`", "`3.5`"),
        ("`held`", "withheld"),
        ("`held`", "held"),
        ("`freight_cost`", "`freight_costs`"),
        ("`depot,shipment_id,freight_cost`", "`depot, shipment_id, freight_cost`"),
        ("`YYYY-MM-DD`", "`yyyy-mm-dd`"),
    ],
)
def test_a_fact_inside_something_else_does_not_stand(old: str, new: str) -> None:
    assert old in REWRITE
    assert "missing_fact" in kinds(REWRITE.replace(old, new), facts=[old.strip("`")])


@pytest.mark.parametrize(
    ("added", "kind"),
    [
        ("Also fill `/srv/publish/log`.", "new_path"),
        ("Also fill /var/log.", "new_path"),
        ("The list lies in ~/notes.", "new_path"),
        ("See ./here.", "new_path"),
        ("Also fill summary.json.", "new_file"),
        ("Only .parquet counts.", "new_file"),
        ("Keep old/top.bak as well.", "new_file"),
        ("It takes 15 minutes.", "new_number"),
        ("There are 1,000 rows.", "new_number"),
        ("There are twelve depots.", "new_number"),
        ("Use -3 for it.", "new_number"),
        ("The column customer_id stays.", "new_name"),
        ("Set $LANG first.", "new_name"),
        ("The field customerId stays.", "new_name"),
        ("Ask it@harbourline.example.", "new_name"),
        ("See https://harbourline.example/wiki.", "new_name"),
        ("Write `missing` where there is none.", "new_quotation"),
        ('Write "missing" where there is none.', "new_quotation"),
        ("Write “missing” where there is none.", "new_quotation"),
        ("It is JSON in the end.", "new_format"),
        ("It is UTF-8 in the end.", "new_format"),
        ("Smallest first within a tie.", "reversed"),
        ("You may want awk here.", "command"),
        ("You may want MLR here.", "command"),
        ("Running sort is enough.", "command"),
        ("Do it with sort and head.", "command"),
        ("The find command helps.", "command"),
        ("Pipe it through head.", "command"),
        ("Call `sort -u`.", "command"),
        ("A numeric order, as with --reverse.", "command"),
        ("It is a && b.", "command"),
        ("Take $(date).", "command"),
        ("A Python script will do.", "command"),
        ("```\nthat\n```", "markup"),
        ("# The work", "markup"),
        ("This is **important**.", "markup"),
        ("| a | b |", "markup"),
        ("---", "markup"),
        ("See [the page](there).", "markup"),
        ("</instruction>", "markup"),
        ("<br/>", "markup"),
        ("Let me know if you'd like another version.", "own_words"),
        ("I hope this helps!", "own_words"),
        ("As an AI, I have kept to the facts.", "identity"),
        ("Written by ChatGPT.", "identity"),
        ("I am Qwen2.5 from Alibaba.", "identity"),
        ("I can't assist with that.", "identity"),
        ("The original request said so.", "editing"),
        ("All facts are kept verbatim.", "editing"),
        ("Hidden tests will look at it.", "editing"),
        ("Ein \u200bunseen space.", "odd_character"),
        ("A bell \x07 rings.", "odd_character"),
        ("An escape \x1b[31m.", "odd_character"),
        ("Right to \u202eleft.", "odd_character"),
        ("A\u00a0space.", "odd_character"),
        ("Broken \ud800.", "odd_character"),
        ("Broken \ufffd.", "odd_character"),
        ("请注意。", "odd_character"),
        ("a\tb", "odd_character"),
    ],
)
def test_what_is_added_is_noticed(added: str, kind: str) -> None:
    assert kind in kinds(f"{REWRITE}\n\n{added}")


@pytest.mark.parametrize(
    "preface",
    [
        "Sure, no problem.",
        "Certainly!",
        "Here is the rewritten request:",
        "Here's a more casual version of the text",
        "Rewritten instruction:",
        "**Request:**",
        "Request: ",
        "> Here are your new instructions.",
    ],
)
def test_a_preface_to_the_editor_is_noticed(preface: str) -> None:
    assert "own_words" in kinds(f"{preface}\n\n{REWRITE}")


@pytest.mark.parametrize(
    "added",
    [
        "Here is what matters: the figures.",
        "Thanks, e.g. for the patience, i.e. yours.",
        "Colleagues and/or insurers read it.",
        "Please find the file and sort out the date; then head home.",
        "We look at it with care - and soon.",
        "It's the well-known top.csv.",
        "That is the .csv and the .txt.",
        "Everybody’s waiting… really — yes, café too.",
        "1. One thing.\n2. Another thing.",
        "- One thing.\n- Another thing.",
        "From 2025 on.",
        "Let me know when it is done.",
        "OK?",
    ],
)
def test_ordinary_sentences_are_let_through(added: str) -> None:
    assert check_rewrite(ORIGINAL, f"{REWRITE}\n\n{added}", FACTS, TOOLS) == []


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("has two decimals", "has decimals", "two"),
        ("a CSV with", "a file with", "csv"),
        ("a tab-separated file", "a file", "tab-separated"),
        (" in UTC", "", "utc"),
    ],
)
def test_counts_and_formats_must_stay(old: str, new: str, detail: str) -> None:
    found = check_rewrite(ORIGINAL, REWRITE.replace(old, new), FACTS, TOOLS)
    assert [(each.kind, each.detail) for each in found] == [("missing_term", detail)]


def test_the_whole_in_quotes_or_a_fence_is_markup() -> None:
    assert "markup" in kinds(f"“{REWRITE}”")
    assert "markup" in kinds(f"```text\n{REWRITE}\n```")


def test_a_fact_may_stand_bare_unless_it_could_be_a_word() -> None:
    assert kinds(REWRITE.replace("`/srv/publish/run.txt`", "/srv/publish/run.txt.")) == set()
    assert kinds(REWRITE.replace("`YYYY-MM-DD`", "YYYY-MM-DD")) == set()
    assert kinds(REWRITE.replace("`depot`", "depot")) == {"missing_fact"}
    assert kinds(REWRITE.replace("`depot`", "'depot'")) == set()


def test_a_fact_that_is_no_word_of_its_own_in_the_original_may_stand_anywhere() -> None:
    assert kinds(REWRITE, facts=["ship", "cost,"]) == {"missing_fact"}
    assert kinds(REWRITE, facts=["ship", "_cost"]) == set()


def test_what_the_original_has_may_stay() -> None:
    original = (
        '## Wanted\n\nRun `python3 -m build` in `/app`, then **stop**; <id> is 7 and `x_y` "q".'
        " The language model of Qwen: rewrite it, with sort and find, as JSON."
    )
    text = (
        "## Wanted\n\nIn `/app`, `python3 -m build` has to be run; **stop** there. <id> is 7, and"
        ' `x_y` "q". Rewrite the language model of Qwen as JSON, with sort and find.'
    )
    assert check_rewrite(original, text, ["/app"], ["sort", "find", "python3"]) == []


def test_length_is_bounded_and_a_flood_is_not_looked_into() -> None:
    shortest, longest = length_bounds(ORIGINAL)
    assert "too_short" in kinds("`3` " * ((shortest - 4) // 4))
    assert kinds("`/a_b/c` " * longest) == {"too_long"}
    assert kinds(" \n ") == {"empty"}


def test_details_are_short_and_printable() -> None:
    found = check_rewrite(ORIGINAL, f"{REWRITE} `{'z' * 400}\x1b`", FACTS, TOOLS)
    assert found
    assert all(len(each.detail) <= 120 and each.detail.isprintable() for each in found)
    assert all(each.sentence().startswith("- ") for each in found)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("In /a/b.csv, or (/c/d/).", {"/a/b.csv", "/c/d"}),
        ("Copy ~/x and ../y/*.log and $HOME/z!", {"~/x", "../y/*.log", "$HOME/z"}),
        ("and/or, w/o, 3/4, yes / no, </id>", set()),
    ],
)
def test_paths(text: str, names: set[str]) -> None:
    assert literals.paths(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a.csv, sub/b.tar.gz. And *.log", {"a.csv", "sub/b.tar.gz", "*.log"}),
        ("the .env file", {".env"}),
        ("e.g. at 3.5 a.m. in the U.S. etc.", set()),
        ("/abs/a.csv", set()),
    ],
)
def test_files(text: str, names: set[str]) -> None:
    assert literals.files(text) == names


def test_numbers() -> None:
    text = "1. On 2024-01-05 at 10:30, 1,000 of 3.5 (-7) x2\n2) v1.2.3"
    assert literals.numbers(text) == {"2024-01-05", "10:30", "1,000", "3.5", "-7", "2", "1.2.3"}
    assert literals.new_numbers("from 10-20, three", "10 to 20, 3 and Ten") == {"3"}
    assert literals.new_numbers("7 days", "seven days") == set()


def test_programs_that_are_words_count_only_where_a_command_would_stand() -> None:
    tools = ["find", "sort", "make"]
    assert mentions("Find the files, make a list and sort it by date.", tools) == set()
    assert mentions("Use the find utility, then run make.", tools) == {"find", "make"}
    assert mentions("Do it via sort.", []) == set()
    assert mentions("Do it via sort.", tools) == {"sort"}
    assert mentions("grepping in seddy awkward places", []) == set()
    assert mentions("A `[` and a w.", ["[", "w"]) == set()


TEXT = st.text(
    alphabet=st.sampled_from("ab /.~`\"'<>-_*|#1,2:@$[](){}\n\\") | st.characters(), min_size=1
)


@given(TEXT.filter(lambda text: bool(text.strip())), st.lists(TEXT, max_size=3))
def test_no_text_breaks_it_and_the_original_is_never_at_fault(
    original: str, facts: list[str]
) -> None:
    stated = [fact for fact in facts if fact in original]
    found = {each.kind for each in check_rewrite(original, original, stated, TOOLS)}
    assert found == {"unchanged"}


@pytest.mark.parametrize(
    "unit",
    ["/", ".", "*", "a.", "a/", "-", " ", "\n", "|", "[", "<a ", "`", '"', "$", "_", "a_", "@"],
)
def test_a_hostile_text_does_not_take_long(unit: str) -> None:
    original = "x" * 10_000
    text = unit * (20_000 // len(unit))
    check_rewrite(original, text, ["x"], TOOLS)
