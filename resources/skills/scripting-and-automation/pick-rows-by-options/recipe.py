"""A script that selects rows by options, written and used."""

from __future__ import annotations

import itertools

from shellwright.recipe import (
    Draw,
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
from shellwright.recipe.tabular import differing, other_extents

SCRIPT = r"""#!/bin/bash
# Picks rows of a tab-separated file with a header.
set -euo pipefail
me=${0##*/}
usage() { echo "usage: $me [-h] [-g @1@]... [-s @2@] [-m @3@] [-n ROWS] [FILE]"; }
refuse() { echo "$me: $1" >&2; usage >&2; exit 64; }

wanted=()
while getopts ':hg:s:m:n:' option; do
  case $option in
    h) usage; exit 0 ;;
    g) wanted+=("$OPTARG") ;;
    s) export STATE=$OPTARG ;;
    m | n)
      [[ $OPTARG =~ ^[0-9]+$ ]] || refuse "-$option wants a whole number, not $OPTARG"
      if [ "$option" = m ]; then export LEAST=$OPTARG; else export ROWS=$OPTARG; fi
      ;;
    :) refuse "-$OPTARG wants a value" ;;
    *) refuse "there is no option -$OPTARG" ;;
  esac
done
shift $((OPTIND - 1))
[ $# -le 1 ] || refuse "more than one file"
if [ "${1:--}" != - ]; then
  [ -r "$1" ] || { echo "$me: $1 cannot be read" >&2; exit 66; }
  exec < "$1"
fi
if [ ${#wanted[@]} -gt 0 ]; then
  WANTED=$(printf '%s\n' "${wanted[@]}")
  export WANTED
fi
awk -F '\t' '
  NR == 1 {
    for (i = 1; i <= NF; i++) at[$i] = i
    if ("WANTED" in ENVIRON) n = split(ENVIRON["WANTED"], list, "\n")
    for (i = 1; i <= n; i++) good[list[i]]
    print
    next
  }
  "WANTED" in ENVIRON && !($at["@1@"] in good) { next }
  "STATE" in ENVIRON && $at["@2@"] "" != ENVIRON["STATE"] "" { next }
  "LEAST" in ENVIRON && $at["@3@"] + 0 < ENVIRON["LEAST"] + 0 { next }
  "ROWS" in ENVIRON && found >= ENVIRON["ROWS"] + 0 { next }
  { print; found++ }
  END { exit found ? 0 : 1 }'
"""
#: Columns of the trial's file, in this order, and its rows: state, note, count, category.
TRIAL = (
    ("open", "-", "9", "North"),
    ("open", 'says "no"', "10", "North East"),
    ("done", "a\\tb", "100", "in\\new"),
    ("on hold", "", "7", "North"),
    ("open", "$5", "010", "in\\new"),
    ("done", "-", "11", "North East"),
    ("1", "-", "12", "North"),
    ("1.0", "-", "13", "North"),
)


class PickRowsByOptions(Recipe):
    """Rows selected by category, state and size are there, by a script that takes options."""

    needs = (
        Pattern.of(
            "table",
            format="tsv",
            condition="clean",
            shape="records",
            extent=other_extents("selected"),
        ),
    )
    gives = (
        Pattern.of("table", format="tsv", condition="clean", shape="records", extent="selected"),
    )
    tools = ("bash", "cat", "chmod", "cut", "head", "shellcheck", "sort", "tail", "uniq", "wc")
    packages = ("shellcheck",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category", "status", "count"):
            raise Unsuitable("a column to select by is missing")
        one, two, three = (source.name(role) for role in ("category", "status", "count"))
        pairs = list(itertools.combinations(dict.fromkeys(source.values("category")), 2))
        states = list(dict.fromkeys(source.values("status")))
        thresholds = sorted({int(cell) for cell in source.values("count")})
        choices = []
        for pair, state in itertools.product(draw.shuffled(pairs), draw.shuffled(states)):
            fitting = picked(source, pair, state, 0)
            counts = [int(row[source.index("count")]) for row in fitting]
            choices += [
                (pair, state, least)
                for least in thresholds
                if least > 1 and 3 <= sum(count >= least for count in counts) < len(source.rows)
            ]
        if not choices:
            raise Unsuitable("no selection of a sensible size")
        pair, state, least = draw.choice(choices)
        script = world.output(draw, ["pick", "select_rows", "extract"], ".sh")
        target = world.output(draw, ["picked", "selection", "extract"], ".tsv")
        result = source.with_rows(
            picked(source, pair, state, least),
            path=target,
            extent="selected",
            noun=f"selected {source.noun}",
        )
        text = SCRIPT.replace("@1@", one).replace("@2@", two).replace("@3@", three)
        here, there, tool = quoted(source.path), quoted(target), quoted(script)
        place = source.index("category") + 1, source.index("status") + 1
        options = f"-g {quoted(pair[0])} -g {quoted(pair[1])} -s {quoted(state)} -m {least}"
        rules = (
            f"`-g` names a `{one}` and may be repeated (any of them will do), `-s` a `{two}`, `-m` "
            f"the least `{three}`, `-n` how many rows at most, in the order of the file; `-h` "
            "prints the usage. Without a file, or for `-`, it reads standard input. Exit codes: "
            "`0`, `1` where no row fits (the header still comes), `64` for unknown options, "
            "missing values, numbers that are not whole or a second file, `66` for a file that "
            "cannot be read; complaints go to standard error only. Columns are found by name, "
            "values are compared to the letter."
        )
        use = f"`{one}` `{pair[0]}` or `{pair[1]}`, `{two}` `{state}`, `{three}` at least `{least}`"
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"People keep asking for extracts of `{source.path}`. Write an executable bash "
                f"script `{script}` that prints the header and the fitting rows of such a "
                f"tab-separated file. {rules} And make the first extract with it, "
                f"`{target}`: {use}.",
                f"I need `{script}`, an executable bash script for extracts from tab-separated "
                f"files like `{source.path}`: header first, then every row that fits all that was "
                f"asked. {rules} Use it to save as `{target}` the rows with {use}.",
            ],
            steps=[
                look(
                    f"head -n 4 {here}; tail -n +2 {here} | cut -f {place[0]} | sort | uniq -c; "
                    f"tail -n +2 {here} | cut -f {place[1]} | sort | uniq -c",
                    "The values that are to be selected by may hold blanks or other signs.",
                    "Look at the header and at the values of both columns.",
                ),
                do(
                    f"cat > {tool} <<'SCRIPT'\n{text}SCRIPT\nchmod 755 {tool}",
                    "getopts covers the options. awk takes values from the environment, where "
                    "backslashes stay as they are.",
                    "Write the script, with columns found by their names.",
                    duration=1.0,
                ),
                do(
                    f"bash {tool} {options} {here} > {there}",
                    "The script is in place; the first extract can be made.",
                    "Select with the options that were asked for.",
                ),
                look(
                    f"shellcheck {tool}; wc -l < {there}; head -n 4 {there}; "
                    f"bash {tool} -g nobody {here} | wc -l; bash {tool} -m x || echo code $?; "
                    f"bash {tool} -s || echo code $?; bash {tool} /nowhere || echo code $?",
                    "Only rows that all options let through should have come, below the header.",
                    "Count, lint, and try the refusals.",
                    duration=0.6,
                ),
            ],
            checks=[
                shell_prints(
                    trial(tool, one, two, three),
                    trial_text(one, two, three),
                    about=f"{script} selects from another file, and refuses as agreed.",
                    paths=[script],
                    key="trial",
                    weight=2.0,
                )
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("only the last category", _with(result, source, pair[1:], state, least)),
                        ("more than the least", _with(result, source, pair, state, least + 1)),
                        ("any state", _with(result, source, pair, None, least)),
                    ],
                ),
                Wrong(
                    "columns are where they are in this file",
                    path=script,
                    content=text.replace(f'$at["{two}"]', f"${place[1]}").encode(),
                ),
                Wrong(
                    "an empty selection is a success",
                    path=script,
                    content=text.replace("exit found ? 0 : 1", "exit 0").encode(),
                ),
                Wrong(
                    "numbers are not checked",
                    path=script,
                    content=text.replace('|| refuse "-$option wants', '|| : "').encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command=f"bash {tool} -g {quoted(pair[0])} {quoted(pair[1])} {here}",
                    symptom=r"more than one file",
                    diagnosis="Each value wants an option of its own; the second one was taken "
                    "for a file.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command="getopts --long category: option",
                    symptom=r"illegal option|invalid option|getopts: --",
                    diagnosis="The builtin getopts knows no long options, nor any of its own.",
                ),
            ],
        )


def picked(
    table: Table, categories: tuple[str, ...], state: str | None, least: int, most: int = 10**9
) -> list[Row]:
    """The rows that fit, in order; without categories or state, any will do."""
    places = [table.index(role) for role in ("category", "status", "count")]
    found = []
    for row in table.rows:
        category, status, count = (row[place] for place in places)
        fits = (not categories or category in categories) and state in (None, status)
        if fits and int(count) >= least:
            found.append(row)
    return found[:most]


def _with(
    result: Table, source: Table, categories: tuple[str, ...], state: str | None, least: int
) -> Table:
    return result.with_rows(picked(source, categories, state, least))


def trial(tool: str, one: str, two: str, three: str) -> str:
    """A bash script that selects from a file with other columns, and calls the tool wrongly."""
    rows = "\n".join("\t".join(row) for row in ((two, "text", three, one), *TRIAL))
    return f"""at=$(mktemp -d); trap 'rm -rf "$at"' EXIT; cd "$at"
cat > 'in=1.tsv' <<'END'
{rows}
END
try() {{
  code=0; {tool} "$@" 2> err || code=$?; echo "exit $code"; test ! -s err || echo told
}}
try in=1.tsv
try -g North -g 'in\\new' ./in=1.tsv
try -s open -m 10 - < in=1.tsv
try -s 1 in=1.tsv
try -n2 -g 'North East' -g North -- in=1.tsv
try -g north in=1.tsv
try -n 0 in=1.tsv
try -h | tail -n 1
try -z in=1.tsv
try in=1.tsv -g
try -m 1.5 in=1.tsv
try -n -1 in=1.tsv
try -g
try in=1.tsv in=1.tsv
try missing.tsv"""


def trial_text(one: str, two: str, three: str) -> str:
    """What that prints when the tool does what it should."""

    def select(categories: str = "", state: str = "", least: int = 0, most: int = 99) -> list[str]:
        fit = [
            row
            for row in TRIAL
            if (not categories or row[3] in categories.split(","))
            and state in ("", row[0])
            and int(row[2]) >= least
        ][:most]
        rows = ["\t".join(row) for row in ((two, "text", three, one), *fit)]
        return [*rows, f"exit {0 if fit else 1}"]

    lines = [
        *select(),
        *select("North,in\\new"),
        *select(state="open", least=10),
        *select(state="1"),
        *select("North East,North", most=2),
        *select("north"),
        *select(most=0),
        "exit 0",
        *["exit 64", "told"] * 6,
        *["exit 66", "told"],
    ]
    return "".join(f"{line}\n" for line in lines)
