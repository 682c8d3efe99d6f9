"""Charge records by the rates of a broken HTML page."""

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
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing, unused_name

PAGE, SHEET, RATES = "/tmp/page.xhtml", "/tmp/rates.xsl", "/tmp/rates.tsv"
#: Name and rate of each row of the table with that caption, without footnotes.
STYLE = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:h="http://www.w3.org/1999/xhtml">
  <xsl:output method="text"/>
  <xsl:template match="/">
    <xsl:for-each select="//h:table[normalize-space(h:caption)='CAPTION']//h:tr[count(h:td)=3]">
      <xsl:value-of select="concat(normalize-space(h:td[1]), '&#9;')"/>
      <xsl:for-each select="h:td[2]//text()[not(ancestor::h:sup)]">
        <xsl:value-of select="translate(normalize-space(.), ',.', '.')"/>
      </xsl:for-each>
      <xsl:text>&#10;</xsl:text>
    </xsl:for-each>
  </xsl:template>
</xsl:stylesheet>"""


class ChargesFromRatePage(Recipe):
    """Each record gets the rate of its group and the charge, from one table of a page."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="full"
        ),
    )
    gives = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="enriched"
        ),
    )
    tools = ("cat", "head", "mlr", "sort", "tidy", "uniq", "wc", "xmllint", "xsltproc")
    packages = ("tidy", "xsltproc", "libxml2-utils", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        at, many, form = source.index("category"), source.index("count"), source.format
        group, count = source.name("category"), source.name("count")
        names = sorted(set(source.values("category")))
        if len(names) < 3 or any(set(name) & set("<>&") for name in names):
            raise Unsuitable("too few groups, or names with marks")
        year = draw.choice(["2026", "spring 2026", "from March"])
        caption, outdated = f"Rates {year}", draw.choice(["Rates 2025", "Withdrawn rates"])
        missing = draw.choice(names)
        listed = [name for name in names if name != missing]
        rates = {name: Decimal(draw.integer(200, 180_000)) / 100 for name in listed}
        former = {name: rate + draw.integer(1, 90) for name, rate in rates.items()}
        page = world.input(draw, ["rates", "price_list", "tariff"], ".html")
        target = world.output(draw, ["charged", "with_charges", "invoiced"], f".{form}")
        rate = unused_name(source, "rate", "unit_rate")
        charge = unused_name(source, "charge", "charged")

        def charged(found: dict[str, Decimal]) -> tuple[Row, ...]:
            return tuple(
                (
                    *row,
                    *(
                        (f"{found[row[at]]:.2f}", f"{found[row[at]] * int(row[many]):.2f}")
                        if row[at] in found
                        else ("", "")
                    ),
                )
                for row in source.rows
            )

        result = source.with_rows(
            charged(rates),
            path=target,
            noun=f"{world.theme.record} records with charges",
            columns=(*source.columns, Column(rate, "rate"), Column(charge, "charge")),
            extent="enriched",
        )
        marked = draw.choice(listed)
        glued = rates | {marked: Decimal(f"{rates[marked]:.2f}1")}
        captions = (caption, outdated)
        text = page_text(world, rates, former, captions, marked, missing, draw)
        here, there, html = quoted(source.path), quoted(target), quoted(page)
        delimiter = "comma-separated" if form == "csv" else "tab-separated"
        table = f"//table[contains(caption, '{caption}')]"
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(page, text.encode())],
            request=[
                f"Our rates are only on an old web page, of which `{page}` is a copy. What counts "
                f"is the table with the caption `{caption}`, as a browser shows it: the rate per "
                f"unit for each `{group}`, written like `1.234,50` for one thousand two hundred "
                f"and thirty-four and a half. Write `{target}` ({delimiter}): the rows of "
                f"`{source.path}` in their order with two more columns at the end, `{rate}` and "
                f"`{charge}`, the latter being `{count}` times the rate. Both have two decimals "
                "after a point and no other separators; both are blank where the table has no "
                "rate. The small figures behind some rates are footnotes.",
                f"Please charge what is in `{source.path}`. The rate per unit depends on "
                f"`{group}` and stands in the web page `{page}`, in the table that is headed "
                f"`{caption}` (the other one does not count, nor does what a reader of the page "
                "cannot see, and raised figures only refer to footnotes). There, "
                "`1.234,50` has a decimal comma. I need all rows as they are, with `"
                f"{rate}` and `{charge}` (`{count}` times rate) added as last columns, in "
                f"`{target}`, {delimiter}; with a decimal point, two decimals, no separator for "
                "thousands, and both cells blank if there is no rate.",
            ],
            steps=[
                look(
                    f"head -n 24 {html}; xmllint --noout {html} 2>&1 | head -n 4; mlr --i{form} "
                    f"--onidx cut -f {group} {here} | sort | uniq -c",
                    "The rates are in a page that was written by hand long ago.",
                    "Read its source, see how broken it is, and list our groups.",
                ),
                look(
                    f"xmllint --html --xpath 'count(//table)' {html} 2> /tmp/html.log; xmllint "
                    f'--html --xpath "{table}//tr" {html} 2> /tmp/html.log; true',
                    "Tags are left open, and some rows stand in comments. A parser for HTML sees "
                    "what a browser sees.",
                    f"Look at the rows below the caption {caption}.",
                ),
                do(
                    f"tidy -q -asxml -numeric --show-warnings no -o {PAGE} {html} || [ $? -eq 1 ]\n"
                    f"cat > {SHEET} <<'XSL'\n{STYLE.replace('CAPTION', caption)}\nXSL\n"
                    f"xsltproc {SHEET} {PAGE} > {RATES}",
                    "Rows with three cells hold rates; heads of groups have one. A footnote mark "
                    f"stands right behind the rate of {marked} and must not become a digit.",
                    "Mend the page, then take name and rate out of the table by a stylesheet.",
                ),
                do(
                    f"mlr --{form} join --ur -j {group} -f <(mlr --itsv --o{form} "
                    f"--implicit-csv-header label {group},{rate} {RATES}) then put '${charge} = "
                    f'is_present(${rate}) ? fmtnum(${count} * ${rate}, "%.2f") : ""; ${rate} = '
                    f'is_present(${rate}) ? fmtnum(${rate}, "%.2f") : ""\' then reorder -f '
                    f"{','.join(source.header)} then reorder -e -f {rate},{charge} {here} > "
                    f"{there}",
                    f"Every group but {missing} has a rate.",
                    "Join the rates by group and multiply; what has no rate stays blank.",
                ),
                look(
                    f"cat {RATES}; head -n 4 {there}; mlr --i{form} --opprint count-distinct -f "
                    f"{group},{rate} {there}; wc -l {there} {here}",
                    "No row may be lost, and each group should have one rate.",
                    "Compare rates and groups, and count the rows.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("the outdated rates", result.with_rows(charged(former))),
                    ("a footnote became a digit", result.with_rows(charged(glued))),
                    (
                        "rows without a rate are left out",
                        result.with_rows(row for row in charged(rates) if row[-1]),
                    ),
                    (
                        "a commented-out row counts",
                        result.with_rows(charged(rates | {missing: Decimal("17.40")})),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"xmllint --xpath '//table' {html}",
                    symptom=r"parser error|mismatch",
                    diagnosis="The page is no XML. It has to be parsed as HTML, or mended first.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"tidy --to-csv {html}",
                    symptom=r"unknown option|to-csv",
                    diagnosis="tidy only mends pages; a stylesheet takes the table out.",
                ),
            ],
        )


def german(value: Decimal) -> str:
    """The figure with a decimal comma and points for thousands."""
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def page_text(
    world: World,
    rates: dict[str, Decimal],
    former: dict[str, Decimal],
    captions: tuple[str, str],
    marked: str,
    hidden: str,
    draw: Draw,
) -> str:
    """A page with both tables, written carelessly, and a row for `hidden` in a comment."""
    tables = []
    for title, found in draw.shuffled(zip(captions, (rates, former), strict=True)):
        rows = [f"<TABLE border=1 cellpadding=3><caption><b>{title}</b></caption>"]
        rows.append("<tr><th>Group<th align=right>Rate<th>Since")
        names = draw.shuffled(sorted(found))
        for number, name in enumerate(names):
            if number == len(names) // 2:
                rows.append("<tr><td colspan=3><i>by appointment")
            text = german(found[name])
            cell = f"<b>{text}" if draw.chance(0.3) else text
            note = "<sup>1</sup>" if name == marked else ""
            since = draw.choice(["January", "1 Feb", "always"])
            rows.append(f"<TR><td> {name}\n  <td align=right>{cell}{note}<td>{since}")
        rows.append(f"<!-- <tr><td>{hidden}<td>17,40<td>not yet -->")
        tables.append("\n".join(rows) + "\n</table>\n")
    top = f"<HTML><head><TITLE>{world.theme.organisation}</title>\n<body bgcolor=white>\n"
    middle = "<p>All rates are per unit &amp; without tax.<br>\n<hr noshade>\n"
    end = f"<p><sup>1</sup> subject to change\n<p>&copy; {world.theme.team}\n"
    return top + f"<h1>What we charge</h2>\n{tables[0]}{middle}{tables[1]}{end}</body>\n"
