"""What README and docs tell a reader to type and to look at."""

import re
import shlex
from pathlib import Path

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
# A question may go over several lines, and the quote closes it.
QUESTION = re.compile(r'^ *python -m shellwright\.query "[^"]*".*$', re.MULTILINE)
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NODE = re.compile(r"(?:^|[->]> )\s*(\w+)", re.MULTILINE)
# Words of Mermaid's own grammar, which no node of a flowchart may be called.
RESERVED = {"graph", "flowchart", "subgraph", "end", "style", "click", "class", "linkStyle"}


def questions() -> list[str]:
    return [found[0] for page in PAGES for found in QUESTION.finditer(page.read_text("utf-8"))]


def test_the_pages_have_questions_and_a_picture() -> None:
    assert len(questions()) > 5
    assert DIAGRAM.search((PROJECT / "README.md").read_text("utf-8"))


@pytest.mark.parametrize("question", questions())
def test_a_question_to_the_tables_is_one_statement(question: str) -> None:
    command = shlex.split(question, comments=True)
    sql = command[command.index("shellwright.query") + 1]
    assert len(duckdb.extract_statements(sql)) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_node_of_a_picture_has_a_word_of_its_grammar_for_a_name(page: Path) -> None:
    for picture in DIAGRAM.findall(page.read_text("utf-8")):
        first, *arrows = picture.strip().split("\n")
        assert first.startswith("flowchart ")
        nodes = {name for arrow in arrows for name in NODE.findall(arrow)}
        assert len(nodes) > 1
        assert not nodes & RESERVED
