"""Scenarios before and after a skill."""

from hypothesis import given
from hypothesis import strategies as st

from shellwright.skills.document import Call, Code, Document, Requirements, Sketch
from shellwright.skills.scenarios.infer import infer
from shellwright.skills.scenarios.vocabulary import valid


def call(line: str, **more: str | tuple[str, ...]) -> Call:
    words = line.split()
    return Call(words[0], tuple(words[1:]), **more)  # type: ignore[arg-type]


def skill(*calls: Call, name: str = "acme", description: str = "") -> Document:
    return Document(name=name, title="", description=description, body="", calls=calls)


def ids(sketches: list[Sketch]) -> list[str]:
    return [f"{s.kind}:" + ",".join(f"{n}={v}" for n, v in s.state) for s in sketches]


def both(*calls: Call) -> tuple[list[str], list[str]]:
    pre, post = infer(skill(*calls))
    return ids(pre), ids(post)


def test_options_decide_what_a_program_does() -> None:
    packs = both(call("tar -czf backup.tar.gz project/"))
    unpacks = both(call("tar xf backup.tar.xz"))
    assert packs == (["tree:"], ["archive:format=tar.gz"])
    assert unpacks == (["archive:format=tar.xz"], ["tree:"])


def test_sub_commands_decide_what_a_program_does() -> None:
    assert both(call("git -C site merge topic")) == (
        ["repository:condition=diverged"],
        ["repository:condition=merged"],
    )


def test_a_redirection_tells_what_is_made() -> None:
    assert both(call("sort orders.csv", writes=("sorted.csv",))) == (
        ["table:format=csv"],
        ["table:extent=ranked,format=csv"],
    )


def test_what_is_printed_is_a_report() -> None:
    assert both(call("sqlite3 shop.db")) == (["database:engine=sqlite"], ["report:format=text"])


def test_what_goes_into_a_pipe_is_neither_before_nor_after() -> None:
    found = both(
        call("jq -c .[] orders.json"),
        Call("grep", ("-v", "draft"), piped_from="jq", writes=("orders.jsonl",)),
    )
    assert found == (["document:format=json"], ["table:extent=selected,format=jsonl"])


def test_what_one_call_makes_and_another_takes_is_not_there_before() -> None:
    pre, post = both(
        call("pandoc notes.md -o notes.html"),
        call("wkhtmltopdf notes.html notes.pdf"),
    )
    assert pre == ["document:format=markdown"]
    assert post == ["document:format=pdf", "page:format=html"]


def test_what_was_made_before_a_change_of_folder_is_not_there_before() -> None:
    pre, post = both(
        call("sha256sum project/a.txt", writes=("../SHA256SUMS",)),
        call("sha256sum -c ../../SHA256SUMS"),
    )
    assert (pre, post[0]) == (["document:format=text"], "manifest:condition=fresh")


def test_a_database_that_is_loaded_from_a_table_is_not_there_before() -> None:
    loads = Call("sqlite3", ("shop.db", "-cmd", "'.mode csv'", "'.import orders.csv orders'"))
    asks = Call("sqlite3", ("shop.db", "'select 1'"), writes=("report.txt",))
    pre, post = both(loads, asks)
    assert pre == ["table:format=csv"]
    assert "database:content=imported,engine=sqlite" in post
    assert both(Call("sqlite3", ("shop.db",), fed=(".import -v orders.csv orders\n",)))[0] == pre


def test_a_copy_in_the_same_state_is_no_scenario() -> None:
    assert both(call("cp a.csv b.csv")) == ([], [])


def test_an_unknown_program_is_known_by_its_files() -> None:
    assert both(call("frobnicate --input a.csv --output b.pdf")) == (
        ["table:format=csv"],
        ["document:format=pdf"],
    )
    assert both(call("frobnicate input.svg output.svg")) == (
        ["image:format=svg"],
        ["image:condition=edited,format=svg"],
    )
    assert both(call("frobnicate chart.svg")) == (["image:format=svg"], ["report:format=text"])


def test_the_script_that_is_run_is_no_artifact() -> None:
    assert both(call("python3 scripts/report.py a.csv --output b.json")) == (
        ["table:format=csv"],
        ["document:format=json"],
    )


def test_nothing_is_invented() -> None:
    assert infer(skill(call("frobnicate --all now"))) == ([], [])
    assert infer(skill()) == ([], [])


def test_one_known_program_among_many_unknown_ones_tells_nothing() -> None:
    calls = [call(f"frobnicate step{number}") for number in range(20)]
    assert infer(skill(*calls, call("jq . a.json"))) == ([], [])


def test_installs_count_only_where_they_are_what_the_skill_is_about() -> None:
    install = call("pip install frobnicate")
    assert infer(skill(install)) == ([], [])
    pre, _ = infer(skill(install, description="Install the dependencies of a project."))
    assert ids(pre) == ["dependency:condition=missing,language=python"]


def test_families_of_commands_are_known_by_their_verb() -> None:
    assert both(call("hcloud server create --name web")) == (
        ["cloud:condition=missing,provider=other"],
        ["cloud:condition=present,provider=other"],
    )


def test_a_sentence_says_the_state_and_nothing_of_whose_it_is() -> None:
    parking, shelving = (
        skill(call("git stash"), name=name, description=f"{name} keeps edits of a branch.")
        for name in ("park-changes", "shelve")
    )
    pre, _ = infer(parking)
    assert pre[0].text == "There is a repository with uncommitted changes."
    assert pre[0].evidence == "git stash"
    assert infer(shelving) == infer(parking)


def test_what_data_is_about_is_told_in_words_of_a_closed_list() -> None:
    document = skill(call("sort orders.csv", writes=("sorted.csv",)), name="acme-weather-forecasts")
    pre, _ = infer(document)
    assert pre[0].text == "There is a CSV table about the weather."
    assert ids(pre) == ["table:about=weather,format=csv"]


def test_an_unknown_program_is_known_by_its_verb_and_what_it_speaks_of() -> None:
    assert both(call("frob tasks add milk")) == (
        ["entry:condition=missing,of=task"],
        ["entry:condition=present,of=task"],
    )
    assert both(call("frob widgets add milk")) == ([], [])
    assert both(call("frob widgets list --json")) == (
        ["package:condition=installed,purpose=special"],
        ["report:format=json"],
    )


def test_requirements_are_what_a_skill_starts_from() -> None:
    document = Document(
        name="frames",
        title="",
        description="",
        body="# Frames\n\n## Prerequisites\n\n- an API key\n- Python 3.10+\n\n## Use\n\nAn MP3.",
        requirements=Requirements(bins=("ffmpeg", "ls"), env=("ACME_TOKEN",)),
        calls=(call("frobnicate -i a.mp4 -o b.gif"),),
    )
    pre, _ = infer(document)
    assert ids(pre) == [
        "video:format=mp4",
        "package:condition=installed,purpose=media",
        "secret:condition=stored,of=service",
        "package:condition=installed,purpose=python",
    ]
    evidence = {sketch.kind: sketch.evidence for sketch in pre}
    assert evidence["secret"] == "requires env: ACME_TOKEN"


def test_what_is_said_not_to_be_needed_is_not() -> None:
    document = Document(
        name="frames",
        title="",
        description="Does not convert PDF files to Markdown.",
        body="## Requirements\n\nNo API key needed. Python not required. A CSV file is.\n",
        requirements=Requirements(env=("AUTHOR_NAME", "KEYBOARD")),
        calls=(call("frobnicate -o b.gif"),),
    )
    pre, post = infer(document)
    assert ids(pre) == ["table:format=csv"]
    assert all(sketch.kind != "document" for sketch in post)


def test_a_description_tells_what_is_taken_and_made() -> None:
    document = skill(description="Convert PDF files to Markdown. Handles (old) scans.")
    pre, post = infer(document)
    assert (ids(pre), ids(post)) == (["document:format=pdf"], ["document:format=markdown"])
    assert pre[0].evidence == "Convert PDF files to Markdown"


def test_a_section_on_results_tells_what_is_left_behind() -> None:
    table = "| Kind | Notes |\n| --- | --- |\n\n"
    body = f"## Output\n\n{table}- Markdown for people\n\n## Also\n\nA PDF.\n"
    found = infer(
        Document(name="a", title="", description="", body=body, calls=(call("frobnicate a.png"),))
    )
    assert ids(found[1]) == ["document:format=markdown", "report:format=text"]


def test_other_code_is_known_by_what_it_calls() -> None:
    text = "import csv\nrows = csv.DictReader(f)\ndoc = Document()\ndoc.save('letter.docx')\n"
    document = Document(
        name="letters", title="", description="", body="", code=(Code("python", text),)
    )
    pre, post = infer(document)
    assert (ids(pre), ids(post)) == (["table:format=csv"], ["document:format=docx"])
    assert pre[0].evidence == "rows = csv.DictReader(f)"


def test_a_call_reads_or_writes_the_file_that_it_names() -> None:
    text = (
        "open('out.csv', encoding='utf-8', mode='w')\nPath('out.md').write_text(t)\n"
        "db.restore('in.sql')\nPath('in.tsv').read_text()\n"
    )
    document = Document(name="a", title="", description="", body="", code=(Code("python", text),))
    pre, post = infer(document)
    assert ids(pre) == ["table:format=tsv"]
    assert ids(post) == ["table:format=csv", "document:format=markdown"]


def test_what_is_printed_counts_in_scripts_alone() -> None:
    text = "import json\nprint(json.load(open('a.json')))\n"
    shown, script = (
        Document(name="a", title="", description="", body="", code=(Code("python", text, "", own),))
        for own in (False, True)
    )
    assert infer(shown) == ([], [])
    assert ids(infer(script)[1]) == ["report:format=text"]


def test_a_complaint_is_no_report() -> None:
    complaint = (
        "import json, sys\nrows = json.load(open('a.json'))\nprint('None', file=sys.stderr)\n"
    )
    for code, evidence in (
        (complaint, []),
        (complaint + "print(rows)\n", ["print(rows)"]),
        (complaint + "print(json.dumps({}), file=sys.stderr)\n", []),
    ):
        script = (Code("python", code, "", True),)
        document = Document(name="a", title="", description="", body="", code=script)
        assert [each.evidence for each in infer(document)[1]] == evidence


def test_a_runner_of_programs_is_seen_through_with_its_options() -> None:
    plain = both(call("tar -czf a.tar.gz project/"))
    for runner in ("uv run", "uv run -q --with rich", "uvx --from tarballs", "npx -y -p tarballs"):
        assert both(call(f"{runner} tar -czf a.tar.gz project/")) == plain, runner
    script = both(call("uv run --with openpyxl python3 excel.py a.xlsx"))
    assert script == (["table:format=xlsx"], ["report:format=text"])


def test_what_is_run_whenever_files_change_does_the_work() -> None:
    pre, post = both(call("find src/"), call("entr -c make", piped_from="find"))
    assert "project:build=make,condition=source" in pre
    assert post == ["project:build=make,condition=sound"]
    assert both(call("find src/"), call("entr -r frobnicate", piped_from="find"))[1] == [
        "report:format=text"
    ]


def test_what_git_only_tells_changes_no_repository() -> None:
    for line in (
        "git config user.name",
        "git -C site config user.name",
        "git describe --tags --abbrev=0",
        "git tag",
        "git branch",
        "git remote",
    ):
        assert both(call(line))[1] == ["report:format=text"], line
    for line, condition in (
        ("git config user.name Ada", "configured"),
        ("git config --unset user.name", "configured"),
        ("git remote add origin x", "configured"),
        ("git tag v1", "tagged"),
        ("git branch -m main", "branched"),
    ):
        assert both(call(line))[1] == [f"repository:condition={condition}"], line


def test_a_program_is_needed_only_where_nothing_else_is_known() -> None:
    assert both(call("frobnicate status")) == (
        ["package:condition=installed,purpose=special"],
        ["report:format=text"],
    )
    assert both(call("frobnicate a.csv"))[0] == ["table:format=csv"]


WORDS = st.sampled_from(
    """tar git -x -czf a.tar.gz b.csv c.png -o out.pdf merge add jq find . -i ffmpeg d.mp4 python3
    run.py --output=e.json docker build aws create x/ {{path/to/file}} s/a/b/""".split()  # noqa: SIM905
)
CALLS = st.builds(
    Call,
    WORDS,
    st.lists(WORDS, max_size=6).map(tuple),
    st.lists(WORDS, max_size=1).map(tuple),
    st.lists(WORDS, max_size=1).map(tuple),
    st.sampled_from(["", "jq", "git"]),
)


@given(st.lists(CALLS, max_size=8), st.text(max_size=300))
def test_what_comes_out_keeps_to_the_bounds(calls: list[Call], description: str) -> None:
    document = skill(*calls, description=description)
    pre, post = infer(document)
    assert bool(pre) == bool(post)
    assert infer(document) == (pre, post)
    for side in (pre, post):
        assert len(side) <= 6
        assert len({(s.kind, s.state) for s in side}) == len(side)
        for sketch in side:
            assert valid(sketch.kind, sketch.state)
            assert len(sketch.state) <= 4
            assert 0 < len(sketch.text) <= 200
            assert len(sketch.evidence) <= 200
    if pre:
        assert any(a.kind != b.kind or a.state != b.state for a in pre for b in post)


def test_what_is_read_and_written_has_been_edited() -> None:
    for code, wanted in (
        ("doc = Document()\n# Or\ndoc = Document('a.docx')\n", "format=docx"),
        ("deck = Presentation('a.pptx')\ndeck = Presentation()\n", "format=slides"),
    ):
        document = Document(
            name="a", title="", description="", body="", code=(Code("python", code),)
        )
        before, after = infer(document)
        assert ids(before) == [f"document:{wanted}"]
        assert ids(after) == [f"document:condition=edited,{wanted}"]
    assert both(call("iconv -f latin1 -t utf-8 a.txt > b.txt")) == ([], [])
