"""tldr pages."""

import pytest

from shellwright.skills.document import Code
from shellwright.skills.found import FoundSkill, SourceFile
from shellwright.skills.reading.tldr import example, read_page

PAGE = """# frob count

> Count frobs in `files`.
> See what they weigh.
> More information: <https://example.org>.

- Count them:

`frob {{[-c|--count]}} {{path/to/file}} | sort > {{out}}`

- Print the [h]elp:

`frob {{[-h|--help]}}`
"""


def test_a_page() -> None:
    file = SourceFile("pages/common/frob-count.md", PAGE.encode())
    read = read_page(FoundSkill("pages/common/frob-count.md", (file,), (), "0"))
    assert (read.name, read.title) == ("frob-count", "frob count")
    assert read.description == "Count frobs in files. See what they weigh."
    assert read.code == (
        Code("sh", "frob --count path/to/file | sort > out\n", "Count them"),
        Code("sh", "frob --help\n", "Print the [h]elp"),
    )
    assert [call.program for call in read.calls] == ["frob", "sort", "frob"]
    assert read.problems == ()


def test_a_page_without_examples_has_a_problem() -> None:
    file = SourceFile("a.md", b"# a\n")
    assert read_page(FoundSkill("a.md", (file,), (), "0")).problems == ("page: no examples",)
    assert read_page(FoundSkill("a.md", (), (), "0")).name == "a"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("a {{[-x|--long]}}", "a --long"),
        ("a {{[ls|list]}}", "a list"),
        ("a {{path/to/file}}", "a path/to/file"),
        ("a {{file1 file2 ...}}", "a file1 file2"),
        ("a {{one|two}}", "a one"),
        ("a {{a.tar[.gz|.xz]}}", "a a.tar"),
        ("a {{some message}} b", "a some_message b"),
        ("a '{{some message}}' b", "a 'some message' b"),
        ("a {{--depth 2}}", "a --depth 2"),
        (r"a '\{\{.Id\}\}' {{x}}", "a '{{.Id}}' x"),
        ("a {{{x}}}", "a {x}"),
        ("a {{x", "a {{x"),
    ],
)
def test_placeholders_are_filled_in(command: str, expected: str) -> None:
    assert example(command) == expected
