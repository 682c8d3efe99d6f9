"""Collect the to-dos that stand in documents."""

from __future__ import annotations

import re

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Tree,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)

TASK = re.compile(r"TODO: ask (.+) about (.+)")
COLUMNS = (
    Column("person", "person"),
    Column("subject", "category"),
    Column("file", "path"),
    Column("line", "count"),
)


class CollectOpenTasks(Recipe):
    """One row a marked task: whom to ask, about what, and where it stands."""

    needs = (
        Pattern.of(
            "tree",
            content="documents",
            condition=("tidy", "linked", "scattered", "outdated", "misnamed"),
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("cut", "grep", "head", "sed", "sort", "uniq", "wc")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        found = tasks(source)
        if len(found) < 2 or any(set("".join(row)) & set(',":\\') for row in found):
            raise Unsuitable("hardly any tasks, or names that need quoting")
        rows = sorted(found, key=lambda row: (row[0].encode(), row[2].encode(), int(row[3])))
        target = world.output(draw, ["open_tasks", "todo", "questions"], ".csv")
        result = summary(target, "open tasks", COLUMNS, rows)
        here, there = quoted(source.path), quoted(target)
        take_apart = r"s/^([^:]*):([0-9]+):TODO: ask (.+) about (.+)$/\3,\4,\1,\2/"
        script = (
            f"(cd {here} && grep -rnE '^TODO: ask .+ about .+$' .) | sed 's,^\\./,,' |\n"
            f"  sed -E '{take_apart}' |\n"
            "  LC_ALL=C sort -t, -k1,1 -k3,3 -k4,4n | "
            f"sed '1i person,subject,file,line' > {there}"
        )
        by_file = sorted(rows, key=lambda row: row[2])
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Collect the open questions from the files below `{source.path}`. They stand "
                "there as lines of the form `TODO: ask <person> about <subject>`. In "
                f"`{target}` (CSV, header `person,subject,file,line`) I want a row for each, with "
                "the path relative to the folder and the number of the line, sorted by person and "
                "then by path, both byte by byte.",
                f"People have left lines like `TODO: ask <person> about <subject>` all over "
                f"`{source.path}`. Make a CSV file `{target}` of them with the columns "
                "`person,subject,file,line`; file is the relative path, line the line number, "
                "counted from 1. Order the rows by person, and by path where a person is asked "
                "more than once (byte order).",
            ],
            steps=[
                look(
                    f"grep -rn 'TODO' {here} | head -n 6; grep -rc '^TODO: ask ' {here} | "
                    "grep -vc ':0$'",
                    "Before taking lines apart I want to see what they look like.",
                    "Show some of the marked lines and count the files that have one.",
                ),
                do(
                    script,
                    "Only lines of the form described count; neither names nor subjects hold a "
                    "comma.",
                    "Find the lines, take them apart, order them and add a header.",
                ),
                look(
                    f"head -n 5 {there}; wc -l {there}; cut -d, -f1 {there} | sort | uniq -d",
                    "Is there a row for each such line, under a header?",
                    "Look at the first rows, count, and see who is asked twice.",
                ),
            ],
            wrong=[
                *(result.with_rows(by_file).as_wrong("sorted by file") if by_file != rows else []),
                *result.with_rows((*row[:3], str(int(row[3]) - 1)) for row in rows).as_wrong(
                    "lines are counted from 0"
                ),
                *result.with_rows((*row[:2], f"./{row[2]}", row[3]) for row in rows).as_wrong(
                    "paths begin with ./"
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"grep -n 'TODO: ask' {here}",
                    symptom=r"grep: .*: Is a directory",
                    diagnosis="Without -r grep does not look into a folder.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"grep -rhE 'TODO: ask (.+ about .+$' {here}",
                    symptom=r"grep: Unmatched \( or \\\(",
                    diagnosis="The group in the pattern is not closed; no parenthesis is needed "
                    "for finding the lines.",
                ),
            ],
        )


def tasks(tree: Tree) -> list[Row]:
    """Person, subject, file and line of every task in the files of a tree."""
    found: list[Row] = []
    for file in tree.files:
        for number, line in enumerate(file.content.decode(errors="replace").split("\n"), 1):
            if match := TASK.fullmatch(line):
                found.append((match[1], match[2], file.name, str(number)))
    return found
