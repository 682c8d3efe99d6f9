"""Compare records with a damaged PDF statement and extract some of its pages."""

from __future__ import annotations

from decimal import Decimal

from shellwright.recipe import (
    Column,
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
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)
from shellwright.recipe.pages import misplaced, pdf
from shellwright.recipe.tabular import backticked, differing

MENDED = "/tmp/statement.pdf"
OURS, THEIRS = "/tmp/ours.csv", "/tmp/theirs.csv"
#: Lines of the statement on one page.
LENGTH = 12


class ReconcilePdfStatement(Recipe):
    """A table lists what differs between records and a statement; one office's pages are cut "
    "out."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="full"
        ),
    )
    gives = (
        Pattern.of("table", format="csv", condition="clean", shape="listing", extent="compared"),
    )
    tools = ("awk", "cat", "comm", "grep", "head", "join", "mlr", "pdfinfo", "pdftotext",
             "qpdf", "sort", "wc")  # fmt: skip
    packages = ("qpdf", "poppler-utils", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        at, cell = source.index("category"), source.index("amount")
        key, group, amount = (source.name(role) for role in ("id", "category", "amount"))
        sizes = {name: source.values("category").count(name) for name in source.values("category")}
        names = sorted(name for name, size in sizes.items() if size >= 5)
        if len(names) < 3 or len(set(source.values("id"))) < len(source.rows):
            raise Unsuitable("too few groups, or ids that are there twice")
        covered = sorted(draw.sample(names, draw.integer(2, 3)))
        members = [row for row in source.rows if row[at] in covered]
        lines, expected = stated(members, source, draw)
        office = draw.choice(covered)
        pages, own = laid_out(lines, covered, office, source, world)
        statement = world.input(draw, ["statement", "their_list", "account"], ".pdf")
        target = world.output(draw, ["to_clarify", "reconciliation", "open_points"], ".csv")
        part = world.output(draw, ["pages_for_office", "extract", "for_the_office"], ".pdf")
        result = Table(
            path=target,
            noun="differences to the statement",
            columns=(Column(key, "id"), Column("ours", "note"), Column("theirs", "note")),
            rows=tuple(sorted(expected)),
            shape="listing",
            extent="compared",
        )
        here, there = quoted(source.path), quoted(target)
        given, cut = quoted(statement), quoted(part)
        span = f"{own[0]}-{own[-1]}" if len(own) > 1 else str(own[0])
        words = [word for number in own for line in pages[number - 1] for word in line.split()]
        prefix = members[0][0].rstrip("0123456789")
        match = " || ".join(f'${{{group}}} == "{name}"' for name in covered)
        both = [row for row in expected if row[1] and row[2]]
        uncovered = [(row[0], row[cell], "") for row in source.rows if row[at] not in covered]
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(statement, misplaced(pdf(pages)))],
            checks=[
                shell_prints(
                    f"qpdf --check {cut} > /tmp/check.txt && echo sound\n"
                    f"pdftotext -layout {cut} - | tr -s ' \\f\\n' '\\n' | sed '/^$/d'",
                    "".join(f"{word}\n" for word in ["sound", *words]),
                    about=f"{part} is a sound PDF with the pages of {office} and no others.",
                    paths=[part],
                    key="pages",
                )
            ],
            request=[
                f"`{statement}` is the other side's statement for {backticked(covered)}. It was "
                "damaged on its way, some viewers refuse it. Compare it with our records in "
                f"`{source.path}` (column `{group}`) and list in `{target}` (comma-separated, "
                f"header `{key},ours,theirs`) every `{key}` of which the `{amount}` "
                "differs or that only one side has, with both amounts, two decimals and no "
                "separator for thousands, blank where a side does not have it; sorted by "
                f"`{key}`. Besides, `{office}` gets its pages of the statement, all "
                f"of them and no others, as a PDF `{part}` that is in order again.",
                f"Please check the statement `{statement}` against `{source.path}`. It covers "
                f"what we have under {backticked(covered)} in `{group}`, nothing else. I need "
                f"`{target}`, a CSV file with `{key},ours,theirs` as its header: a line, in the "
                f"order of `{key}`, wherever the two `{amount}` differ or one is missing (leave "
                "that cell blank). Write amounts with two decimals and without separators for "
                "thousands. The PDF seems to be broken; make a sound PDF "
                f"`{part}` of just the pages that concern `{office}`, for the people there.",
            ],
            steps=[
                look(
                    f"pdfinfo {given}; qpdf --check {given}; head -n 2 {here}; true",
                    "The statement is a damaged PDF; I want to know how badly.",
                    "Ask for its properties, have its structure checked, and see our columns.",
                    fails=True,
                ),
                do(
                    f"qpdf {given} {MENDED} || [ $? -eq 3 ]",
                    "The table of objects is not where the file says, but the objects are there. "
                    "Exit code 3 means repaired with warnings.",
                    "Rebuild the PDF in a scratch file.",
                ),
                look(
                    f"pdftotext -layout {MENDED} - | head -n 40; pdftotext -layout {MENDED} - "
                    "| grep -E 'page +[0-9]+'",
                    "Amounts stand on carried totals as well, and have commas.",
                    "Read the first pages and the head line of each.",
                ),
                do(
                    f"pdftotext -layout {MENDED} - | awk '$1 ~ /^{prefix}[0-9]+$/ {{ gsub(/,/, "
                    f'"", $3); print $1 "," $3 }}\' | LC_ALL=C sort > {THEIRS}\n'
                    f"mlr --i{source.format} --ocsv --headerless-csv-output -S filter '{match}' "
                    f"then cut -o -f {key},{amount} {here} | LC_ALL=C sort > {OURS}",
                    f"Only lines that begin with an id ({prefix}...) are entries. Of our records "
                    f"those count that belong to {', '.join(covered)}.",
                    "Bring both sides into lines of id and amount, sorted alike.",
                ),
                do(
                    f"{{ echo {key},ours,theirs; LC_ALL=C join -t , -a 1 -a 2 -e '' -o 0,1.2,2.2 "
                    f"{OURS} {THEIRS} | awk -F , '$2 != $3'; }} > {there}",
                    "Both sides have the same shape now and can be joined by id.",
                    "Join the sides, keeping what has no partner, and leave out what agrees.",
                ),
                do(
                    f"qpdf {MENDED} --pages . {span} -- {cut}",
                    f"The head lines say that {office} has page {span}.",
                    "Cut these pages out of the mended file.",
                ),
                look(
                    f"cat {there}; comm -12 {OURS} {THEIRS} | wc -l; qpdf --check {cut}; "
                    f"pdftotext -layout {cut} - | grep 'page'",
                    "Which points need clarifying, and which of them have both amounts?",
                    "Read the list, count what agrees, and check the extract.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("only differing amounts are listed", result.with_rows(sorted(both))),
                        (
                            "records of other groups count as missing",
                            result.with_rows(sorted([*expected, *uncovered])),
                        ),
                        (
                            "the sides are mixed up",
                            result.with_rows(sorted((a, c, b) for a, b, c in expected)),
                        ),
                    ],
                ),
                Wrong("all pages", command=f"qpdf {MENDED} {cut}"),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"qpdf --pages {given} 1-z -- {given} /tmp/all.pdf; qpdf --check "
                    f"{given} | tail -n 1",
                    symptom=r"xref not found|operation succeeded with warnings",
                    diagnosis="The table of objects is still the broken one: the file has to be "
                    "written anew, and the exit code 3 to be accepted.",
                    recovery="rm -f /tmp/all.pdf",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command=f"pdftotext --columns {MENDED} -",
                    symptom=r"pdftotext version|Usage: pdftotext",
                    diagnosis="There is no such option; -layout keeps the columns side by side.",
                ),
            ],
        )


def stated(members: list[Row], table: Table, draw: Draw) -> tuple[list[Row], list[Row]]:
    """The entries of the statement (id, date, amount, category) and the rows that differ."""
    at, when, cell = (table.index(role) for role in ("category", "date", "amount"))
    order = draw.shuffled(range(len(members)))
    absent, altered = set(order[: draw.integer(2, 3)]), set(order[3 : 3 + draw.integer(3, 5)])
    lines: list[Row] = []
    expected: list[Row] = []
    for number, row in enumerate(members):
        theirs = row[cell]
        if number in absent:
            expected.append((row[0], row[cell], ""))
            continue
        if number in altered:
            theirs = f"{Decimal(row[cell]) + draw.choice([-1, 1, 10]) * Decimal('0.90'):.2f}"
            if theirs.startswith("-"):
                theirs = f"{Decimal(row[cell]) + 90:.2f}"
            expected.append((row[0], row[cell], theirs))
        lines.append((row[0], row[when], theirs, row[at]))
    prefix = members[0][0].rstrip("0123456789")
    for _ in range(draw.integer(1, 3)):
        model = draw.choice(members)
        name = f"{prefix}{draw.integer(90_000, 99_999)}"
        theirs = f"{draw.integer(120_000, 990_000) / 100:.2f}"
        if name not in {line[0] for line in lines}:
            lines.append((name, model[when], theirs, model[at]))
            expected.append((name, "", theirs))
    return lines, expected


def laid_out(
    lines: list[Row], covered: list[str], office: str, table: Table, world: World
) -> tuple[list[list[str]], list[int]]:
    """The pages of the statement, and the numbers of those of the office."""
    found: list[tuple[str, list[Row]]] = []
    for name in covered:
        rows = sorted((row for row in lines if row[3] == name), key=lambda row: (row[1], row[0]))
        found += [(name, rows[start : start + LENGTH]) for start in range(0, len(rows), LENGTH)]
    pages: list[list[str]] = []
    total = Decimal(0)
    for number, (name, rows) in enumerate(found, 1):
        first = number == 1 or found[number - 2][0] != name
        last = number == len(found) or found[number][0] != name
        total = Decimal(0) if first else total
        page = [f"Statement to {world.theme.organisation}: {name}   page {number} of {len(found)}"]
        page += ["", f"{table.name('id'):<20}{table.name('date'):<16}{table.name('amount'):>16}"]
        page += [] if first else [f"{'Brought forward':<36}{total:>16,.2f}"]
        for key, day, amount, _ in rows:
            total += Decimal(amount)
            page.append(f"{key:<20}{day:<16}{Decimal(amount):>16,.2f}")
        page.append(f"{'Total' if last else 'Carried forward':<36}{total:>16,.2f}")
        pages.append(page)
    return pages, [number for number, (name, _) in enumerate(found, 1) if name == office]
