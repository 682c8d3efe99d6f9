"""Write a letter for each group of a table, wrapped to a width."""

from __future__ import annotations

import textwrap
from decimal import Decimal

from shellwright.recipe import (
    PEOPLE,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Tree,
    TreeFile,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import grouped, slug


class WriteWrappedLetters(Recipe):
    """A folder of letters, one for each group, with its figures and lines of a limited length."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="full"
        ),
    )
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = ("awk", "cat", "expand", "fold", "grep", "head", "ls", "m4", "mkdir", "mlr", "sed",
             "sort", "tr", "wc")  # fmt: skip
    packages = ("m4", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        at, cell, state = (source.index(role) for role in ("category", "amount", "status"))
        group, amount, status = (source.name(role) for role in ("category", "amount", "status"))
        waiting = draw.choice(sorted(set(source.values("status"))))
        groups = grouped(source.rows, lambda row: row[at])
        if len(groups) < 3 or any(set(name) & set("`',()#$") for name in (*groups, waiting)):
            raise Unsuitable("too few groups, or names with marks")
        width = draw.choice([46, 52, 58, 64])
        limit = sorted(sum(row[state] == waiting for row in rows) for rows in groups.values())[1]
        template = world.input(draw, ["letter", "circular", "reminder"], ".m4")
        folder = world.output(draw, ["letters", "mailing", "outgoing"])
        text = letter_template(world, waiting, limit, source.name("amount"), draw)
        figures = {
            name: {
                "GROUP": name,
                "RECORDS": str(len(rows)),
                "TOTAL": f"{sum(Decimal(row[cell]) for row in rows):.2f}",
                "WAITING": str(sum(row[state] == waiting for row in rows)),
            }
            for name, rows in groups.items()
        }
        most = max(int(found["WAITING"]) for found in figures.values())
        if most <= limit:
            raise Unsuitable("no group has more than the limit")

        def letters(columns: int, ignore: bool = False) -> Tree:
            files = [
                TreeFile(
                    f"{slug(name)}.txt",
                    wrapped(filled(text, found, 10_000 if ignore else limit), columns).encode(),
                )
                for name, found in figures.items()
            ]
            return Tree(path=folder, noun="letters to the groups", files=tuple(sorted(files)))

        result = letters(width)
        here, there, given = quoted(source.path), quoted(folder), quoted(template)
        one = next(name for name in sorted(figures) if int(figures[name]["WAITING"]) > limit)
        form = source.format
        script = (
            f"mkdir {there}\nmlr --i{form} --onidx -S cut -f {group} {here} | sort -u | while IFS= "
            "read -r name; do\n"
            f"  rows=$(mlr --i{form} --onidx --ofs ';' -S filter '${{{group}}} == \"'\"$name\"'\"' "
            f"then cut -o -f {status},{amount} {here})\n"
            "  file=$(tr '[:upper:]' '[:lower:]' <<< \"$name\" | sed -E 's/[^a-z0-9]+/-/g; "
            "s/^-|-$//g')\n"
            '  m4 -DGROUP="$name" -DRECORDS="$(wc -l <<< "$rows")" \\\n'
            '    -DTOTAL="$(awk -F \';\' \'{ s += $2 } END { printf "%.2f", s }\' <<< "$rows")" '
            "\\\n"
            f'    -DWAITING="$(grep -c \'^{waiting};\' <<< "$rows" || true)" {given} |\n'
            f"    expand | sed 's/$/ /' | fold -s -w {width + 1} | sed 's/ *$//' "
            f'> {there}/"$file.txt"\ndone'
        )
        victim = f"{folder}/{slug(one)}.txt"
        narrow = {file.name: file.content for file in letters(width - 1).files}
        careless = {file.name: file.content for file in letters(width, ignore=True).files}
        right = {file.name: file.content for file in result.files}
        name = f"{slug(one)}.txt"
        wrong = [
            Wrong(label, path=victim, content=content)
            for label, content in (
                ("broken one column too early", narrow[name]),
                ("the condition was not evaluated", careless[name]),
                ("tabs were left", right[name].replace(b"To:     ", b"To:\t")),
            )
            if content != right[name]
        ]
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(template, text.encode())],
            request=[
                f"Every `{group}` in `{source.path}` gets a letter. `{template}` is the template, "
                "for the macro processor m4; the words that have to be defined are `GROUP` (the "
                f"`{group}`), `RECORDS` (how many records it has), `TOTAL` (sum of `{amount}`, two "
                f"decimals) and `WAITING` (records with the `{status}` `{waiting}`). The letters "
                f"go to a new folder `{folder}`, named after the `{group}` in lower case, with one "
                "hyphen for whatever is not a letter or digit, and `.txt`. No line may be longer "
                f"than `{width}` characters: break the long ones at blanks, and each "
                "line takes as many words as fit. Tabs become blanks up to the next multiple "
                "of `8`, before lines are measured; there are no blanks at the end of "
                "a line. Short lines and blank lines stay as they are.",
                f"Please write the mailing: one letter per `{group}` in `{source.path}`, made from "
                f"the m4 template `{template}` with `GROUP` for its name, `RECORDS` for the number "
                f"of its records, `TOTAL` for the sum of `{amount}` with two decimals, and "
                f"`WAITING` for the number of records whose `{status}` is `{waiting}`. Put them "
                f"into `{folder}` (does not exist yet) under the name of the `{group}`, "
                "lower case, runs of anything but letters and digits as one hyphen, plus `.txt`. "
                "They go out as plain text: expand tabs (stops at every `8` columns), then break "
                f"lines at blanks so that none has more than `{width}` characters and no word "
                "stands on a line although it would have fitted on the one before. Leave no "
                "blanks at line ends. Lines that are short enough are not joined.",
            ],
            steps=[
                look(
                    f"cat {given}; head -n 3 {here}",
                    "A template with macros and a condition.",
                    "Read it, and see the columns that the figures come from.",
                ),
                look(
                    f"mlr --i{form} --opprint count-distinct -f {group},{status} then filter "
                    f"'${{{status}}} == \"{waiting}\"' {here}",
                    f"More than {limit} of {waiting!r} make another sentence; {one} has "
                    f"{figures[one]['WAITING']}.",
                    "Count those by group.",
                ),
                do(
                    script,
                    f"A line of {width} characters and the blank behind it take {width + 1} "
                    "columns, so I fold one wider and drop blanks at line ends.",
                    "Fill in the template for each group, expand, wrap and write it.",
                    1.0,
                ),
                look(
                    f"ls {there}; cat {quoted(victim)}; wc -L {there}/*; grep -rnE "
                    f"'GROUP|RECORDS|TOTAL|WAITING|ifelse' {there}; true",
                    f"No line may have more than {width} characters, and no macro may be left.",
                    "Read a letter, measure the lines, and look for leftovers.",
                ),
            ],
            wrong=wrong,
            mistakes=[
                Mistake(
                    "verification",
                    before=2,
                    command=f"m4 -DGROUP={quoted(one)} {given} | fold -s -w {width} | wc -L; m4 "
                    f"-DGROUP={quoted(one)} {given} | fold -s -w {width} | grep -c 'WAITING'",
                    symptom=r"(?m)^[1-9]\d*$",
                    diagnosis="Only one macro was defined, so the names of the others are still in "
                    "the text, and the condition compares words.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"fold --greedy -w {width} {given}",
                    symptom=r"unrecognized option '--greedy'",
                    diagnosis="fold has no such option; with -s it breaks at blanks.",
                ),
            ],
        )


def letter_template(world: World, waiting: str, limit: int, amount: str, draw: Draw) -> str:
    """A letter with long lines, tabs and a condition, for m4."""
    theme, person = world.theme, draw.choice(PEOPLE)
    return (
        f"dnl letter of {theme.team}, filled in once a quarter\n"
        f"{theme.organisation}\nFrom:\t{person}\nTo:\tGROUP\n\n"
        f"Dear colleagues in GROUP,\n\n"
        f"in the period under review we have counted RECORDS {theme.records} of yours with a "
        f"{amount} of TOTAL in all, and we ask you to compare these figures with your own before "
        "the end of the month, because nothing can be put right after that.\n\n"
        f'ifelse(eval(WAITING > {limit}), 1, `Of these, WAITING are marked "{waiting}". That is '
        f"more than we have agreed on, so please call {person} about them this week; do bring a "
        f"list.', `Only WAITING are marked \"{waiting}\", which is fine with us.')\n\n"
        "If you have questions, look into the handbook first, and then write to us; "
        f"{draw.choice(['mornings', 'afternoons', 'Mondays'])} are best.\n\n"
        f"\t{person}\n\t{theme.team}\n"
    )


def filled(text: str, figures: dict[str, str], limit: int) -> str:
    """The letter as m4 makes it; a group with more than `limit` waiting gets the first sentence."""
    head, _, rest = text.partition("ifelse(")
    clause, _, tail = rest.partition("')")
    _, many, few = clause.split("`")
    chosen = many.rpartition("'")[0] if int(figures["WAITING"]) > limit else few
    whole = head.partition("\n")[2] + chosen + tail
    for name, value in figures.items():
        whole = whole.replace(name, value)
    return whole


def wrapped(text: str, width: int) -> str:
    """The text without tabs, long lines broken so that each takes as many words as fit."""
    lines: list[str] = []
    for line in text.expandtabs(8).splitlines():
        lines += textwrap.wrap(
            line, width, break_on_hyphens=False, break_long_words=False, drop_whitespace=True
        ) or [""]
    return "".join(f"{line.rstrip()}\n" for line in lines)
