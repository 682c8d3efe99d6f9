"""Write a listing as a Markdown checklist with sections."""

from __future__ import annotations

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.table import NUMERIC
from shellwright.recipe.tabular import label

#: Sections for the rows without a value.
EMPTY = ("unsorted", "to be sorted", "no entry")


class ChecklistFromListing(Recipe):
    """A heading for each value of a column, and below it a box for each row."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="listing"),)
    gives = (Pattern.of("report", format="text"),)
    tools = ("mlr", "gawk", "cat", "grep", "wc")
    packages = ("miller", "gawk")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        naming = label(source)
        places = [place for place in range(len(source.columns)) if _sections(source, place)]
        if naming in places or not places:
            raise Unsuitable("no column that would make sections")
        place, empty = draw.choice(places), draw.choice(EMPTY)
        groups: dict[str, list[str]] = {}
        for row in source.rows:
            groups.setdefault(row[place] or empty, []).append(row[naming])
        if empty in {row[place] for row in source.rows} or not all(r[naming] for r in source.rows):
            raise Unsuitable("the name of a section is in use, or a row has no name")
        title = draw.choice(["To do", "Work list", "To look at", "Follow-up"])
        by, item = source.header[place], source.header[naming]
        target = world.output(draw, ["checklist", "to_do", f"{by}_checklist"], ".md")
        lines = [f"# {title}", *_body(groups, sorted(groups))]
        result = Report(path=target, noun="checklist", value=lines, format="text")
        here, there = quoted(source.path), quoted(target)
        read = f"mlr --icsv --otsv cat {here}" if source.format == "csv" else f"cat {here}"
        collect = (
            f"{read} | LC_ALL=C gawk -F '\\t' 'NR > 1 {{\n"
            f'  key = ${place + 1} == "" ? "{empty}" : ${place + 1}\n'
            f'  n[key]++; items[key] = items[key] "- [ ] " ${naming + 1} "\\n"\n'
            '} END { PROCINFO["sorted_in"] = "@ind_str_asc"\n'
            '  for (key in n) printf "\\n## %s (%d)\\n\\n%s", key, n[key], items[key] }\''
        )
        ordered = {key: sorted(names) for key, names in groups.items()}
        answers = [
            _wrong("sections in the order of the file", target, title, groups, list(groups)),
            _wrong("items sorted", target, title, ordered, sorted(groups)),
            Wrong(
                "boxes are ticked",
                path=target,
                content=result.text().replace("- [ ]", "- [x]").encode(),
            ),
        ]
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Make a Markdown checklist of `{source.path}` in `{target}`. Its first line is "
                f"`# {title}`. For each value of `{by}`, in byte order, follow an empty line, the "
                "heading `## VALUE (NUMBER)` with the number of rows, another empty line, and a "
                f"line `- [ ] ITEM` for each row, where the item is its `{item}`; rows keep their "
                f"order. An empty `{by}` is called `{empty}`.",
                f"People are going to tick off what is in `{source.path}`. I need `{target}`: "
                f"`# {title}` on top, then a section for every `{by}` (`{empty}` where that is "
                "empty), sorted by bytes, that begins with `## VALUE (NUMBER)`, value and number "
                f"of its rows. Below the heading stands one line `- [ ] ITEM` a row with the "
                f"row's `{item}`, as they come in the file. There is one empty line before and "
                "one after each heading of a section, and no other.",
                f"Please turn `{source.path}` into a list of boxes, `{target}`, in Markdown. After "
                f"the title `# {title}` the rows are grouped by `{by}`: an empty line, "
                "`## VALUE (NUMBER)`, which says how many rows the group has, an empty line, then "
                f"`- [ ] ITEM` with the `{item}` of each row in the present order. Groups are in "
                f"byte order of their value; for an empty one write `{empty}`.",
            ],
            steps=[
                look(
                    f"cat {here}",
                    f"{source.path} is to become a checklist by {by}.",
                    "Read it, to see its columns and whether cells are empty.",
                ),
                do(
                    f"{{ echo '# {title}'; {collect}; }} > {there}",
                    f"Column {place + 1} makes the sections, column {naming + 1} the items.",
                    "Collect the items of each section and print the sections in byte order.",
                ),
                look(
                    f"grep -c '^- \\[ \\]' {there}; wc -l < {here}; cat {there}",
                    "There has to be a box for each row, which are the lines without the header.",
                    "Count the boxes and read the page.",
                ),
            ],
            wrong=[answer for answer in answers if answer.content != result.text().encode()],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mlr --i{source.format} --ochecklist cat {here} > {there}",
                    symptom=r"option .*--ochecklist.* not recognized",
                    diagnosis="Miller writes Markdown tables (--omd), but no checklists.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "verification",
                    before=2,
                    command=f"grep -c '^- [ ]' {there} || echo 'no boxes'",
                    symptom=r"no boxes",
                    diagnosis="Brackets mean a set of characters to grep; they have to be escaped.",
                ),
            ],
        )


def _sections(table: Table, place: int) -> bool:
    """Whether the values of a column would make a handful of sections."""
    cells = [row[place] for row in table.rows]
    return (
        table.columns[place].role not in NUMERIC
        and 2 <= len(set(cells)) <= min(12, len(cells) - 1)
        and not any(set(cell) & set('\t\\"') for row in table.rows for cell in row)
    )


def _body(groups: dict[str, list[str]], order: list[str]) -> list[str]:
    lines: list[str] = []
    for key in order:
        lines += ["", f"## {key} ({len(groups[key])})", ""]
        lines += [f"- [ ] {name}" for name in groups[key]]
    return lines


def _wrong(
    name: str, path: str, title: str, groups: dict[str, list[str]], order: list[str]
) -> Wrong:
    text = "".join(f"{line}\n" for line in [f"# {title}", *_body(groups, order)])
    return Wrong(name, path=path, content=text.encode())
