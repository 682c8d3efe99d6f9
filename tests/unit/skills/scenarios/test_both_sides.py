"""What stands before and after in one form, what is the skill's own, and what else it rests on."""

import pytest

from shellwright.skills.document import Call, Code, Document, Sketch
from shellwright.skills.scenarios.formats import by_name
from shellwright.skills.scenarios.infer import infer
from shellwright.skills.scenarios.purposes import needed_packages
from shellwright.skills.scenarios.tasks import says_it_checks
from shellwright.skills.scenarios.variables import resolved


def call(line: str, **more: str | int | tuple[str, ...]) -> Call:
    words = line.split()
    return Call(words[0], tuple(words[1:]), **more)  # type: ignore[arg-type]


def skill(
    *calls: Call, code: tuple[Code, ...] = (), body: str = "", description: str = ""
) -> Document:
    """A skill, and no page: it has front matter."""
    return Document(
        name="acme",
        title="",
        description=description,
        body=body,
        front={"name": "acme"},
        calls=calls,
        code=code,
    )


def script(text: str, language: str = "python", path: str = "scripts/run.py") -> Code:
    return Code(language, text, path, script=True)


def ids(sketches: list[Sketch]) -> list[str]:
    return [f"{s.kind}:" + ",".join(f"{n}={v}" for n, v in s.state) for s in sketches]


def told(document: Document) -> tuple[list[str], list[str]]:
    pre, post = infer(document)
    return ids(pre), ids(post)


PYTHON = "package:condition=installed,purpose=python"


def test_a_store_that_a_script_keeps_is_edited() -> None:
    code = (
        'STORE = Path.home() / "notes.json"\n'
        "with open(STORE) as f:\n    notes = json.load(f)\n"
        'with open(STORE, "w") as f:\n    json.dump(notes, f)\n'
    )
    pre, post = told(skill(code=(script(code),)))
    assert pre == ["document:format=json", PYTHON]
    assert post == ["document:condition=edited,format=json"]


def test_another_file_of_the_same_form_is_new() -> None:
    code = (
        "with open(args.input) as f:\n    rows = json.load(f)\n"
        'with open(args.output, "w") as f:\n    json.dump(rows, f)\n'
    )
    assert told(skill(code=(script(code),)))[1] == ["document:condition=written,format=json"]


def test_what_is_turned_into_one_another_stands_on_both_sides() -> None:
    pre, post = told(skill(call("pandoc a.md -o b.html"), call("pandoc c.html -o d.md")))
    assert set(pre) >= {"document:format=markdown", "page:format=html"}
    assert set(post) >= {"document:format=markdown", "page:format=html"}


def test_formats_that_a_converter_lists_are_ways_to_begin_and_to_end() -> None:
    listed = "## Supported Formats\n\n- DOCX\n- PDF\n\n## Use\n"
    pre, post = told(skill(body=listed, description="Convert documents between multiple formats."))
    forms = {"document:format=docx", "document:format=pdf"}
    assert forms <= set(pre)
    assert forms <= set(post)


def test_a_file_that_is_changed_in_place_is_edited() -> None:
    assert told(skill(call("sed -i s/a/b/ notes.md"))) == (
        ["document:format=markdown"],
        ["document:condition=edited,format=markdown"],
    )
    block = Code("sh", 'F="$HOME/todo.md"\nawk 1 "$F" > "$F.tmp"\nmv "$F.tmp" "$F"\n', "t.sh", True)
    calls = (
        Call("awk", ("/x/", "$F"), writes=("$F.tmp",)),
        Call("mv", ("$F.tmp", "$F")),
    )
    assert told(skill(*calls, code=(block,)))[1] == ["document:condition=edited,format=markdown"]


@pytest.mark.parametrize(
    ("setting", "word", "path"),
    [
        ('LOG="$DIR/run.log"', "$LOG", "$DIR/run.log"),
        ('F="${F:-TODO.md}"', "$F", "TODO.md"),
        ('F="${1:-notes.md}"', "$F", "notes.md"),
        ("D=data\nF=$D/a.csv", "${F}", "data/a.csv"),
        ("F=$(mktemp)", "$F", "$F"),
        ("F=1", "$G", "$G"),
    ],
)
def test_variables_stand_for_the_paths_that_they_were_given(
    setting: str, word: str, path: str
) -> None:
    (found,) = resolved([Call("cat", (word,))], [Code("sh", setting + "\n", "", True)])
    assert found.arguments == (path,)


def test_the_evidence_is_as_the_skill_says_it() -> None:
    block = Code("sh", "F=a.csv\nsort $F > b.csv\n", "t.sh", True)
    pre, _ = infer(skill(Call("sort", ("$F",), writes=("b.csv",)), code=(block,)))
    assert pre[0].evidence == "sort $F > b.csv"


def test_a_program_that_a_variable_holds_is_needed() -> None:
    text = 'tool="${TOOL:-ffmpeg}"\n"$tool" -i a.mp4 b.gif\n"$other" c.csv\n'
    block = Code("sh", text, "cut.sh", script=True)
    pre, _ = infer(skill(call("frobnicate a.csv -q"), code=(block,)))
    assert ids(pre) == ["table:format=csv", "package:condition=installed,purpose=media"]
    assert pre[1].evidence == "${TOOL:-ffmpeg}"


def test_a_variable_without_a_value_is_known_by_its_name_or_not_at_all() -> None:
    assert ids(infer(skill(call("tail -f $ERROR_LOG")))[0])[0] == "log:"
    assert infer(skill(Call("awk", ("{print}", "$STATE"))))[0] == []
    kept = by_name("notes.md.bak")
    assert kept is not None
    assert kept.kind == "document"


def test_scripts_of_the_skill_are_no_artifacts() -> None:
    document = skill(
        call("chmod -R +x run.sh"),
        call("cp -r run.sh lib.sh out/"),
        call("sort a.csv -o b.csv"),
        code=(script("true\n", "sh", "lib.sh"), script("true\n", "sh", "run.sh")),
    )
    pre, post = infer(document)
    assert all(each.kind not in ("script", "program") for each in (*pre, *post))


def test_calls_of_its_own_scripts_count_where_the_text_only_mentions_them() -> None:
    document = skill(
        code=(script("import sys\n", path="scripts/count.py"),),
        body="| Tool | Use |\n| --- | --- |\n| count | `python scripts/count.py a.csv` |\n",
    )
    assert told(document) == (["table:format=csv", PYTHON], ["report:format=text"])


def test_the_second_thing_to_start_from_may_be_the_software() -> None:
    document = skill(call("marp slides.md -o slides.pdf"))
    assert told(document)[0] == [
        "document:format=markdown",
        "package:condition=installed,purpose=documents",
    ]
    assert told(skill(call("frobnicate a.csv -o b.pdf")))[0] == ["table:format=csv"]
    page = Document(name="marp", title="", description="", body="", calls=document.calls)
    assert told(page)[0] == ["document:format=markdown"]
    found = needed_packages(
        ["import json\nfrom PIL import Image\nimport cv2\nimport pandas as pd\n"]
    )
    assert [dict(each.state)["purpose"] for _, each in found] == ["images", "tables"]


@pytest.mark.parametrize(
    ("option", "made"),
    [
        ("--format markdown", "document:format=markdown"),
        ("--output json", "report:format=json"),
        ("--json", "report:format=json"),
        ("--format wide", None),
    ],
)
def test_an_option_tells_the_form_of_what_comes_out(option: str, made: str | None) -> None:
    post = told(skill(call(f"python3 scripts/count.py {option}")))[1]
    assert post == ([made] if made else [])


def test_formats_that_a_script_offers_are_told() -> None:
    code = 'p.add_argument("--format", choices=["md", "csv"])\nrows = csv.reader(f)\n'
    assert set(told(skill(code=(script(code),)))[1]) == {
        "document:format=markdown",
        "table:format=csv",
    }


def test_what_a_skill_checks_has_been_checked() -> None:
    document = skill(call("rg -l eval src/"), description="Scan folders for leaked secrets.")
    assert told(document)[1] == ["tree:condition=checked", "report:format=text"]
    other = skill(call("rg -l eval src/"), description="Search folders. Use when asked to check.")
    assert told(other)[1] == ["report:format=text"]
    between = skill(description="Establish, verify and keep trust.")
    assert says_it_checks(between)
    assert not says_it_checks(between, first=True)
    assert says_it_checks(skill(body="Exit codes: 0 = clean, 1 = warnings.\n")) != ""


def test_a_text_that_a_script_writes_is_made() -> None:
    block = Code("sh", "cat > digest.md << EOF\n# Digest\nEOF\n", "digest.sh", script=True)
    writes = Call("cat", (), writes=("digest.md",), fed=("# Digest\n",))
    assert told(skill(call("rg -l x src/"), writes, code=(block,)))[1] == [
        "document:format=markdown",
        "report:format=text",
    ]
    log = Code("sh", 'echo "done" >> run.log\n', "log.sh", script=True)
    assert told(skill(code=(log,), description="Convert PDF files to Markdown"))[1] == [
        "document:format=markdown",
        "log:",
    ]


def test_files_that_the_text_names_are_read_or_written() -> None:
    body = (
        "Reads `data/orders.csv` line by line.\nResults are saved to `out/report.pdf`.\n"
        "Never written to `out/secret.xlsx`. Read `references/guide.md` first.\n"
    )
    pre, post = told(skill(call("frobnicate now"), body=body))
    assert pre == ["table:format=csv"]
    assert post == ["document:format=pdf"]


def test_examples_of_what_may_be_asked_for_tell_what_is_taken_and_made() -> None:
    body = (
        '**Example prompts:**\n- "Convert 100 PDFs to Word documents"\n'
        '- "Resize all images of a folder"\n- "Create a report"\n\n'
        '## Else\n\n- "Translate the EPUB"\n'
    )
    pre, post = told(skill(body=body, description="Process files in bulk."))
    assert set(pre) == {"document:format=pdf", "image:", "tree:"}
    assert post == ["document:format=docx"]


def test_what_a_skill_edits_is_told_beside_what_it_converts() -> None:
    document = skill(
        call("python3 scripts/excel.py from-csv a.csv b.xlsx"),
        call("python3 scripts/excel.py info c.xlsx"),
        description="Read, write and edit Excel files.",
    )
    assert "table:condition=edited,format=xlsx" in told(document)[1]


def test_headings_about_other_requirements_need_nothing() -> None:
    body = "## German Requirements\n\n- Video recordings\n\n## Setup requirements\n\n- CSV files\n"
    pre, _ = told(skill(call("frobnicate -o a.pdf"), body=body))
    assert pre == ["table:format=csv"]


def test_no_word_is_cut_to_another() -> None:
    # Only so much is read of what stands behind a verb.
    words = "Analyzes" + " x" * 33 + " publishes"
    pre, _ = told(skill(call("frobnicate a.csv -q"), description=words))
    assert "document:format=epub" not in pre


def test_what_is_only_named_for_a_thing_is_not_the_thing() -> None:
    body = "## Output\n\n- Images without captions\n- PDF library\n- Markdown\n"
    assert told(skill(call("frobnicate a.csv -q"), body=body))[1] == [
        "document:format=markdown",
        "report:format=text",
    ]
