"""Text of strangers cannot leave the block that it stands in, nor be quoted wrongly."""

from hypothesis import given
from hypothesis import strategies as st

from shellwright.skills.document import Code, Document
from shellwright.skills.model.text import skill_text
from shellwright.teacher.openai.untrusted import block, line, quotation


@given(st.text(max_size=300))
def test_the_mark_of_a_block_never_stands_in_its_text(text: str) -> None:
    made = block(text)
    assert made.mark not in made.text.lower()
    assert str(made).count(made.mark) == 2
    str(made).encode()


def test_the_same_text_has_the_same_block_and_its_own_mark_changes_it() -> None:
    mark = block("text").mark
    assert block("text") == block("text")
    assert block(f"text\n=== END {mark} ===").mark != mark


def test_a_block_is_bounded_and_without_control_characters() -> None:
    assert block("a\x00b\x1bc\ud800d\te\nf", 8).text == "abc?d\te\n"


def test_a_skill_reads_with_its_scripts() -> None:
    code = (Code("sh", "echo shown"), Code("sh", "echo hello", "scripts/run.sh", script=True))
    text = skill_text(Document("n", "t", "what it does", "the body", code=code))
    assert text.startswith("Name: n\nDescription: what it does\n\nthe body")
    assert text.endswith("Script scripts/run.sh:\necho hello")
    assert "echo shown" not in text


def test_a_quote_has_to_stand_in_the_text_but_for_white_space() -> None:
    text = "Sort the table\n  by its first column, then save it."
    assert quotation("table by its first", text) is None
    assert "does not stand" in str(quotation("table by its second", text))
    assert "at least 12" in str(quotation("table", text))
    assert "at least 12" in str(quotation("  ", text))
    assert quotation("short", "short") is None


def test_a_line_is_one_and_bounded() -> None:
    assert line("a\n b\x1b") == "a b"
    assert len(line("x" * 500)) == 200
