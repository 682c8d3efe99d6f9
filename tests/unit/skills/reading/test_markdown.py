"""The structure of Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.skills.document import Code
from shellwright.skills.reading.markdown import language, read_markdown


def code(text: str) -> list[Code]:
    return list(read_markdown(text).code)


def test_title_paragraph_and_headings() -> None:
    read = read_markdown("## Zero\n\n- item\n\n# `A` [b](c)\n\nFirst **one**.\nMore.\n\nSecond\n")
    assert read.title == "A b"
    assert read.paragraph == "First one. More."
    assert read.headings == ("Zero", "A b")


@pytest.mark.parametrize("name", ["bash", "sh", "Shell", "zsh", "console", "terminal", "{.bash}"])
def test_every_shell_is_sh(name: str) -> None:
    assert code(f"# A\n```{name}\nfoo\n```\n") == [Code("sh", "foo\n", "A")]


def test_names_of_languages() -> None:
    assert [language(name) for name in ("py", "JS title=x", "json", "")] == [
        "python",
        "javascript",
        "json",
        "",
    ]


def test_a_session_is_reduced_to_its_commands() -> None:
    block = "```console\n$ ls -a \\\n>   x\nout\nme@host:~$ wc x\n3 x\n```"
    assert code(block)[0].text == "ls -a \\\n  x\nwc x\n"


@pytest.mark.parametrize(
    "block",
    [
        "git status",
        "A=1 make all",
        "# all\nsort -u a | wc",
        "./go.sh x",
        "frob --all x",
        "$ frob -x",
    ],
)
def test_commands_without_a_language_are_sh(block: str) -> None:
    assert code(f"```\n{block}\n```")[0].language == "sh"


@pytest.mark.parametrize(
    "block",
    [
        "create a new file",
        "You are a helpful person.",
        '{"a": 1}',
        "src/\n  a.py",
        "name: x",
        "const a = await b('c');",
        "total 8",
        "- one\n- two",
        "find the name of the file.",
    ],
)
def test_other_blocks_without_a_language_have_none(block: str) -> None:
    assert code(f"```\n{block}\n```")[0].language == ""


def test_known_programs_help_to_tell_commands() -> None:
    assert read_markdown("```\nfrob all\n```", {"frob"}).code[0].language == "sh"


def test_indented_code_and_code_in_lists() -> None:
    assert [block.text for block in code("A\n\n    ls -a\n\n- b\n  ```sh\n  wc x\n  ```\n")] == [
        "ls -a\n",
        "wc x\n",
    ]


def test_a_list_item_that_is_one_command() -> None:
    assert code("# A\n- `wc -l x`\n- see `wc -l x`\n- `name`\n") == [Code("sh", "wc -l x\n", "A")]


@pytest.mark.parametrize("unit", ["> ", "- ", "[", "`", "```\n", "a\n", "# ![a](b\n", "<!-- "])
def test_hostile_texts_end(unit: str) -> None:
    read_markdown(unit * 20_000)


@given(st.text(alphabet="#`->* \nab|$", max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert all(block.text.strip() for block in code(text))
