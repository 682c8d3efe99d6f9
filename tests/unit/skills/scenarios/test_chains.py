"""Scenarios of small skills as they are written: what was made without being named, what a later
command takes of it or only looks at, what one-liners do, and what comes out by the description."""

import time

import pytest

from shellwright.skills.document import Sketch
from shellwright.skills.found import FoundSkill, SourceFile
from shellwright.skills.reading.document import read_document
from shellwright.skills.scenarios.infer import infer


def skill(text: str, description: str = "Helps with the files of a shop.") -> FoundSkill:
    front = f"---\nname: shop-files\ndescription: {description}\n---\n\n"
    files = (SourceFile("shop-files/SKILL.md", (front + text).encode()),)
    return FoundSkill("shop-files", files, (), "")


def ids(sketches: list[Sketch]) -> list[str]:
    return [
        f"{s.kind}:" + ",".join(f"{n}={v}" for n, v in s.state if n != "about") for s in sketches
    ]


def commands(*blocks: str) -> tuple[list[str], list[str]]:
    """The scenarios of a skill whose text shows these blocks of shell code, but for the software
    that it calls where it starts from other things."""
    parts = [f"## Step {n}\n\n```bash\n{block}\n```\n" for n, block in enumerate(blocks, 1)]
    pre, post = infer(read_document(skill("# Shop files\n\n" + "\n".join(parts))))
    things = [sketch for sketch in pre if sketch.kind != "package"]
    return ids(things or pre), ids(post)


@pytest.mark.parametrize(
    ("block", "pre", "post"),
    [
        (
            "gunzip data.csv.gz\nsort -t, -k2 data.csv > sorted.csv",
            ["archive:format=gz"],
            ["table:extent=ranked,format=csv"],
        ),
        (
            "bunzip2 notes.txt.bz2\npandoc notes.txt -o notes.html",
            ["archive:format=bz2"],
            ["document:format=text", "page:format=html"],
        ),
        (
            "xz -d -k dump.sql.xz\nsqlite3 shop.db < dump.sql",
            ["archive:format=xz"],
            ["program:language=sql", "database:content=imported,engine=sqlite"],
        ),
        (
            "unzip export.zip\ncsvcut -c id,total orders.csv > totals.csv",
            ["archive:format=zip"],
            ["tree:", "table:extent=selected,format=csv"],
        ),
        (
            "unzip export.zip -d export\ncsvcut -c id export/orders.csv > ids.csv",
            ["archive:format=zip"],
            ["tree:", "table:extent=selected,format=csv"],
        ),
        (
            "wget https://shop.example/dump/orders.csv\nsort orders.csv > sorted.csv",
            ["file:condition=downloadable"],
            ["table:extent=ranked,format=csv"],
        ),
        (
            "curl -fsSLO https://shop.example/a/photo.png?size=2\nconvert photo.png photo.webp",
            ["file:condition=downloadable"],
            ["image:condition=edited,format=webp", "image:format=png"],
        ),
        (
            "git clone https://git.example/shop/catalog.git\npandoc catalog/README.md -o a.pdf",
            ["repository:condition=remote"],
            ["document:format=pdf"],
        ),
        (
            "pdftotext -layout invoice.pdf\ngrep -n Total invoice.txt > totals.txt",
            ["document:format=pdf"],
            ["document:extent=selected,format=text"],
        ),
        (
            "openssl req -x509 -newkey rsa:2048 -nodes -keyout shop.key -out shop.crt\n"
            "openssl pkcs12 -export -inkey shop.key -in shop.crt -out shop.p12",
            ["certificate:condition=missing"],
            [
                "certificate:condition=issued,format=pem",
                "key:condition=generated,tool=x509",
                "certificate:format=p12",
            ],
        ),
        (
            "ffmpeg -i talk.mp4 -vf fps=1 frame_%04d.png\nmontage frame_*.png sheet.png",
            ["video:format=mp4"],
            ["image:condition=edited,format=png"],
        ),
        (
            "patch src/main.c fix.patch\nindent src/main.c",
            ["difference:format=patch", "program:language=c"],
            ["program:condition=formatted,language=c"],
        ),
    ],
)
def test_what_is_made_without_being_named_is_not_there_before(
    block: str, pre: list[str], post: list[str]
) -> None:
    found = commands(block)
    assert sorted(found[0]) == sorted(pre)
    assert set(post) <= set(found[1])


@pytest.mark.parametrize(
    ("block", "made"),
    [
        ("gzip -k orders.csv", "archive:format=gz,holds=file"),
        ("dot -Tpng -O plan.dot", "image:condition=generated,format=png"),
        ("libreoffice --headless --convert-to docx letter.odt", "document:format=docx"),
        ("gcc -Wall shop.c", "binary:condition=built,format=elf"),
        ("jupyter nbconvert --to html sales.ipynb", "page:format=html"),
        ("sqlite3 shop.db < schema.sql", "database:content=imported,engine=sqlite"),
    ],
)
def test_a_product_without_a_name_is_known_by_the_one_that_it_gets(block: str, made: str) -> None:
    assert commands(block)[1] == [made]


def test_a_script_that_is_asked_with_changes_no_database() -> None:
    pre, post = commands("sqlite3 shop.db < totals.sql > totals.csv")
    assert set(pre) == {"database:engine=sqlite", "program:language=sql"}
    assert post == ["table:format=csv"]


def test_what_is_packed_under_its_own_name_is_an_intermediate() -> None:
    pre, post = commands("gzip -k orders.csv\ngpg -c orders.csv.gz")
    assert pre == ["table:format=csv"]
    assert set(post) == {"archive:format=gz,holds=file", "sealed:direction=outgoing"}


def test_what_goes_to_the_output_makes_no_file() -> None:
    pre, post = commands("gunzip -c orders.csv.gz > /tmp/now.csv", "sort orders.csv > sorted.csv")
    assert set(pre) == {"archive:format=gz", "table:format=csv"}
    assert post == ["table:extent=ranked,format=csv"]


def test_an_archive_tells_nothing_of_files_in_other_blocks() -> None:
    unpack = "tar -xzf tool-1.2.tar.gz"
    assert "table:format=csv" not in commands(f"{unpack}\nsort orders.csv > sorted.csv")[0]
    assert "table:format=csv" in commands(unpack, "sort orders.csv > sorted.csv")[0]
    assert "table:format=csv" in commands(f"{unpack}\nsort ~/orders.csv > sorted.csv")[0]


def test_what_is_copied_on_the_way_was_there_before() -> None:
    pre, post = commands("cp /srv/orders.csv work.csv\npandoc -f csv work.csv -o orders.pdf")
    assert (pre, post) == (["table:format=csv"], ["document:format=pdf"])


def test_what_the_skill_writes_itself_is_not_there_before() -> None:
    pre, _ = commands(
        "cat > query.sql <<'EOF'\nselect 1;\nEOF\nsqlite3 shop.db < query.sql > a.csv"
    )
    assert pre == ["database:engine=sqlite"]


def test_what_is_shown_to_another_program_is_what_that_works_on() -> None:
    assert commands("cat access.log | grep ' 500 ' > failed.log") == (
        ["log:format=access"],
        ["log:extent=selected"],
    )


@pytest.mark.parametrize(
    "look",
    ("wc -l", "head -5", "cat", "ls -l", "file", "stat", "wc -l <"),
)
def test_a_look_does_not_replace_the_product(look: str) -> None:
    alone = commands("sort orders.csv > sorted.csv")
    assert commands(f"sort orders.csv > sorted.csv\n{look} sorted.csv") == alone
    assert commands("sort orders.csv > sorted.csv\ncat sorted.csv | wc -l") == alone
    assert alone == (["table:format=csv"], ["table:extent=ranked,format=csv"])


def test_a_look_at_what_was_there_is_the_work() -> None:
    assert commands("wc -l orders.csv") == (["table:format=csv"], ["report:format=text"])


def test_a_part_that_is_kept_is_no_look() -> None:
    assert commands("head -100 orders.csv > sample.csv") == (
        ["table:format=csv"],
        ["table:extent=selected,format=csv"],
    )


@pytest.mark.parametrize(
    ("command", "made"),
    [
        ("awk -F, '{s += $3} END {print s}' a.csv > b.csv", "table:format=csv,shape=summary"),
        (
            "awk -F, '{n[$2]++} END {for (k in n) print k, n[k]}' a.csv",
            "report:format=text,shape=summary",
        ),
        ("awk -F, '$3 > 100' a.csv > b.csv", "table:extent=selected,format=csv"),
        ("awk -F ',' '{print $1}' a.csv > b.csv", "table:extent=selected,format=csv"),
        ("awk '!seen[$0]++' a.csv > b.csv", "table:condition=clean,format=csv"),
        ("awk '{gsub(/;/, \",\"); print}' a.csv > b.csv", "table:condition=edited,format=csv"),
        (
            "jq '.items[] | select(.total > 9)' a.json > b.json",
            "document:extent=selected,format=json",
        ),
        ("jq -r --arg day mon '.[$day].name' a.json", "report:extent=selected,format=text"),
        (
            "jq 'group_by(.city) | map(length)' a.json > b.json",
            "document:format=json,shape=summary",
        ),
        ("jq '.items | length' a.json", "report:format=json,shape=summary"),
        ("jq 'map({id, name: .label})' a.json > b.json", "document:format=json,shape=reshaped"),
        ("jq '.version = \"2\"' a.json > b.json", "document:condition=edited,format=json"),
        ("jq 'sort_by(.date)' a.json > b.json", "document:extent=ranked,format=json"),
        ("jq . a.json > b.json", "document:condition=formatted,format=json"),
        ("sed -i 's/foo/bar/g' a.md", "document:condition=edited,format=markdown"),
        ("sed -i '' 's/debug=1/debug=0/' a.ini", "settings:condition=changed,format=ini"),
        ("sed -i 's/old_name/new_name/' a.py", "program:condition=changed,language=python"),
        ("sed '/^#/d' a.txt > b.txt", "document:extent=selected,format=text"),
        ("sed -n '10,20p' a.txt > b.txt", "document:extent=selected,format=text"),
        ("yq -i '.replicas = 3' a.yaml", "settings:condition=changed,format=yaml"),
    ],
)
def test_what_a_one_liner_does_is_told(command: str, made: str) -> None:
    assert commands(command)[1] == [made]


def test_comparing_bytes_makes_no_patch() -> None:
    assert commands("cmp old.bin new.bin") == (["binary:"], ["report:format=text"])


@pytest.mark.parametrize(
    ("description", "pre", "post"),
    [
        ("Parse server logs into a CSV report.", ["log:"], ["table:format=csv"]),
        (
            "Extract tables from PDF files as JSON.",
            ["document:format=pdf"],
            ["document:format=json"],
        ),
        ("Read images and write a PDF report.", ["image:"], ["document:format=pdf"]),
        (
            "Merge CSV files to a single Excel workbook.",
            ["table:format=csv"],
            ["table:format=xlsx"],
        ),
        ("Query a database and return JSON.", ["database:"], ["document:format=json"]),
        ("Create a PDF from Markdown.", ["document:format=markdown"], ["document:format=pdf"]),
        ("Scan logs and write PNG review images.", ["log:"], ["image:format=png"]),
    ],
)
def test_what_comes_out_by_the_description_is_not_there_before(
    description: str, pre: list[str], post: list[str]
) -> None:
    found = infer(read_document(skill("# Shop files\n\nAsk first.\n", description)))
    assert ids(found[0]) == pre
    assert set(post) <= set(ids(found[1]))
    assert not set(post) & set(pre)


@pytest.mark.parametrize(
    "description",
    [
        "Read files such as PDF to answer questions.",
        "Search tables related to PDF files.",
        "Read PDF files; structured outputs keep to JSON.",
    ],
)
def test_not_every_to_and_as_tells_what_comes_out(description: str) -> None:
    text = "# Shop files\n\n```bash\nfrobnicate -o out.png\n```\n"
    pre, post = (ids(side) for side in infer(read_document(skill(text, description))))
    assert "document:format=pdf" in pre
    assert post == ["image:format=png"]


def test_hostile_text_takes_no_time() -> None:
    many = "\n".join(f"unzip -d {'a' * n} {'*' * n}.zip {'b*' * n}" for n in range(1, 300))
    one = "jq '" + '."=' * 4000 + "' a.json\nsed '" + "s/ d" * 4000 + "' a.txt"
    kept = "sort a.csv | tee " + " ".join(f"{n}.csv" for n in range(3000))
    text = f"# Shop files\n\n```bash\n{many}\n{kept}\n```\n\n```bash\n{one}\n```\n"
    document = read_document(skill(text, "Parse " + "as to into " * 40 + "csv"))
    began = time.process_time()
    infer(document)
    assert time.process_time() - began < 2


def test_files_that_are_put_together_are_a_product() -> None:
    assert commands("cat may.csv june.csv > all.csv\nwc -l all.csv") == (
        ["table:format=csv"],
        ["table:extent=merged,format=csv"],
    )
    assert commands("cat may.csv > june.csv\nwc -l june.csv")[1] == ["report:format=text"]


def test_lines_that_are_counted_are_sums() -> None:
    assert commands("cat names.txt | sort | uniq -c > counts.txt")[1] == [
        "document:format=text,shape=summary"
    ]


@pytest.mark.parametrize("end", ["| head", "| sort -rn | head -3", "| head -3 | cat", "| less"])
def test_who_feeds_a_look_is_who_prints(end: str) -> None:
    assert commands(f"sort names.txt {end}") == (["document:format=text"], ["report:format=text"])


def test_the_first_lines_of_a_pipe_that_are_kept_are_its_product() -> None:
    assert commands("sort -t, -k3 orders.csv | head -10 > top.csv") == (
        ["table:format=csv"],
        ["table:extent=selected,format=csv"],
    )


def test_of_the_reports_in_one_format_those_of_other_lines_are_told_apart() -> None:
    sums = "awk '{s += $1} END {print s}'"
    assert commands(f"fd -e log\nfd -e txt\nfd -e md | {sums}")[1] == [
        "report:format=text",
        "report:format=text,shape=summary",
    ]
    assert commands("fd -e log\nfd -e txt")[1] == ["report:format=text"]
    assert commands(f"cat sizes.txt | {sums}")[1] == ["report:format=text,shape=summary"]


def test_what_tee_keeps_is_made_by_who_feeds_it() -> None:
    alone = commands("sort orders.csv > sorted.csv")
    assert commands("sort orders.csv | tee sorted.csv") == alone
    assert commands("sort orders.csv | tee -a sorted.csv | head -3") == alone


def test_an_archive_that_is_unpacked_over_everything_tells_nothing_of_other_blocks() -> None:
    for folder in ("/", "~", "$HOME", "/tmp"):
        unpack, work = f"tar -xf tool.tar -C {folder}", f"sort {folder}/a/b.csv > c.csv"
        assert "table:format=csv" in commands(unpack, work)[0]
        assert "table:format=csv" not in commands(f"{unpack}\n{work}")[0]


def test_two_verbs_may_be_about_the_same() -> None:
    text = "# Shop files\n\n```bash\nfrobnicate -o out.png\n```\n"
    pre, post = infer(read_document(skill(text, "Read and write Excel files.")))
    assert ids(pre) == ["table:format=xlsx"]
    assert ids(post) == ["image:format=png"]
    pre, _ = infer(read_document(skill(text, "Create, search, and manage Excel files.")))
    assert ids(pre) == ["table:format=xlsx"]


def test_what_a_script_asks_on_its_way_is_no_part_that_was_wanted() -> None:
    script = b"#!/bin/bash\nname=$(jq -r .name shop.json)\nfd -e log\n"
    shown = skill("# Shop files\n\n```bash\njq -r .name shop.json\n```\n")
    files = (*shown.files, SourceFile("shop-files/scripts/run.sh", script))
    found = infer(read_document(FoundSkill("shop-files", files[1:], (), "")))
    assert ids(found[1]) == ["report:format=text"]
    assert ids(infer(read_document(shown))[1]) == ["report:extent=selected,format=text"]


def test_a_patch_changes_what_it_names_or_else_sources() -> None:
    pre, post = commands("patch -p1 < fix.patch")
    assert set(pre) == {"difference:format=patch", "program:"}
    assert post == ["program:condition=changed"]
    assert commands("patch notes.md fix.patch")[1] == ["document:condition=edited,format=markdown"]
