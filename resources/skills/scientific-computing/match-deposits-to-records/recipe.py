"""Find the records that lump sums paid for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
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
from shellwright.recipe.tabular import differing, grouped, unused_name

SCRIPT = """hit(v, sum) = {{
  my(found = List());
  forsubset(#v, s, if (vecsum(vector(#s, k, v[s[k]])) == sum, listput(found, Vec(s))));
  Vec(found)
}};
tell(deposit, v, sum) = {{
  my(exact = hit(v, sum), short = if (#exact, [], hit(v, sum + {fee})), all = concat(exact, short));
  if (#all == 0, print(deposit, " none"), #all > 1, print(deposit, " several"),
    print(deposit, if (#exact, " exact ", " fee "), strjoin(apply(k -> Str(k), all[1]), " ")))
}};
"""


@dataclass(frozen=True)
class Deposit:
    """A lump sum in cents, who handed it in, and the ids of the records that it paid for."""

    number: str
    person: str
    cents: int
    paid: tuple[str, ...]


class MatchDepositsToRecords(Recipe):
    """The records with the deposit that paid for each; a report on what remains."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "merged"),
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="enriched"),)
    tools = ("awk", "cat", "gp", "jq", "mkdir", "mlr", "numsum")
    packages = ("jq", "miller", "num-utils", "pari-gp")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("id", "person", "amount"):
            raise Unsuitable("no amounts by person")
        key, p, a = (source.index(role) for role in ("id", "person", "amount"))
        ident, who, amount = source.header[key], source.header[p], source.header[a]
        form = source.format
        by_person = grouped(source.rows, lambda row: row[p])
        fitting = [name for name in sorted(by_person) if 6 <= len(by_person[name]) <= 13]
        if len({*source.values("id")}) < len(source.rows) or len(fitting) < 3:
            raise Unsuitable("too few persons with a number of records that can be tried out")
        fee = draw.choice((350, 500, 750, 1250))
        cents = {
            name: [(row[key], int(Decimal(row[a]) * 100)) for row in by_person[name]]
            for name in fitting
        }
        names = draw.sample(fitting, 3)
        deposits = _deposits(draw, cents, names, fee)
        given = world.input(draw, ["deposits", "bank_statement", "lump_sums"], ".csv")
        target = world.output(draw, ["matched", "paid_records", "with_deposits"], f".{form}")
        report = world.output(draw, ["deposit_review", "matching", "open_questions"], ".json")
        added = unused_name(source, "deposit", "paid_by_deposit")

        def made(paid: dict[str, str]) -> Table:
            return source.with_rows(
                ((*row, paid.get(row[key], "")) for row in source.rows),
                path=target,
                columns=(*source.columns, Column(added, "deposit")),
                extent="enriched",
                noun=f"{source.noun} with deposits",
            )

        paid = {i: d.number for d in deposits for i in d.paid}
        exact = [d for d in deposits if d.paid and _total(cents[d.person], d.paid) == d.cents]
        less = [d.number for d in deposits if d.paid and d not in exact]
        none = [d.number for d in deposits if not d.paid]
        result = made(paid)
        value = {
            "fee_deducted": less,
            "unmatched": none,
            "open": f"{sum(Decimal(r[a]) for r in source.rows if r[key] not in paid):.2f}",
        }
        finding = Report(path=report, noun="review of the deposits", value=value)
        text = f"deposit,{who},sum\n" + "".join(
            f"{d.number},{d.person},{d.cents / 100:.2f}\n" for d in deposits
        )
        here, there, at, out = (quoted(path) for path in (source.path, target, given, report))
        work, keys = "/tmp/deposits", "`fee_deducted`, `unmatched` and `open`"
        owed = f"{fee / 100:.2f}"
        greedy = {i: d.number for d in deposits for i in _greedy(cents[d.person], d.cents)}
        only = {i: d.number for d in exact for i in d.paid}
        return Move(
            focus=result,
            makes=[result, finding],
            brings=[Entry(given, text.encode())],
            request=[
                f"The bank shows lump sums (`{given}`, columns `deposit`, `{who}` and `sum`), and "
                f"we have to know which rows of `{source.path}` each of them paid for. A deposit "
                f"pays whole `{amount}`s of rows of that `{who}` only, no row twice, and its sum "
                "is exactly theirs; if no selection of rows fits, the bank may have kept a fee of "
                f"`{owed}`, so try the sum with that added. Where there is a solution there is "
                f"only one. Write all rows to `{target}`, order and format kept, with the number "
                f"of the deposit in a last column `{added}`, empty where none paid. And write the "
                f"JSON object `{report}` with {keys}: the deposits that fit only with the fee and "
                "those that do not fit at all, as lists in the order of the bank, and the total "
                f"`{amount}` of the rows without a deposit as text with two decimals.",
                f"Please match `{given}` with `{source.path}`. Each line there has a `deposit`, "
                f"the `{who}` who handed it in and the `sum`, which is the total `{amount}` of "
                f"some rows of this `{who}`, to the cent. For a sum that no set of rows adds up "
                f"to, see whether it does after a bank fee of `{owed}` is put back. No sum fits "
                "two ways, and no row is paid twice. The outcome: "
                f"`{target}`, the same table with a last column `{added}` that has the number of "
                "the deposit or nothing; and "
                f"`{report}`, a JSON object with {keys}, that is the list of deposits that lack "
                "the fee, the list of those that cannot be explained at all (both in the order "
                f"of the file), and what the unpaid rows add up to in `{amount}`, a string "
                "with two decimals.",
            ],
            steps=[
                look(
                    f"cat {at}; mlr --i{form} --opprint join -i csv -j {who} -f {at} then "
                    f"stats1 -a count,sum -f {amount} -g {who} {here}",
                    "How many records can each deposit be about?",
                    "Count the records of the people who handed something in.",
                ),
                look(
                    f"mlr --i{form} --onidx filter '${{{who}}} == \"{deposits[0].person}\"' then "
                    f"cut -f {amount} {here} | numsum; "
                    f"mlr --i{form} --onidx filter '${{{who}}} == \"{deposits[0].person}\"' then "
                    f"cut -o -f {ident},{amount} {here}",
                    f"{deposits[0].person} has few enough records: all selections can be tried, "
                    "no guessing.",
                    "Read the candidates of the first deposit.",
                ),
                do(
                    f"mkdir -p {work}\ncat > {work}/subsets.gp <<'EOF'\n{SCRIPT.format(fee=fee)}"
                    "EOF\n"
                    f"mlr --i{form} --ocsv cut -o -f {ident},{who},{amount} then put "
                    f"'${amount} = roundm(${amount} * 100, 1)' {here} > {work}/cents.csv\n"
                    f"mlr --icsv --ocsv put '$sum = roundm($sum * 100, 1)' {at} > {work}/sums.csv\n"
                    f'awk -F , \'FNR == 1 {{ next }} NR == FNR {{ list[$2] = list[$2] $3 ","; '
                    'next }\n  { sub(/,$/, "", list[$2]); printf "tell(\\"%s\\", [%s], %s)\\n", '
                    f"$1, list[$2], $3 }}' {work}/cents.csv {work}/sums.csv > {work}/calls.gp\n"
                    f"gp -q {work}/subsets.gp < {work}/calls.gp > {work}/found\n"
                    f"cat {work}/found",
                    f"In cents everything is exact. A fee of {owed} is {fee} cents.",
                    "Try all selections of each deposit, without and with the fee.",
                    0.8,
                ),
                do(
                    f"awk 'NR == FNR {{ for (k = 3; k <= NF; k++) paid[$1, $k] = 1; next }}\n"
                    '  FILENAME ~ /sums/ { if (FNR > 1) at[$2] = at[$2] " " $1; next }\n'
                    f'  FNR == 1 {{ print "{ident},{added}"; next }}\n'
                    '  { n = split(at[$2], number, " "); place[$2]++; hit = ""\n'
                    "    for (k = 1; k <= n; k++) if ((number[k], place[$2]) in paid) "
                    "hit = number[k]\n"
                    f'    print $1 "," hit }}\' {work}/found FS=, {work}/sums.csv '
                    f"{work}/cents.csv > {work}/by_record.csv\n"
                    f"mlr --i{form} --o{form} join -i csv -j {ident} -f {work}/by_record.csv then "
                    f"cut -o -f {','.join(result.header)} {here} > {there}\n"
                    f"mlr --i{form} --ojson filter 'is_empty(${added})' then stats1 -a sum "
                    f'-f {amount} then put \'$text = fmtnum(${{{amount}_sum}}, "%.2lf") . ""\' '
                    f"then cut -f text {there} | jq -r '.[].text' > {work}/open\n"
                    f'jq -n --arg open "$(cat {work}/open)" --rawfile found {work}/found \'\n'
                    '  ($found | split("\\n") | map(split(" "))) as $all\n'
                    '  | {fee_deducted: [$all[] | select(.[1] == "fee")[0]],\n'
                    '     unmatched: [$all[] | select(.[1] == "none")[0]], $open}\' '
                    f"> {out}",
                    f"{len(exact)} fit as they are, {' and '.join(less)} with the fee, "
                    f"{' and '.join(none)} not at all.",
                    "Give each record its deposit, and write down what remains.",
                    0.6,
                ),
                look(
                    f"mlr --i{form} --opprint filter 'is_not_empty(${added})' then stats1 -a "
                    f"count,sum -f {amount} -g {added} {there}; jq -c . {out}",
                    "The sums by deposit have to be those of the bank, or more by the fee.",
                    "Add the matched records up by deposit.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [("largest first", made(greedy)), ("the fee not considered", made(only))],
                ),
                Wrong(
                    "every deposit explained",
                    path=report,
                    content=Report(path="/", noun="", value={**value, "unmatched": []})
                    .text()
                    .encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command="echo 'forsubset(3, s, print(s)' | gp -q",
                    symptom=r"syntax error",
                    diagnosis="A parenthesis is missing; in a file gp would have waited for it.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command="echo 'subsetsum([5, 7, 9], 12)' | gp -q",
                    symptom=r"not a function in function call",
                    diagnosis="There is no such function; forsubset goes through all selections.",
                ),
            ],
        )


def _total(items: Sequence[tuple[str, int]], chosen: Sequence[str]) -> int:
    """The sum of the chosen items."""
    return sum(value for name, value in items if name in chosen)


def _sums(items: Sequence[tuple[str, int]]) -> dict[int, int]:
    """How many selections of at least one item have each sum."""
    found: dict[int, int] = {0: 1}
    for _, value in items:
        added = {total + value: ways for total, ways in found.items()}
        for total, ways in added.items():
            found[total] = found.get(total, 0) + ways
    found[0] -= 1
    return found


def _greedy(items: Sequence[tuple[str, int]], cents: int) -> list[str]:
    """The largest that still fit."""
    taken: list[str] = []
    for name, value in sorted(items, key=lambda item: -item[1]):
        if value <= cents:
            cents -= value
            taken.append(name)
    return taken


def _deposits(
    draw: Draw, cents: dict[str, list[tuple[str, int]]], names: Sequence[str], fee: int
) -> list[Deposit]:
    """Three deposits that fit, two of them by one person, one less the fee, and one that nothing
    explains."""
    found: list[Deposit] = []
    used: set[str] = set()
    number = draw.integer(310, 880)
    kinds = ("exact", "fee", "exact", "none", "exact")
    for kind, place in zip(kinds, (0, 1, 2, 1, 0), strict=True):
        person = names[place]
        number += draw.integer(1, 9)
        free = [name for name, _ in cents[person] if name not in used]
        ways = _sums(cents[person])
        for _ in range(60):
            chosen = tuple(draw.sample(free, draw.integer(2, max(2, len(free) // 2))))
            total = _total(cents[person], chosen)
            taken = {"exact": 0, "fee": fee, "none": draw.integer(2, 9) * 111}[kind]
            got = total - taken
            straight, with_fee = ways.get(got, 0), ways.get(got + fee, 0)
            fits = {"exact": straight == 1, "fee": straight == 0 and with_fee == 1,
                    "none": straight == with_fee == 0}[kind]  # fmt: skip
            if fits and got > 0 and len(chosen) >= 2:
                break
        else:
            raise Unsuitable("no sum that has one solution")
        if kind != "none":
            used.update(chosen)
        found.append(Deposit(f"D{number}", person, got, () if kind == "none" else chosen))
    return found
