"""Bring a table up to date through a series of binary deltas."""

from __future__ import annotations

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Table,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.delivery import has_bytes
from shellwright.recipe.kinds.transfer import Transfer


class ApplyUpdateSeries(Recipe):
    """The current version of a table, made of an old one and the deltas that lead there."""

    needs = (Pattern.of("transfer", form="deltas"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="records"),)
    tools = (
        *("awk", "bspatch", "cat", "cp", "cut", "file", "head", "ls", "mktemp", "mv", "rdiff"),
        *("rm", "sha256sum", "tail", "wc", "xdelta3"),
    )
    packages = ("bsdiff", "file", "rdiff", "xdelta3")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Transfer)
        table = source.payload
        assert isinstance(table, Table)
        base, chain = source.fact("base")[0], source.fact("chain")
        formats = source.fact("formats")
        last, dead = source.fact("earlier")
        result = table.at(
            world.output(draw, [base.removesuffix(".csv"), "current", "up_to_date"], ".csv")
        )
        applied = Report(
            path=world.output(draw, ["applied", "series_used"], ".txt"),
            noun="list of the updates that were applied",
            value=list(chain),
            format="text",
        )
        here, there, out = quoted(source.path), quoted(result.path), quoted(applied.path)
        route = (
            f"cd {here} || exit\n"
            "goal=$(cat CURRENT)\n"
            f"start=$(sha256sum < {quoted(base)} | cut -d' ' -f1)\n"
            'awk -F \'\\t\' -v goal="$goal" -v start="$start" \'\n'
            "  NR > 1 { file[$3] = $1; from[$3] = $2 }\n"
            "  END { for (sum = goal; sum != start; sum = from[sum]) {\n"
            "          if (!(sum in file)) exit 1\n"
            '          list = file[sum] (list == "" ? "" : "\\n" list) }\n'
            f"        print list }}' SERIES.tsv > {out}"
        )
        build = (
            f'cd {here} && work=$(mktemp -d) && cp {quoted(base)} "$work/old"\n'
            "while read -r delta; do\n"
            '  case $(file -b "$delta") in\n'
            '    VCDIFF*) xdelta3 -d -f -s "$work/old" "$delta" "$work/new" ;;\n'
            '    bsdiff*) bspatch "$work/old" "$work/new" "$delta" ;;\n'
            '    rdiff*) rdiff -f patch "$work/old" "$delta" "$work/new" ;;\n'
            "  esac || exit 1\n"
            "  want=$(awk -F '\\t' -v name=\"$delta\" '$1 == name { print $3 }' SERIES.tsv)\n"
            '  [ "$(sha256sum < "$work/new" | cut -d\' \' -f1)" = "$want" ] || exit 1\n'
            '  mv "$work/new" "$work/old"\n'
            f"done < {out}\n"
            f'cp "$work/old" {there} && rm -r "$work"'
        )
        return Move(
            focus=result,
            makes=[applied, result],
            request=[
                f"Bring `{base}` in `{source.path}` up to date. `SERIES.tsv` there says for every "
                "update which version it applies to and which one it gives, both as SHA-256; "
                "`CURRENT` has the sum of the version that we need. Put that version in "
                f"`{result.path}`, exactly those bytes, and into `{applied.path}` the file names "
                "of the updates that lead there, one a line in the order of application. One "
                "update was withdrawn and must not be in it. The folder with the updates stays as "
                "it is.",
                f"From the old `{base}` and the binary updates in `{source.path}` make the "
                f"version whose SHA-256 is in `CURRENT`, as `{result.path}`, to the byte. The "
                "table `SERIES.tsv` knows from which sum to which sum each update leads; the "
                "updates come from several programs and one of them is a dead end. List those "
                f"that you had to apply in `{applied.path}`, file names only, one a line, first "
                "applied first. Leave everything in that folder alone.",
            ],
            steps=[
                look(
                    f"cd {here} && ls -l && file -- *.upd && cat SERIES.tsv CURRENT && "
                    f"sha256sum {quoted(base)}",
                    "I need the formats of the updates and how they hang together.",
                    "List the folder, the formats, the series and the sum of what we have.",
                ),
                do(
                    f"({route})",
                    f"Formats are mixed ({', '.join(formats)}). Two updates apply to the same "
                    "version; walking back from the sum that is wanted has one answer only.",
                    "Follow the sums backwards and write the route in order of application.",
                ),
                look(
                    f"cat {out}; wc -l {out}",
                    "The withdrawn update must not be among those that are left.",
                    "Read the route before anything is applied.",
                ),
                do(
                    f"({build})",
                    "Each program has its arguments in another order, and a step must be checked "
                    "before the next one builds on it.",
                    "Apply the updates one after the other and compare the sum each time.",
                    0.6,
                ),
                look(
                    f"sha256sum {there}; head -n 3 {there}; tail -n 2 {there}; wc -l < {there}",
                    "The sum must be the one in CURRENT. Is the table whole?",
                    "Compare the sum and look at the table.",
                ),
            ],
            checks=[
                has_bytes(
                    result.path,
                    table.content(),
                    f"{result.path} is the current version, byte for byte.",
                )
            ],
            wrong=[
                Wrong("the last update is missing", path=result.path, content=last.encode()),
                Wrong("the withdrawn update", path=result.path, content=dead.encode()),
                Wrong(
                    "the withdrawn update is listed as applied",
                    path=applied.path,
                    content="".join(
                        f"{name}\n" for name in (chain[0], chain[1].replace("b", ""), *chain[1:])
                    ).encode(),
                ),
            ],
            mistakes=[
                wrong_program(source, formats[0], chain[0], base),
                Mistake(
                    "hallucination",
                    before=3,
                    command="xdelta3 --apply-all /tmp/old /tmp/new",
                    symptom=r"(unrecognized option|usage: xdelta3|xdelta3: )",
                    diagnosis="xdelta3 applies one delta at a time; a series needs a loop.",
                ),
            ],
        )


def wrong_program(source: Transfer, form: str, delta: str, base: str) -> Mistake:
    """The first delta, given to a program that does not know its format."""
    here = quoted(source.path)
    if form == "bsdiff":
        command = f"xdelta3 -d -f -s {here}/{quoted(base)} {here}/{quoted(delta)} /tmp/new"
        symptom = r"(not a VCDIFF input|xdelta3: )"
    else:
        command = f"bspatch {here}/{quoted(base)} /tmp/new {here}/{quoted(delta)}"
        symptom = r"(Corrupt patch|bspatch: )"
    return Mistake(
        "analysis",
        before=3,
        command=command,
        symptom=symptom,
        diagnosis=f"{delta} is in the format of {form}; each format has its own program.",
    )
