"""Tabulate attacks on SSH logins by address."""

from __future__ import annotations

from datetime import UTC, datetime

from shellwright.recipe import (
    Column,
    Draw,
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
    summary,
)
from shellwright.recipe.kinds.evidence import Evidence, Login
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("address", "client"),
    Column("failed", "count"),
    Column("names", "count"),
    Column("first", "time"),
    Column("last", "time"),
    Column("entered", "verdict"),
)
PROGRAM = """function iso() {
    return sprintf("2026-%02d-%02dT%sZ", (index("JanFebMarAprMayJun", $1) + 2) / 3, $2, $3) }
  match($0, /Failed [a-z]+ for (invalid user )?([^ ]+) from ([^ ]+) port/, m) {
    weight = match($0, /message repeated ([0-9]+) times/, r) ? r[1] : 1
    failed[m[3]] += weight
    if (!seen[m[3], m[2]]++) names[m[3]]++
    if (!(m[3] in first)) first[m[3]] = iso()
    last[m[3]] = iso() }
  match($0, /Accepted [a-z]+ for [^ ]+ from ([^ ]+) port/, m) && m[1] in failed { in_[m[1]] = 1 }
  END { for (c in failed) if (failed[c] >= least)
    printf "%s,%d,%d,%s,%s,%s\\n", c, failed[c], names[c], first[c], last[c],
      c in in_ ? "yes" : "no" }"""


class ListLoginAttacks(Recipe):
    """One row an address with at least so many failed logins, most of them first."""

    needs = (Pattern.of("evidence", of="logins"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "gawk", "head", "rg", "sort", "uniq", "wc")
    packages = ("gawk", "ripgrep")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Evidence)
        usable = [least for least in (6, 8, 10, 12) if 3 <= len(attacks(source.logins, least)) < 12]
        if not usable:
            raise Unsuitable("too few or too many attacks")
        least = draw.choice(usable)
        target = world.output(draw, ["attacks", "login_attacks", "intruders"], ".csv")

        def table(rows: list[Row]) -> Table:
            return summary(target, "attacks on logins", COLUMNS, rows)

        rows = attacks(source.logins, least)
        result = table(rows)
        here, there, head = quoted(source.path), quoted(target), ",".join(result.header)
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Somebody tried to guess passwords on `{source.host}`. From `{source.path}`, list "
                f"the addresses with at least `{least}` failed logins in `{target}`, CSV with the "
                f"header `{head}`: failed logins (a line `message repeated N times` stands for N "
                "more), different user names among them, times of the first and the last failure "
                "as `YYYY-MM-DDTHH:MM:SSZ`, and `yes` or `no` for whether a login from there was "
                "accepted at any time after the first failure. Most failures first, equal ones by "
                "address in byte order.",
                f"I need the attackers in `{source.path}`, the SSH log of `{source.host}`, as "
                f"`{target}`: a CSV file with the header `{head}` and a row for each address from "
                f"which `{least}` or more logins failed. Mind that `message repeated N times` "
                "means N further failures. Give the number of different names that were tried, "
                "when it failed first and last (`YYYY-MM-DDTHH:MM:SSZ`), and in the last column "
                "`yes` where any login from that address was accepted after its first failure, "
                "otherwise `no`. Descending by failures, then by address in byte order.",
            ],
            steps=[
                look(
                    f"head -n 6 {here}; wc -l {here}; rg -o ': ([A-Z][a-z]+ [a-z]+|message repeated"
                    f" [0-9]+)' -r '$1' {here} | sort | uniq -c",
                    f"What kinds of lines does {source.path} have, and in which of them are the "
                    "failures?",
                    "Read some lines and count the messages by their first words.",
                ),
                do(
                    f"{{ echo {head}; gawk -v least={least} '{PROGRAM}' {here} |\n"
                    f"  LC_ALL=C sort -t, -k2,2nr -k1,1; }} > {there}",
                    "A failure stands in the line Failed; more are folded into lines that say "
                    "how often they were repeated. Day and time are fields 2 and 3.",
                    "Add up by address with these weights, remember names, times and accepted "
                    "logins, and keep those above the threshold.",
                ),
                look(
                    f"cat {there}; rg -c -F 'from {rows[0][0]} ' {here}",
                    "Who leads the list, and did any of them get in?",
                    "Read the table and compare with the lines of the first address.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("repetitions left out", table(attacks(source.logins, least, folded=False))),
                    ("more than the threshold", table(attacks(source.logins, least + 1))),
                    ("by address", table(sorted(rows))),
                    ("nobody got in", table([(*row[:5], "no") for row in rows])),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"rg 'message repeated (\\d+ times' {here}",
                    symptom=r"regex parse error|unclosed group",
                    diagnosis="The bracket is never closed in that pattern.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"lastb -f {here}",
                    symptom=r"command not found|not recognized|Permission denied|begins|lastb",
                    diagnosis="lastb reads the binary btmp, not the text log; I have to parse it.",
                ),
            ],
        )


def attacks(logins: tuple[Login, ...], least: int, *, folded: bool = True) -> list[Row]:
    """The addresses with so many failures, most first."""
    rows: list[Row] = []
    for client in {login.client for login in logins}:
        own = [login for login in logins if login.client == client]
        bad = [login for login in own if not login.accepted]
        total = sum(1 + (login.repeats if folded else 0) for login in bad)
        if total < least:
            continue
        names = {login.user for login in bad}
        after = own[own.index(bad[0]) :]
        entered = any(login.accepted for login in after)
        times = [_iso(login.time) for login in (bad[0], bad[-1])]
        rows.append((client, str(total), str(len(names)), *times, "yes" if entered else "no"))
    return sorted(rows, key=lambda row: (-int(row[1]), row[0]))


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
