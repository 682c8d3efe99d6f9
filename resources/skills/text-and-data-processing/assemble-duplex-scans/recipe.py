"""Assemble two scanned sides of a stack of forms into one document."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.kinds.collection import Collection

COLUMNS = (
    Column("form", "id"),
    Column("first_page", "place"),
    Column("pages", "count"),
)


class AssembleDuplexScans(Recipe):
    """One PDF with all written pages in order; a table says where each form begins."""

    needs = (Pattern.of("collection", content="scans", condition="raw"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("awk", "cat", "grep", "ls", "mktemp", "pdfinfo", "pdftotext", "qpdf", "rm", "sed")
    packages = ("poppler-utils", "qpdf")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Collection)
        written = [page for page in source.pages() if page]
        blank = len(source.pages()) - len(written)
        rows, place = [], 1
        for name, pages in source.papers:
            count = sum(bool(page) for page in pages)
            rows.append((name, str(place), str(count)))
            place += count
        document = world.output(draw, ["forms", "assembled", "stack"], ".pdf")
        table = summary(
            world.output(draw, ["index", "forms_index", "contents"], ".csv"),
            "index of the forms",
            COLUMNS,
            rows,
        )
        here, there, out = quoted(source.path), quoted(document), quoted(table.path)
        order = f"qpdf --empty --collate --pages {here}/fronts.pdf 1-z {here}/backs.pdf z-1 --"
        build = (
            "work=$(mktemp -d)\n"
            f'{order} "$work/all.pdf"\n'
            'pages=$(pdftotext "$work/all.pdf" - |\n'
            "  awk -v RS='\\f' '/[^ \\n]/ { printf \"%s%d\", sep, NR; sep = \",\" }')\n"
            f'qpdf "$work/all.pdf" --pages . "$pages" -- {there}\n'
            'rm -r "$work"'
        )
        index = (
            f"pages=$(pdfinfo {there} | sed -n 's/^Pages: *//p')\n"
            f"pdftotext {there} - | awk -v RS='\\f' -v OFS=, -v pages=\"$pages\" '\n"
            '  BEGIN { print "form", "first_page", "pages" }\n'
            "  match($0, /Form [^\\n]+/) {\n"
            "    form = substr($0, RSTART + 5, RLENGTH - 5)\n"
            "    if (form != last && NR > 1) print last, first, NR - first\n"
            "    if (form != last) first = NR\n"
            "    last = form }\n"
            f"  END {{ print last, first, pages + 1 - first }}' > {out}"
        )
        expected = "".join("\n".join(page[:2]) + "\n" for page in written)
        doubled = [(n, str(int(a) * 2 - 1), c) for n, a, c in rows]
        counted = [
            (name, first, str(len(pages)))
            for (name, first, _), (_, pages) in zip(rows, source.papers, strict=True)
        ]
        wrong = [
            Wrong("backs are in the order of the scan", command=f"{order.replace('z-1', '1-z')} "
                  f"{there}"),
            Wrong("the last page is missing", command=f"qpdf {there} --pages . 1-r2 -- "
                  f"/tmp/short.pdf && cat /tmp/short.pdf > {there}"),
        ]  # fmt: skip
        if doubled != rows:
            wrong += table.with_rows(doubled).as_wrong("places are those of the sheets' sides")
        if counted != rows:
            wrong += table.with_rows(counted).as_wrong("blank pages were counted")
            wrong.append(Wrong("blank pages were left in", command=f"{order} {there}"))
        return Move(
            focus=table,
            makes=[table],
            request=[
                f"`{source.path}` has both sides of a stack of forms: `fronts.pdf` in order, "
                "`backs.pdf` starting with the last sheet. Bring them together as one PDF, "
                f"`{document}`, in reading order (front, back, front, back) and without the "
                "blank pages; its pages have to be the scanned ones, with their text. For each "
                f"form put a row into `{table.path}`, CSV with `form,first_page,pages`, in the "
                "order of the document: its number as printed behind the word `Form`, the page "
                "of the new PDF on which it begins (from 1), and how many pages it has there.",
                f"Make one document of the two scans in `{source.path}`. The sheets were "
                "turned over as a stack, so that `backs.pdf` begins with the back of the last "
                f"sheet, while `fronts.pdf` is in order. `{document}` is to have each front "
                "followed by its back, taken over as they are, with empty pages left out. Then "
                f"write the index `{table.path}`: CSV, header `form,first_page,pages`, one row "
                "for every form (the number printed after `Form`) as they follow one another, "
                "with the page of the new file where it starts, counted from 1, and its number "
                "of pages in that file.",
            ],
            steps=[
                look(
                    f"pdfinfo {here}/fronts.pdf | grep -E 'Pages|size'; "
                    f"pdfinfo {here}/backs.pdf | grep Pages; qpdf --check {here}/backs.pdf",
                    "Both scans must have a page for every sheet.",
                    "Compare the numbers of pages and check a file.",
                ),
                look(
                    f"pdftotext -l 2 {here}/fronts.pdf - | sed 8q; "
                    f"pdftotext {here}/backs.pdf - | awk -v RS='\\f' "
                    "'{ print NR \": \" substr($0, 1, 32) }' | grep .",
                    "Which backs are blank, and in which order are they?",
                    "Read the first fronts, and the beginnings of all backs.",
                ),
                do(
                    f"({build})",
                    f"Backs run from the end. {blank} pages have no text; their numbers are "
                    "known once both sides are in order.",
                    "Collate, find the pages with text and keep those.",
                    0.6,
                ),
                do(
                    index,
                    "What is left are the written pages, and each names its form.",
                    "Read the form of each page and note where another one begins; the last one "
                    "ends with the document.",
                    0.4,
                ),
                look(
                    f"pdfinfo {there} | grep Pages; cat {out}; ls {here}",
                    "Are the forms in the order of the sheets, and is each written page in the "
                    "document?",
                    "Count the pages and read the index.",
                ),
            ],
            checks=[
                shell_prints(
                    f"pdfinfo {there} | grep -c '^Pages: *{len(written)}$'\n"
                    f"pdftotext {there} - | tr '\\f' '\\n' | grep -E '^(Form|Sheet side) '",
                    f"1\n{expected}",
                    about=f"{document} has the written pages in reading order and no others.",
                    paths=[document],
                    key="pages",
                    weight=2.0,
                )
            ],
            wrong=wrong,
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"qpdf --interleave {here}/fronts.pdf {here}/backs.pdf /tmp/x.pdf",
                    symptom=r"unrecognized argument --interleave",
                    diagnosis="qpdf calls it --collate, together with --pages.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"qpdf {here}/backs.pdf --pages . 1-99 -- /tmp/x.pdf",
                    symptom=r"number 99 out of range",
                    diagnosis="There are fewer pages; z stands for the last one.",
                ),
            ],
        )
