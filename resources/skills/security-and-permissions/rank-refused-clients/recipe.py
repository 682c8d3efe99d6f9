"""Clients of a web server by the number of their refused requests."""

from __future__ import annotations

from collections.abc import Collection

from shellwright.recipe import (
    Column,
    Draw,
    Log,
    LogEvent,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

REFUSED = (401, 403, 404)
COLUMNS = (
    Column("client", "client"),
    Column("requests", "count"),
    Column("refused", "count"),
    Column("last_refused", "time"),
)


class RankRefusedClients(Recipe):
    """One row a client with at least so many refused requests, most refusals first."""

    needs = (Pattern.of("log", format="access", storage="plain"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "cut", "gawk", "head", "sed", "sort", "uniq")
    packages = ("gawk",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Log)
        usable = [least for least in (2, 3, 4, 5) if 3 <= len(ranking(source.events, least)) <= 20]
        if not usable:
            raise Unsuitable("refusals are too few or too many")
        least = draw.choice(usable)
        rows = ranking(source.events, least)
        target = world.output(draw, ["refused_clients", "probing", "suspects"], ".csv")
        result = summary(target, "clients with refused requests", COLUMNS, rows)
        here, there = quoted(source.path), quoted(target)
        head = ",".join(result.header)
        script = f"""gawk '{{ all[$1]++ }}
  $9 == 401 || $9 == 403 || $9 == 404 {{ bad[$1]++; last[$1] = $4 }}
  END {{
    for (c in bad) if (bad[c] >= {least}) {{
      split(substr(last[c], 2), t, /[\\/:]/)
      month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", t[2]) + 2) / 3
      printf "%s,%d,%d,%s-%02d-%sT%s:%s:%sZ\\n", c, all[c], bad[c],
        t[3], month, t[1], t[4], t[5], t[6]
    }}
  }}' {here} | LC_ALL=C sort -t, -k3,3nr -k1,1 | sed '1i {head}' > {there}"""
        first = source.lines()[0].split()[0]
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Somebody seems to be probing our web server. From `{source.path}`, list the "
                f"clients that had at least `{least}` requests refused (status `401`, `403` or "
                f"`404`) in `{target}`: CSV with the header `{head}`, where `requests` counts all "
                "requests of the client and `last_refused` is the time of its last refusal in the "
                "form `YYYY-MM-DDTHH:MM:SSZ`. Most refusals first, equal ones by the client's "
                "address in byte order.",
                f"I need to know who keeps running into closed doors. Write `{target}`, a CSV file "
                f"with the header `{head}`, from the access log `{source.path}`: a row for each "
                f"client with `{least}` or more requests answered `401`, `403` or `404`. "
                "`requests` is how many the client made in total, `last_refused` when the latest "
                "of the refused ones came in, as `YYYY-MM-DDTHH:MM:SSZ`. Order by refusals, "
                "descending; where these are equal, by address in byte order.",
            ],
            steps=[
                look(
                    f"head -n 2 {here}; cut -d '\"' -f 3 {here} | cut -d ' ' -f 2 | sort | uniq -c",
                    f"{source.path} has one request a line; I need to be sure of the fields.",
                    "Show two lines and count the status codes.",
                ),
                do(
                    script,
                    f"Client is field 1 ({first} in the first line), the time field 4, the status "
                    "field 9. The log is in order of time, so the last match seen is the latest.",
                    "Count per client, keep those above the threshold, write ISO times and sort.",
                ),
                look(
                    f"cat {there}",
                    "Are all of them above the threshold, and in order?",
                    "Read the list.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "more than the threshold instead of at least",
                        result.with_rows(row for row in rows if int(row[2]) > least),
                    ),
                    (
                        "server errors were counted as well",
                        result.with_rows(ranking(source.events, least, (*REFUSED, 500, 502))),
                    ),
                    (
                        "requests are only the other ones",
                        result.with_rows(
                            (row[0], str(int(row[1]) - int(row[2])), *row[2:]) for row in rows
                        ),
                    ),
                    ("in the order of addresses", result.with_rows(sorted(rows))),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"gawk '$9 == 401 || {{ bad[$1]++ }} END {{ print bad }}' {here}",
                    symptom=r"syntax error",
                    diagnosis="The condition ends in an operator; nothing was counted.",
                ),
                Mistake(
                    "analysis",
                    before=1,
                    command=f"gawk '$8 == 403 {{ n++ }} END {{ print \"found\", n + 0 }}' {here}",
                    symptom=r"found 0",
                    diagnosis="None at all cannot be: field 8 is the protocol. The status is "
                    "field 9.",
                ),
            ],
        )


def ranking(
    events: Collection[LogEvent], least: int, refused: Collection[int] = REFUSED
) -> list[Row]:
    """The rows of the table, most refusals first."""
    found: list[tuple[int, str, Row]] = []
    for client in {event.client for event in events}:
        own = [event for event in events if event.client == client]
        bad = [event for event in own if event.status in refused]
        if len(bad) >= least:
            last = bad[-1].stamp("%Y-%m-%dT%H:%M:%SZ")
            found.append((-len(bad), client, (client, str(len(own)), str(len(bad)), last)))
    return [row for _, _, row in sorted(found)]
