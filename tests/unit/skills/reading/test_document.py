"""A skill's folder as a document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.skills.document import Code, Document
from shellwright.skills.found import FoundSkill, SourceFile
from shellwright.skills.reading.document import read_document
from shellwright.skills.reading.specification import MAX_DESCRIPTION


def document(text: str, folder: str = "me/count-words", **others: str) -> Document:
    files = [SourceFile(f"{folder}/SKILL.md", text.encode())]
    files += [
        SourceFile(f"{folder}/{path.replace('__', '/')}", content.encode())
        for path, content in others.items()
    ]
    return read_document(FoundSkill(folder, tuple(files), (), "0"))


TEXT = """---
name: count-words
description: Counts the words of a file.
license: MIT
metadata: {"openclaw": {"requires": {"bins": ["wc"]}}}
---
# Count words

## Count

```bash
wc -w {file} > out
```
"""


def test_a_sound_skill() -> None:
    read = document(TEXT)
    assert (read.name, read.title) == ("count-words", "Count words")
    assert read.description == "Counts the words of a file."
    assert read.license_hint == "MIT"
    assert read.requirements.bins == ("wc",)
    assert read.headings == ("Count words", "Count")
    assert [(call.program, call.writes) for call in read.calls] == [("wc", ("out",))]
    assert read.body.startswith("# Count words")
    assert read.problems == ()


def test_what_is_missing_is_taken_from_elsewhere() -> None:
    read = document("Counts *words*.\n\nMore.\n")
    assert (read.name, read.title, read.description) == (
        "count-words",
        "count-words",
        "Counts words.",
    )
    assert read.problems == (
        "front matter: none",
        "name: missing; the folder's is taken",
        "description: missing; the first paragraph is taken",
    )


OTHERS = "characters other than a-z, 0-9 and -"


@pytest.mark.parametrize(
    ("name", "wrong", "made"),
    [
        ("Count words", OTHERS, "count-words"),
        ("count_words", OTHERS, "count-words"),
        ("Count -- Words!", f"{OTHERS}, hyphens in a row", "count-words"),
        ("count--words", "hyphens in a row", "count-words"),
        ("-count-words", "a hyphen at its end or beginning", "count-words"),
        ("a" * 65, "more than 64 characters", "a" * 64),
    ],
)
def test_an_invalid_name_is_made_valid(name: str, wrong: str, made: str) -> None:
    read = document(f"---\nname: {name}\ndescription: x\n---\n")
    assert read.name == made
    assert read.problems == (
        f"name: {name!r} has {wrong}; made {made}",
        f"name: {name!r} is not that of the folder, 'count-words'",
    )


def test_a_name_differs_from_its_folder() -> None:
    text = "---\nname: count-words\ndescription: x\n---\n"
    read = document(text, folder="me/Count_Words")
    assert read.name == "count-words"
    assert read.problems == ("name: 'count-words' is not that of the folder, 'Count_Words'",)
    # What the root of a source is called is not the skill's choice.
    assert document(text, folder=".").problems == ()


@pytest.mark.parametrize(
    ("front", "name", "description", "problems"),
    [
        (
            "name: 12\ndescription: [a, b]",
            "12",
            "a, b",
            (
                "name: a number, not text",
                "description: a list, not text",
                "name: '12' is not that of the folder, 'count-words'",
            ),
        ),
        (
            "name: null\ndescription: ~",
            "count-words",
            "Counts.",
            (
                "name: missing; the folder's is taken",
                "description: missing; the first paragraph is taken",
            ),
        ),
        (
            "name: {first: a}\ndescription: ''",
            "count-words",
            "Counts.",
            (
                "name: a mapping, not text",
                "name: missing; the folder's is taken",
                "description: missing; the first paragraph is taken",
            ),
        ),
        (
            "name: yes\ndescription: 2026-01-31",
            "yes",
            "2026-01-31",
            (
                "name: true or false, not text",
                "description: a date, not text",
                "name: 'yes' is not that of the folder, 'count-words'",
            ),
        ),
    ],
)
def test_name_and_description_of_other_types(
    front: str, name: str, description: str, problems: tuple[str, ...]
) -> None:
    read = document(f"---\n{front}\n---\nCounts.\n")
    assert (read.name, read.description, read.problems) == (name, description, problems)


@pytest.mark.parametrize(
    ("front", "problem"),
    [
        ("license: {spdx: MIT}", "license: a mapping, not text"),
        ("allowed-tools: [Bash, Read]", "allowed-tools: a list, not text"),
        ("compatibility: 3.11", "compatibility: a number, not text"),
        (f"compatibility: {'x' * 501}", "compatibility: 501 characters, more than 500"),
        ("metadata: {version: 1.0, tags: [a]}", "metadata: not text in version, tags"),
        ("metadata: '{\"openclaw\": {}}'", "metadata: a mapping within text; read"),
        (
            "license: MIT\n---\nAll rights reserved.\n",
            "license: MIT, but the text says: All rights reserved.",
        ),
        ("author: me\ntags: [a]", "front matter: fields of no specification: author, tags"),
    ],
)
def test_fields_that_break_the_specification(front: str, problem: str) -> None:
    read = document(f"---\nname: count-words\ndescription: x\n{front}\n---\n")
    assert read.problems == (problem,)


@pytest.mark.parametrize(
    "front",
    [
        "license: MIT\ncompatibility: Linux\nallowed-tools: Bash Read",
        'metadata: {version: "1.0", author: me, openclaw: {always: true, os: [linux]}}',
        "version: 1.0.0\nhomepage: https://example.org\nuser-invocable: true",
    ],
)
def test_what_the_specification_and_openclaw_allow_is_no_problem(front: str) -> None:
    read = document(f"---\nname: count-words\ndescription: x\n{front}\n---\n")
    assert read.problems == ()


def test_a_name_without_a_usable_letter_gives_way_to_the_folder() -> None:
    assert document("---\nname: 数\n---\n").name == "count-words"
    assert document("---\nname: 数\n---\n", folder="数").name == "skill"


def test_a_long_description_is_cut() -> None:
    read = document(f"---\nname: a\ndescription: {'word ' * 300}\n---\n", folder="a")
    assert len(read.description) <= MAX_DESCRIPTION
    assert read.description.endswith("word…")
    assert read.problems == ("description: 1499 characters; cut to 1024",)


def test_scripts_beside_the_text_are_code() -> None:
    files = {"scripts__go.sh": "jq . x\n", "a.py": "x = 1\n", "b.txt": "no"}
    read = document(TEXT, **files)
    assert [block for block in read.code if block.script] == [
        Code("sh", "jq . x\n", "scripts/go.sh", script=True),
        Code("python", "x = 1\n", "a.py", script=True),
    ]
    assert [call.program for call in read.calls] == ["wc", "jq"]


def test_the_text_s_name_may_be_in_any_case() -> None:
    file = SourceFile("a/skill.MD", b"---\nname: b\n---\n")
    read = read_document(FoundSkill("a", (file,), (), "0"))
    assert read.name == "b"
    assert read.problems[0] == "SKILL.md: called skill.MD"


def test_a_folder_without_a_text_is_not_fatal() -> None:
    read = read_document(FoundSkill("a/b", (), (), "0"))
    assert read.name == "b"
    assert read.problems[0] == "SKILL.md: missing"


def test_a_text_that_was_cut_off_is_a_problem() -> None:
    file = SourceFile("count-words/SKILL.md", TEXT.encode(), whole=False)
    assert read_document(FoundSkill("count-words", (file,), (), "0")).problems == (
        "text: cut off at the size limit",
    )


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(content: bytes) -> None:
    found = FoundSkill("a", (SourceFile("a/SKILL.md", b"---\n" + content),), (), "0")
    assert read_document(found) == read_document(found)
