"""A skill's folder as a document."""

from hypothesis import given
from hypothesis import strategies as st

from shellwright.skills.document import Code, Document
from shellwright.skills.found import FoundSkill, SourceFile
from shellwright.skills.reading.document import MAX_DESCRIPTION, read_document


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


def test_an_invalid_name_is_made_valid() -> None:
    read = document("---\nname: Count -- Words!\ndescription: x\n---\n")
    assert read.name == "count-words"
    assert read.problems == ("name: 'Count -- Words!' is not valid; made count-words",)


def test_a_name_without_a_usable_letter_gives_way_to_the_folder() -> None:
    assert document("---\nname: 数\n---\n").name == "count-words"
    assert document("---\nname: 数\n---\n", folder="数").name == "skill"


def test_a_long_description_is_cut() -> None:
    read = document(f"---\nname: a\ndescription: {'word ' * 300}\n---\n")
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
    assert read_document(FoundSkill("a", (file,), (), "0")).name == "b"


def test_a_folder_without_a_text_is_not_fatal() -> None:
    read = read_document(FoundSkill("a/b", (), (), "0"))
    assert read.name == "b"
    assert read.problems[0] == "SKILL.md: missing"


def test_a_text_that_was_cut_off_is_a_problem() -> None:
    file = SourceFile("a/SKILL.md", TEXT.encode(), whole=False)
    assert read_document(FoundSkill("a", (file,), (), "0")).problems == (
        "text: cut off at the size limit",
    )


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(content: bytes) -> None:
    found = FoundSkill("a", (SourceFile("a/SKILL.md", b"---\n" + content),), (), "0")
    assert read_document(found) == read_document(found)
