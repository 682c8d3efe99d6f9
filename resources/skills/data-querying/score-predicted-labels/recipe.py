"""Judge the predictions of a classifier against the status that was recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from shellwright.recipe import (
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

#: Label and confidence in per cent, by id.
Predicted = Mapping[str, tuple[str, int]]

SCRIPT = """def places: . * 10000 | round / 10000;
$truth[0] as $all | $joined[0] as $rows | ($rows | length) as $n
| ($all | map(.{status}) | unique) as $labels
| ($rows | map(select(.{status} == .label)) | length) as $hits
| {{scored: $n, missing: (($all | length) - $n),
    unknown: ([$predictions[].{key}] - ($all | map(.{key})) | unique | length),
    accuracy: ($hits / $n | places),
    macro_f1: ($labels | map(. as $one
      | ($rows | map(select(.{status} == $one and .label == $one)) | length) as $tp
      | ($rows | map(select(.{status} == $one), select(.label == $one)) | length) as $sum
      | 2 * $tp / $sum) | add / length | places),
    calibration_error: ($rows | group_by((.confidence * 100 | round) * {classes} / 100 | ceil)
      | map(map(.confidence - (if .{status} == .label then 1 else 0 end)) | add | fabs)
      | add / $n | places),
    confusion: ($labels | map(. as $one | {{key: $one, value: ($labels | map(. as $other
      | {{key: $other, value: ($rows | map(select(.{status} == $one and .label == $other))
        | length)}}) | from_entries)}}) | from_entries)}}
"""


class ScorePredictedLabels(Recipe):
    """A JSON report with confusion matrix, accuracy, macro F1 and calibration error."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "jsonl"),
            condition="clean",
            shape="records",
            extent=("full", "merged"),
        ),
    )
    gives = (Pattern.of("report", format="json"),)
    tools = ("cat", "csvcut", "csvjoin", "head", "jq", "mkdir", "mlr", "sort", "uniq", "wc")
    packages = ("csvkit", "jq", "miller")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("id", "status"):
            raise Unsuitable("no status")
        key, status, form = source.name("id"), source.name("status"), source.format
        truth = dict(zip(source.values("id"), source.values("status"), strict=True))
        labels = sorted({*truth.values()})
        if len(truth) < max(30, len(source.rows)) or not 3 <= len(labels) <= 6:
            raise Unsuitable("too few records, or labels that are no classes")
        if any({*word} & {*"'\"\\,"} for word in (*labels, *truth)):
            raise Unsuitable("labels that are hard to write")
        classes = draw.choice((4, 5, 10))
        given = world.input(draw, ["predictions", "scored_by_model", "inference"], ".jsonl")
        target = world.output(draw, ["evaluation", "model_card", "scores"], ".json")
        lines = _predictions(draw, truth, labels)
        last = {i: (label, sure) for i, label, sure in lines}
        first = {i: (label, sure) for i, label, sure in reversed(lines)}
        right = _evaluated(truth, last, labels, classes)
        result = Report(path=target, noun="evaluation", value=right, tolerance=1.5e-4)
        body = "".join(
            json.dumps({key: i, "label": label, "confidence": sure / 100}) + "\n"
            for i, label, sure in lines
        )
        here, there, at = quoted(source.path), quoted(target), quoted(given)
        work = "/tmp/evaluation"
        script = SCRIPT.format(key=key, status=status, classes=classes)
        keys = "`scored`, `missing`, `unknown`, `accuracy`, `macro_f1`, `calibration_error`"
        turned = {
            **right,
            "confusion": {a: {b: right["confusion"][b][a] for b in labels} for a in labels},
        }
        every = {i: last.get(i, ("", 0)) for i in truth}
        wrong = [
            ("the first prediction of each record", _evaluated(truth, first, labels, classes)),
            ("missing ones count as errors", _evaluated(truth, every, labels, classes)),
            ("truth and prediction swapped", turned),
            ("classes closed below", _evaluated(truth, last, labels, classes, closed=False)),
        ]
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(given, body.encode())],
            request=[
                f"How good is the new classifier? It guessed the `{status}` of the records in "
                f"`{source.path}`; `{given}` has its answers, one JSON object a line with "
                f"`{key}`, `label` and `confidence`. Some were asked for twice, then the later "
                f"line counts. Write `{target}`, a JSON object with {keys} and `confusion`: the "
                "records with a prediction, those without one (they are not scored), the "
                f"different predicted `{key}` that no record has; the share of right labels; the "
                "unweighted mean of the F1 of each label; the expected calibration error over "
                f"`{classes}` equally wide classes of confidence between 0 and 1, upper bounds "
                "included, lower ones not (in each class the distance of mean confidence and "
                "share of right ones, weighted by its part of the scored records). "
                "The last one maps each recorded label to an object of each predicted label with "
                "the number of records, zeros too. Round fractions to four decimals.",
                f"Please evaluate `{given}` (JSON Lines with `{key}`, `label` and `confidence`) "
                f"against the `{status}` in `{source.path}` and put the figures into `{target}`, "
                f"a JSON object with {keys} and `confusion`. Where a record was predicted more "
                "than once, its last line is the one to take. The first three are counts: records "
                "with a prediction, records without, which stay out of everything else, and "
                f"different values of `{key}` in the predictions that are no record. Then come "
                "the accuracy, the plain average of F1 over all labels, and the expected "
                f"calibration error with `{classes}` confidence classes of equal width from 0 to "
                "1, each without its lower and with its upper bound: the gap between the mean "
                "confidence and the share of right labels of a class, averaged with the sizes of "
                "the classes as weights. The matrix is an object by true label of "
                "objects by predicted label, with counts and with the zeros. Four decimals for "
                "everything that is no count.",
            ],
            steps=[
                look(
                    f"wc -l {at}; head -n 3 {at}; jq -r .{key} {at} | sort | uniq -d | head -n 5; "
                    f"jq -r .label {at} | sort | uniq -c",
                    "Before I join anything: which labels does it give, and is an id there twice?",
                    "Read a few predictions and count ids and labels.",
                ),
                do(
                    f"mkdir -p {work}\n"
                    f"mlr --i{form} --ocsv cut -o -f {key},{status} {here} > {work}/truth.csv\n"
                    f"mlr --ijsonl --ocsv tail -n 1 -g {key} then cut -o -f {key},label,confidence "
                    f"{at} > {work}/last.csv\n"
                    f"csvjoin -I -c {key} {work}/truth.csv {work}/last.csv > {work}/joined.csv\n"
                    f"csvcut -c {status},label {work}/joined.csv | sort | uniq -c",
                    "There are more lines than ids, so some are retries; the last line of each "
                    "id is to be taken.",
                    "Make one small table of truth and prediction.",
                    2.0,
                ),
                do(
                    f"cat > {work}/figures.jq <<'EOF'\n{script}EOF\n"
                    f"jq -n -f {work}/figures.jq --slurpfile predictions {at} \\\n"
                    f"  --slurpfile truth <(mlr --icsv --ojson cat {work}/truth.csv) \\\n"
                    f"  --slurpfile joined <(mlr --icsv --ojson cat {work}/joined.csv) > {there}",
                    "Records without a prediction are not scored. For the classes I count in "
                    "whole per cent, so that bounds are exact.",
                    "Compute the figures from the joined table.",
                ),
                look(
                    f"jq -c 'del(.confusion)' {there}; jq '[.confusion[][]] | add' {there}",
                    "Does the matrix add up to the records that are scored?",
                    "Read the figures and add the matrix up.",
                ),
            ],
            wrong=[
                Wrong(name, path=target, content=(json.dumps(value) + "\n").encode())
                for name, value in wrong
                if _differs(value, right)
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"csvjoin --key {key} {here} {here}",
                    symptom=r"unrecognized arguments: --key",
                    diagnosis="The column to join by is given with -c.",
                ),
                Mistake(
                    "analysis",
                    before=1,
                    command=f"jq '.[] | .label' {at} | sort | uniq -c",
                    symptom=r"Cannot index string",
                    diagnosis="Each line is an object of its own; there is no array around them.",
                ),
            ],
        )


def _predictions(
    draw: Draw, truth: Mapping[str, str], labels: Sequence[str]
) -> list[tuple[str, str, int]]:
    """Lines of id, label and per cent: with gaps, retries and ids that no record has."""
    ids = [i for i in draw.shuffled(truth) if not draw.chance(0.08)]

    def guess(label: str) -> tuple[str, int]:
        if draw.chance(0.68):
            return label, draw.choice((draw.integer(50, 99), 80, 75, 100))
        return draw.choice(labels), draw.choice((draw.integer(28, 85), 50, 60))

    lines = [(i, *guess(truth[i])) for i in ids]
    for n, (i, label, _) in enumerate(draw.sample(lines, 6)):
        other = draw.choice([one for one in labels if one != label])
        lines.insert(draw.integer(0, len(lines)), (i, other if n % 2 else label, 41 + n))
    for n in range(draw.integer(2, 4)):
        ghost = (f"TEST-{n + 1}", draw.choice(labels), 90)
        lines.insert(draw.integer(0, len(lines)), ghost)
        if n == 0:
            lines.append(ghost)
    return lines


def _evaluated(
    truth: Mapping[str, str],
    predicted: Predicted,
    labels: Sequence[str],
    classes: int,
    *,
    closed: bool = True,
) -> dict[str, Any]:
    """The figures of the report; `closed` says whether a class includes its upper bound."""
    pairs = [(truth[i], *predicted[i]) for i in truth if i in predicted]
    f1 = Fraction(0)
    for one in labels:
        hits = sum(a == b == one for a, b, _ in pairs)
        total = sum((a == one) + (b == one) for a, b, _ in pairs)
        if not total:
            raise Unsuitable("a label that no scored record has")
        f1 += Fraction(2 * hits, total)
    gaps: dict[int, int] = {}
    for a, b, sure in pairs:
        place = -(-sure * classes // 100) if closed else min(sure * classes // 100, classes - 1)
        gaps[place] = gaps.get(place, 0) + sure - 100 * (a == b)
    error = Fraction(sum(abs(gap) for gap in gaps.values()), 100 * len(pairs))
    return {
        "scored": len(pairs),
        "missing": len(truth) - len(pairs),
        "unknown": len({*predicted} - {*truth}),
        "accuracy": round(float(Fraction(sum(a == b for a, b, _ in pairs), len(pairs))), 4),
        "macro_f1": round(float(f1 / len(labels)), 4),
        "calibration_error": round(float(error), 4),
        "confusion": {
            one: {other: sum((a, b) == (one, other) for a, b, _ in pairs) for other in labels}
            for one in labels
        },
    }


def _differs(value: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Whether a report is not the right one, beyond what rounding may do."""
    fractions = ("accuracy", "macro_f1", "calibration_error")
    return any(
        abs(value[name] - right[name]) > 1e-3 if name in fractions else value[name] != right[name]
        for name in right
    )
