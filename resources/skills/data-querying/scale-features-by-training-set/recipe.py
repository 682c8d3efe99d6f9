"""Scale two columns with the statistics of the training rows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

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
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing, rounded, unused_name


class ScaleFeaturesByTrainingSet(Recipe):
    """The records with two scaled columns; a report with the parameters of the scaling."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "merged", "selected"),
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="enriched"),)
    tools = ("cat", "datamash", "jq", "mkdir", "mlr", "numaverage", "numbound", "sort",
             "uniq", "wc")  # fmt: skip
    packages = ("datamash", "jq", "miller", "num-utils")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids, key, form = source.values("id"), source.name("id"), source.format
        if not source.has("count", "amount") or len({*ids}) < len(ids) or len(ids) < 30:
            raise Unsuitable("too few records, or no counts and amounts")
        count, amount = source.name("count"), source.name("amount")
        counts = [Decimal(value) for value in source.values("count")]
        amounts = [Decimal(value) for value in source.values("amount")]
        inner = [i for i, n in zip(ids, counts, strict=True) if min(counts) < n < max(counts)]
        training = set(draw.sample(inner, len(ids) * draw.integer(55, 70) // 100))
        given = world.input(draw, ["train_ids", "training_set", "train"], ".txt")
        target = world.output(draw, ["scaled", "features", "model_input"], f".{form}")
        report = world.output(draw, ["scaling", "scaler", "parameters"], ".json")
        listed = draw.shuffled(sorted(training))
        listed = [*draw.shuffled([*listed, *listed[:3]]), f"OLD-{draw.integer(10, 99)}"]
        ranged = unused_name(source, f"{count}_scaled")
        centred = unused_name(source, f"{amount}_z")

        def made(rows: set[str], *, clip: bool = True, whole: bool = False) -> Table:
            low, high, mean, deviation = _parameters(ids, counts, amounts, rows, whole=whole)
            cells = []
            for row, n, a in zip(source.rows, counts, amounts, strict=True):
                share = (n - low) / (high - low)
                share = min(max(share, Decimal(0)), Decimal(1)) if clip else share
                cells.append((*row, rounded(share, 4), _signed((a - mean) / deviation)))
            return source.with_rows(
                cells,
                path=target,
                columns=(*source.columns, Column(ranged, "score"), Column(centred, "score")),
                extent="enriched",
                noun=f"scaled {world.theme.records}",
            )

        result = made(training)
        low, high, mean, deviation = _parameters(ids, counts, amounts, training)
        clipped = sum(not low <= n <= high for n in counts)
        finding = Report(
            path=report,
            noun="parameters of the scaling",
            value={
                "rows": len(training),
                "min": int(low),
                "max": int(high),
                "mean": round(float(mean), 6),
                "deviation": round(float(deviation), 6),
                "clipped": clipped,
            },
            tolerance=1e-8,
        )
        here, there, at, out = (quoted(path) for path in (source.path, target, given, report))
        work, keys = "/tmp/scaling", "`rows`, `min`, `max`, `mean`, `deviation` and `clipped`"
        pick = f"mlr --i{form} --onidx join -i csv -j {key} -f {work}/ids.csv then cut -f"
        return Move(
            focus=result,
            makes=[result, finding],
            brings=[Entry(given, "".join(f"{i}\n" for i in listed).encode())],
            request=[
                f"Prepare `{source.path}` for our model. `{given}` lists the `{key}` of the "
                "training rows (some twice, and not all of them exist). With the statistics of "
                f"these rows alone, add two columns at the end: `{ranged}`, which is `{count}` "
                "minus their minimum over their range, clipped to 0 and 1, and "
                f"`{centred}`, `{amount}` minus their mean over their sample standard deviation "
                "(n - 1), not clipped. Four decimals each. All rows go to "
                f"`{target}`, order and format kept, and what one needs for new data goes to "
                f"`{report}`, a JSON object with {keys}: the number of training rows, minimum and "
                f"maximum of `{count}`, mean and standard deviation of `{amount}` among them "
                "(exact or to at least six decimals), and how many of all rows had to be clipped.",
                f"We feed `{source.path}` to a model and need two more columns in a copy, "
                f"`{target}` (same order and format). `{ranged}` brings `{count}` to 0 to 1 by "
                f"the minimum and maximum of the training rows; values outside become 0 or 1. "
                f"`{centred}` is `{amount}` less the mean of the training rows, divided by "
                "their sample standard deviation, with no limit. Both have four decimals. "
                f"`{given}` says by `{key}` which rows are for training; doubles count once and "
                "unknown ones not at all. Nothing of the other rows may get into the statistics. "
                f"Keep them in `{report}`, a JSON object with {keys}, where the first is the "
                f"number of training rows, the next four belong to `{count}` (minimum, maximum) "
                f"and `{amount}` (mean and standard deviation, six decimals or more), "
                "and the last is the number of rows, of all, that were clipped.",
            ],
            steps=[
                look(
                    f"wc -l {at}; sort {at} | uniq -d; mlr --i{form} --opprint stats1 -a "
                    f"min,max,mean -f {count},{amount} {here}",
                    "The list was kept by hand, it seems. Are ids in it twice?",
                    "Look for doubles, and at the range over all rows.",
                ),
                do(
                    f"mkdir -p {work}\n"
                    f"{{ echo {key}; sort -u {at}; }} > {work}/ids.csv\n"
                    f"{pick} {count} {here} > {work}/count\n"
                    f"{pick} {amount} {here} > {work}/amount\n"
                    f"wc -l {work}/count {work}/amount",
                    "There are fewer rows than lines, as doubles and unknown ids are out.",
                    "Extract the two columns of the training rows.",
                ),
                do(
                    f"low=$(numbound -l {work}/count) high=$(numbound {work}/count)\n"
                    f"mean=$(datamash -R 10 mean 1 < {work}/amount) "
                    f"deviation=$(datamash -R 10 sstdev 1 < {work}/amount)\n"
                    f"mlr --i{form} --o{form} put '\n"
                    f"  share = (${count} - '$low') / ('$high' - '$low');\n"
                    f'  ${ranged} = fmtnum(min(max(share, 0.0), 1.0), "%.4lf");\n'
                    f"  ${centred} = fmtnum((${amount} - '$mean') / '$deviation', \"%.4lf\")' "
                    f"{here} > {there}\n"
                    f'clipped=$(mlr --i{form} --ojson filter "\\${count} < $low || '
                    f'\\${count} > $high" {here} | jq length)\n'
                    f"jq -n --argjson rows $(cat {work}/count | wc -l) --argjson min $low "
                    "--argjson max $high \\\n  --argjson mean $mean --argjson deviation $deviation "
                    "--argjson clipped $clipped \\\n  '{$rows, $min, $max, $mean, $deviation, "
                    f"$clipped}}' > {out}",
                    f"Over all rows {count} may go further than in the training rows, which is "
                    "not what the model may know.",
                    "Take the parameters from the training rows and apply them to all.",
                    0.6,
                ),
                look(
                    f"cat {out}; numaverage {work}/amount; mlr --i{form} --opprint join -i csv -j "
                    f"{key} -f {work}/ids.csv then stats1 -a min,max,mean -f {ranged},{centred} "
                    f"{there}",
                    "Over the training rows the one has to span 0 to 1, the other to average 0.",
                    "Check the scaled columns on the training rows.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("statistics of all rows", made({*ids})),
                    ("not clipped", made(training, clip=False)),
                    ("divided by n", made(training, whole=True)),
                    ("statistics of the other rows", made({*ids} - training)),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"datamash stddev 1 < {work}/amount",
                    symptom=r"invalid operation",
                    diagnosis="datamash tells sstdev (n - 1) from pstdev (n).",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"numbound --min {work}/count",
                    symptom=r"Unknown option: m",
                    diagnosis="The lower bound is asked for with -l.",
                ),
            ],
        )


def _parameters(
    ids: Sequence[str],
    counts: Sequence[Decimal],
    amounts: Sequence[Decimal],
    rows: set[str],
    *,
    whole: bool = False,
) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Minimum and maximum of the counts, mean and deviation of the amounts of some rows."""
    n = [value for i, value in zip(ids, counts, strict=True) if i in rows]
    a = [value for i, value in zip(ids, amounts, strict=True) if i in rows]
    with localcontext() as context:
        context.prec = 40
        mean = sum(a) / len(a)
        squares = sum(((value - mean) ** 2 for value in a), Decimal(0))
        deviation = (squares / (len(a) - (0 if whole else 1))).sqrt()
    if max(n) == min(n) or not deviation:
        raise Unsuitable("training rows without any spread")
    return min(n), max(n), mean, deviation


def _signed(value: Decimal) -> str:
    """Four decimals; a zero of which tools do not agree on the sign is refused."""
    text = rounded(value, 4)
    if Decimal(text) == 0:
        raise Unsuitable("a value that is rounded to zero")
    return text
