"""Apply a table of decisions from a Word document to the records."""

from __future__ import annotations

import io
import zipfile
from html import escape

from shellwright.recipe import (
    PEOPLE,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing

DECISIONS = "/tmp/decisions.tsv"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


class ApplyDecisionsFromMinutes(Recipe):
    """Records get the counts that were agreed on; what was put off or refused is left."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="full"
        ),
    )
    gives = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="merged"
        ),
    )
    tools = ("cat", "diff", "grep", "head", "mlr", "pandoc", "wc", "xmllint", "xmlstarlet")
    packages = ("pandoc", "libxml2-utils", "xmlstarlet", "miller", "diffutils")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        key, count, form = source.name("id"), source.name("count"), source.format
        at, many = source.index("id"), source.index("count")
        ids = source.values("id")
        if len(ids) < 24 or len(set(ids)) < len(ids):
            raise Unsuitable("too few records, or ids that are there twice")
        chosen = draw.sample(ids, draw.integer(9, 14))
        yes, no, later = draw.choice(
            [
                ("agreed", "refused", "put off"),
                ("yes", "no", "next time"),
                ("carried", "lost", "open"),
            ]
        )
        lines: list[Row] = []
        before: dict[int, str] = {}
        for number, one in enumerate(chosen):
            outcome = yes if number < 5 else draw.choice([yes, yes, no, later])
            lines.append((one, str(draw.integer(61, 240)), outcome))
        lines = draw.shuffled(lines)
        # One of the agreed ones came up again, and two figures were corrected in the minutes.
        again = next(line for line in lines if line[2] == yes)
        lines.append((again[0], str(draw.integer(300, 390)), yes))
        settled = [n for n, line in enumerate(lines) if line[2] == yes and line[0] != again[0]]
        for number in draw.sample(settled, 2):
            before[number] = str(draw.integer(10, 59))
        agreed = {one: figure for one, figure, outcome in lines if outcome == yes}
        minutes = world.input(draw, ["minutes", "meeting", "protocol"], ".docx")
        target = world.output(draw, ["after_meeting", "corrected", "as_decided"], f".{form}")

        def decided(found: dict[str, str]) -> tuple[Row, ...]:
            return tuple(
                (*row[:many], found.get(row[at], row[many]), *row[many + 1 :])
                for row in source.rows
            )

        result = source.with_rows(
            decided(agreed),
            path=target,
            noun=f"{world.theme.record} records as decided",
            extent="merged",
        )
        old = {line[0]: before[n] for n, line in enumerate(lines) if n in before}
        glued = {line[0]: before[n] + line[1] for n, line in enumerate(lines) if n in before}
        first = {again[0]: again[1]}
        everything = {one: figure for one, figure, _ in lines}
        here, there, given = quoted(source.path), quoted(target), quoted(minutes)
        path = f"//table[.//th[normalize-space(.)='{key}']]//tr[td]"
        delimiter = "comma-separated" if form == "csv" else "tab-separated"
        content = document(world, lines, before, (key, count, "outcome"), draw)
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(minutes, content)],
            request=[
                f"`{minutes}` has the minutes of our last meeting, with a table of proposals to "
                f"correct `{count}` of some records. Write `{target}` ({delimiter}): all of "
                f"`{source.path}`, rows and columns in their order, with the new value wherever "
                f"the `outcome` is `{yes}`. If a record came up more than once, the last `{yes}` "
                "counts. The tracked changes in the document are accepted: deleted text no longer "
                "holds, inserted text does.",
                f"The meeting has decided on corrections of `{count}` in `{source.path}`; the "
                f"table in `{minutes}` says what became of each proposal. Please carry out "
                f"those with the `outcome` `{yes}`, and no others, and save the whole table as "
                f"`{target}`, {delimiter}, otherwise just as it was. A later line of the "
                "minutes overrides an earlier one that was accepted as well. Somebody has "
                "corrected figures in the document with changes being tracked: take "
                "the text as if all changes were accepted.",
            ],
            steps=[
                look(
                    f"pandoc -f docx -t plain {given} | head -n 50; head -n 3 {here}",
                    "The decisions are in a Word document.",
                    "Read it as plain text, and see our columns.",
                ),
                look(
                    f"pandoc -f docx --track-changes=all -t html {given} | grep -E "
                    "'class=\"(insertion|deletion)\"' | head -n 12; true",
                    "Changes were tracked while the minutes were corrected.",
                    "See which figures were changed in the document.",
                ),
                do(
                    "pandoc -f docx --track-changes=accept -t html --ascii --wrap=none "
                    f"{given} | xmllint --html --nodefdtd --xmlout - | xmlstarlet sel -T -t -m "
                    f'"{path}" -v "normalize-space(td[1])" -o "\t" -v "normalize-space(td[2])" '
                    f'-o "\t" -v "normalize-space(td[3])" -n > {DECISIONS}',
                    "Some figures were replaced while the minutes were corrected; accepting "
                    f"leaves the new ones. The table is the one with {key} in its head.",
                    "Convert with all changes accepted and take the rows of that table.",
                ),
                look(
                    f"cat {DECISIONS}; wc -l {DECISIONS}; grep -c '{yes}$' {DECISIONS}",
                    f"Every line of the minutes should be a row now. Is {again[0]} there twice, "
                    "as in the minutes?",
                    "Read the rows and count those to carry out.",
                ),
                do(
                    f"mlr --i{form} --o{form} -S join --ur -j {key} -f <(mlr --itsv "
                    f"--o{form} --implicit-csv-header -S label {key},decided,outcome then filter "
                    f"'$outcome == \"{yes}\"' then tail -n 1 -g {key} then cut -f {key},decided "
                    f"{DECISIONS}) then unsparsify then put 'if (is_not_empty($decided)) "
                    f"{{ ${count} = $decided }}' then cut -o -f {','.join(source.header)} {here} > "
                    f"{there}",
                    "Of the rows only those that were accepted are to be carried out, the last "
                    "one of each record.",
                    "Take the last accepted decision of each record and put its figure in.",
                ),
                look(
                    f"diff {here} {there} | grep -c '^>'; wc -l {here} {there}; grep -h "
                    f"'{again[0]}' {here} {there}",
                    f"Only agreed records may differ, and {again[0]} should have the figure of "
                    "its last decision.",
                    "Count the lines that differ and look at the one that came up twice.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("every proposal is carried out", result.with_rows(decided(everything))),
                    ("deleted figures are used", result.with_rows(decided(agreed | old))),
                    ("old and new figure run together", result.with_rows(decided(agreed | glued))),
                    ("the first of two decisions", result.with_rows(decided(agreed | first))),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"pandoc -f doc -t html {given}",
                    symptom=r"Unknown input format doc",
                    diagnosis="The format is called docx.",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command=f"xmlstarlet sel -T -t -v //table {given}",
                    symptom=r"parser error|Start tag expected|Document is empty",
                    diagnosis="A Word document is a zip archive; pandoc has to convert it first.",
                ),
            ],
        )


def document(
    world: World, lines: list[Row], before: dict[int, str], head: Row, draw: Draw
) -> bytes:
    """A Word document with a table of those present, one of the lines, and tracked changes."""
    people = draw.sample(PEOPLE, 3)
    author = f'w:author="{people[0]}" w:date="2026-03-01T10:00:00Z"'

    def run(text: str, tag: str = "t") -> str:
        return f'<w:r><w:{tag} xml:space="preserve">{escape(text)}</w:{tag}></w:r>'

    def cell(inner: str) -> str:
        return f"<w:tc><w:p>{inner}</w:p></w:tc>"

    def table(rows: list[str]) -> str:
        look = '<w:tblPr><w:tblLook w:val="0020" w:firstRow="1"/></w:tblPr>'
        mark = "<w:trPr><w:tblHeader/></w:trPr>"
        body = "".join(
            f"<w:tr>{'' if number else mark}{row}</w:tr>" for number, row in enumerate(rows)
        )
        grid = '<w:gridCol w:w="2400"/>' * rows[0].count("<w:tc>")
        return f"<w:tbl>{look}<w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>"

    present = [cell(run("name")) + cell(run("part"))]
    present += [cell(run(one)) + cell(run("present")) for one in people]
    decided = ["".join(cell(run(text)) for text in head)]
    for number, (one, figure, outcome) in enumerate(lines):
        middle = run(figure)
        if number in before:
            middle = (
                f'<w:del w:id="{2 * number}" {author}>{run(before[number], "delText")}</w:del>'
                f'<w:ins w:id="{2 * number + 1}" {author}>{middle}</w:ins>'
            )
        # Word splits a word into several runs wherever it likes.
        split = run(one[:3]) + run(one[3:])
        decided.append(cell(split) + cell(middle) + cell(run(f"{outcome} ")))
    texts = [f"Minutes of {world.theme.team}", "Present:"]
    body = "".join(f"<w:p>{run(text)}</w:p>" for text in texts) + table(present)
    body += f"<w:p>{run('Proposals and what became of them:')}</w:p>" + table(decided)
    body += f"<w:p>{run('Next meeting in April.')}</w:p>"
    kinds = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    top = '<?xml version="1.0" encoding="UTF-8"?>\n'
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{kinds}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{kinds}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 1, 10, 0, 0)), top + text)
    return buffer.getvalue()
