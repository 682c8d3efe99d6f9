"""Rewrite a Perl report in another language, with the same output."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from shellwright.recipe import (
    Check,
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
    summary,
)
from shellwright.recipe.ports import LUA, PERL, RUBY, TCL
from shellwright.recipe.tabular import differing

#: Language, ending, interpreter, text, and two slips: of tenths, and of comments that are indented.
PORTS = (
    ("Lua 5.4", ".lua", "lua5.4", LUA,
     (" * (#part == 1 and 10 or 1)", ""), ('"^%s*#"', '"^#"')),
    ("Ruby", ".rb", "ruby", RUBY,
     ('.ljust(2, "0")', ""), ("\\A\\s*(#|", "\\A(#|")),
    ("Tcl", ".tcl", "tclsh", TCL,
     ("[string range ${part}00 0 1]", "0$part"), ("{^\\s*(#|", "{^(#|")),
)  # fmt: skip


class PortPerlReport(Recipe):
    """A report runs under another interpreter and prints the same for any input."""

    needs = (Pattern.of("table", format="tsv", condition="clean", shape="records"),)
    gives = (Pattern.of("table", format="tsv", condition="clean", shape="summary"),)
    tools = ("cat", "perl", "lua5.4", "luac5.4", "ruby", "tclsh", "cmp", "head", "tee")
    packages = ("lua5.4", "perl", "ruby", "tcl")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category", "person", "amount"):
            raise Unsuitable("no categories, people or amounts")
        language, ending, interpreter, template, tenths, comments = draw.choice(PORTS)
        roles = draw.choice([("category", "person"), ("person", "category")])
        words = [source.name(role) for role in (*roles, "amount")]
        script = world.input(draw, ["standing", "standings", "league"], ".pl")
        port = world.output(draw, ["standing", "standings", "league"], ending)
        target = world.output(draw, ["ranking", "totals", "standing"], ".tsv")
        result = _standing(source.header, source.rows, words, target)
        old = Entry(script, _filled(PERL, words).encode(), 0o755)
        new = _filled(template, words)
        given, there, at, here = (quoted(p) for p in (source.path, target, port, script))
        syntax = {
            "lua5.4": f"luac5.4 -p {at}",
            "ruby": f"ruby -c {at}",
            "tclsh": f"echo 'puts [info complete [read [open {port}]]]' | tclsh",
        }[interpreter]
        return Move(
            focus=result,
            makes=[result],
            brings=[old],
            checks=_checks(port, interpreter, words, draw.child("trouble")),
            request=[
                f"`{script}` prints the standing of our records, but the machine that it moves to "
                f"has no Perl. Rewrite it in {language} as `{port}` (I start it with "
                f"`{interpreter}`): whatever comes in on standard input, standard output has to be "
                "the same to the byte, and so is the exit code. Odd lines, other line ends, ties "
                "and missing columns are to be treated just like the original does. It may not "
                "start any other program. Leave the original alone, and save what the new script "
                f"prints for `{source.path}` as `{target}`.",
                f"Please port the Perl script `{script}` to {language}. The new one is `{port}`, "
                f"is run by `{interpreter}`, calls nothing else, and for any input gives the very "
                "same output and exit code as the old one, which stays as it is: also for lines "
                "that are blank, commented out, too short or end in CRLF, for amounts that are "
                "none, equal totals, and a header without the columns that it needs. Use it on "
                f"`{source.path}` (standard input) and keep the output as `{target}`.",
            ],
            steps=[
                look(
                    f"cat {here}; head -n 3 {given}",
                    f"{script} is short, but full of decisions about odd lines.",
                    "Read what it accepts, how it counts and how it sorts.",
                ),
                do(
                    f"cat > {at} <<'PORT'\n{new}PORT",
                    f"Money is counted in cents. {words[0]} and {words[1]} are stripped after the "
                    "split, an indented # is a comment too, and one decimal means tenths. Ties go "
                    "by bytes.",
                    f"Write the same in {language}, without anything that depends on the locale.",
                ),
                look(
                    f"{syntax} && printf '%s\\n' $'{words[0]}\\t{words[1]}\\t{words[2]}\\r' "
                    "$' b\\tx\\t-0.5\\r' '' $' # c\\tx\\t1' $'a\\tz\\t-0.50' $'b\\t\\t1e3' | tee "
                    f"/tmp/odd.tsv | perl {here} > /tmp/old.out; {interpreter} {at} "
                    "< /tmp/odd.tsv | cmp - /tmp/old.out && cat /tmp/old.out",
                    "The syntax has to be right, and the odd cases count more than the usual ones.",
                    "Check it, and run both on a few lines of trouble.",
                ),
                do(
                    f"{interpreter} {at} < {given} > {there}",
                    "Both agree on the trouble.",
                    "Run the port on the records.",
                ),
                look(
                    f"perl {here} < {given} | cmp - {there} && cat {there}",
                    "The largest total should come first.",
                    "Compare with the original on the real data.",
                ),
            ],
            wrong=[
                Wrong(
                    "one decimal is taken for hundredths",
                    path=port,
                    content=new.replace(*tenths).encode(),
                ),
                Wrong(
                    "an indented comment is counted",
                    path=port,
                    content=new.replace(*comments).encode(),
                ),
                *differing(result, [("ordered by name", result.with_rows(sorted(result.rows)))]),
            ],
            mistakes=[
                Mistake(
                    "requirement",
                    before=1,
                    command=f"env -i PATH=/none {interpreter} {here}",
                    symptom=r"No such file|not found|rror",
                    diagnosis=f"{interpreter} cannot run a Perl script; it has to be rewritten.",
                ),
                Mistake(
                    "verification",
                    before=3,
                    command=f"perl {here} {given} < /dev/null",
                    symptom=rf"no column {words[0]}",
                    diagnosis="The script reads standard input, not a file that is named.",
                ),
            ],
        )


def _filled(text: str, words: Sequence[str]) -> str:
    """The script for these columns."""
    for mark, word in zip(("@KEY@", "@WHO@", "@AMOUNT@"), words, strict=True):
        text = text.replace(mark, word)
    return text


def _checks(port: str, interpreter: str, words: Sequence[str], draw: Draw) -> list[Check]:
    """The port treats trouble as the original does, with LF and with CRLF line ends."""
    header, *rows = _trouble(words, draw)
    lines = "".join("\t".join(cells) + "\n" for cells in (header, *rows[:-1]))
    last = quoted("\t".join(rows[-1]))
    run = f'env -i PATH=/none "$(command -v {interpreter})" {quoted(port)}'
    return [
        shell_prints(
            f"{run} <<'ROWS'\n{lines}ROWS\n",
            _standing(header, rows[:-1], words, "/").text(),
            about=f"{port} treats odd lines as the original does.",
            paths=[port],
            key="odd",
            weight=3.0,
        ),
        shell_prints(
            f"{{ sed 's/$/\\r/' <<'ROWS'\n{lines}ROWS\nprintf %s {last}; }} | {run}\n"
            f"echo a | {run} 2> /dev/null || echo status $?\n",
            f"{_standing(header, rows, words, '/').text()}status 2\n",
            about=f"{port} knows CRLF, a last line without an end, and missing columns.",
            paths=[port],
            key="ends",
            weight=2.0,
        ),
    ]


def _trouble(words: Sequence[str], draw: Draw) -> list[list[str]]:
    """A header and lines of every odd sort."""
    key, who, amount = words
    rows = [
        [draw.choice(["alpha", "Zeta", "10", "9", "b c"]), draw.choice(["x", "Y", "zz"]),
         "-", f"{draw.integer(-30, 90)}.{draw.integer(0, 9)}", *draw.choice([[], ["more"]])]
        for _ in range(30)
    ]  # fmt: skip
    rows += [
        [""], ["   "], ["# alpha", "x", "-", "5"], ["  # b c", "x", "-", "4.20"],
        ["alpha", "x"], ["alpha", "x", "-", ""], ["alpha", "x", "-", "1e3"],
        ["alpha", "x", "-", "12.345"], ["alpha", "x", "-", " 7"], ["alpha", "x", "-", "5."],
        [" alpha ", "  Y", "-", "008.09"], ["tie", "q", "-", "0.05"], ["Tie", "q", "-", ".5"],
        ["Tie", "p", "-", "0.05"], ["Tie", "o", "-", "0.05"], ["Tie", "o", "-", "-0.05"],
        ["debt", "q", "-", "-0.05"], ["", "nobody", "-", "1"], ["alpha", "", "-", "2"],
    ]  # fmt: skip
    return [[key, who, "x", amount], *draw.shuffled(rows), ["alpha", "end", "-", "3.5"]]


AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d\d?))?", re.ASCII)


def _standing(
    header: Sequence[str], rows: Iterable[Sequence[str]], words: Sequence[str], path: str
) -> Table:
    """What the report says about the rows."""
    places = [header.index(word) for word in words]
    sums: dict[str, dict[str, list[int]]] = {}
    for cells in rows:
        if (len(cells) == 1 and not cells[0].strip()) or cells[0].lstrip().startswith("#"):
            continue
        if len(cells) <= max(places) or not (found := AMOUNT.fullmatch(cells[places[2]])):
            continue
        cents = int(found[2]) * 100 + int((found[3] or "").ljust(2, "0"))
        key, who = cells[places[0]].strip(), cells[places[1]].strip()
        sums.setdefault(key, {}).setdefault(who, []).append(-cents if found[1] else cents)
    lines: list[tuple[int, Row]] = []
    for key, shares in sums.items():
        total = sum(sum(values) for values in shares.values())
        number = sum(len(values) for values in shares.values())
        top = min(shares, key=lambda who, found=shares: (-sum(found[who]), who))
        amount = f"{'-' if total < 0 else ''}{abs(total) // 100}.{abs(total) % 100:02d}"
        lines.append((total, (key, str(number), amount, top)))
    lines.sort(key=lambda line: (-line[0], line[1][0]))
    columns = [
        Column(words[0], "category"),
        Column("records", "count"),
        Column("total", "amount"),
        Column(f"top_{words[1]}", "person"),
    ]
    return summary(path, f"standing by {words[0]}", columns, [row for _, row in lines], "tsv")
