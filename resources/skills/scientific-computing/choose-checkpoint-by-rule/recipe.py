"""Choose the checkpoint of each training run by a rule, from its metrics."""

from __future__ import annotations

from collections.abc import Collection

from shellwright.recipe import (
    Column,
    Draw,
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
from shellwright.recipe.kinds.experiment import Experiment, Metric
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("run", "run"),
    Column("epoch", "epoch"),
    Column("macro_f1", "score"),
    Column("loss", "score"),
    Column("minutes", "duration"),
    Column("checkpoint", "path"),
)


class ChooseCheckpointByRule(Recipe):
    """A leaderboard: one row a run with the chosen epoch, its scores and its checkpoint."""

    needs = (Pattern.of("experiment"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("basename", "dateutils.ddiff", "find", "head", "hexdump", "jq", "ls", "mkdir", "mlr",
             "sort", "stat", "tail", "wc")  # fmt: skip
    packages = ("bsdextrautils", "dateutils", "jq", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Experiment)
        margin = draw.integer(18, 70)
        target = world.output(draw, ["leaderboard", "chosen_checkpoints", "runs"], ".csv")
        whole = {point.path for point in source.checkpoints if not point.torn}
        every = {point.path for point in source.checkpoints}
        right = _board(source, whole, margin)
        result = summary(target, "leaderboard of the runs", COLUMNS, right)
        here, there = quoted(source.path), quoted(target)
        head, work = ",".join(result.header), "/tmp/board"
        within = f"0.{margin:04d}"
        torn = len(every) - len(whole)
        form = (
            "a checkpoint is complete when the number of bytes after its header of `16` bytes is "
            "what the last four of these say (unsigned, little-endian)"
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Which checkpoint do we take from each run in `{source.path}`? Candidates are the "
                "epochs with a `val` line in `runs/<run>/metrics.jsonl` whose `loss` is a number "
                "and with a complete file `checkpoints/<run>/epoch-NN.ckpt`; " + form + ". Of an "
                "epoch that was logged twice the last `val` line counts, and a line that breaks "
                "off counts for nothing. Among the candidates whose `macro_f1` is at most "
                f"`{within}` below the best candidate of the run, take the one with the lowest "
                f"`loss`, then the earlier epoch. Write `{target}`, CSV with the header `{head}`: "
                "one row a run, best `macro_f1` first, equal ones by name; scores with four "
                "decimals, then the whole minutes (rounded down) from the first to the last "
                "`time` in the metrics, and the path of the file within the folder.",
                f"Make a leaderboard of the training runs in `{source.path}`: `{target}`, CSV with "
                f"the header `{head}`, a row for each run. The epoch is chosen as follows. It has "
                "a `val` line in `runs/<run>/metrics.jsonl` with a number as `loss` (the last such "
                "line where the epoch is there twice, even if that one has none; torn lines do not "
                "count), and its weights `checkpoints/<run>/epoch-NN.ckpt` are complete: "
                + form
                + f". Of these epochs look at those at most `{within}` below the run's highest "
                "`macro_f1` among them, and choose the lowest `loss`; where that is equal, the "
                "earliest. Both scores are wanted with four decimals. The time a run took is the "
                "difference between the first and last `time` in its metrics, in minutes, "
                "rounded down. Give the checkpoint's path "
                "relative to the folder. Order by descending `macro_f1`, then by name.",
            ],
            steps=[
                look(
                    f"cd {here} && ls runs && wc -l runs/*/metrics.jsonl && head -n 3 "
                    f"runs/{source.runs()[0]}/metrics.jsonl && tail -qn 1 runs/*/metrics.jsonl",
                    "What does a run log, and how did each of them end?",
                    "Read the beginning of one file of metrics and the end of all.",
                ),
                look(
                    f"cd {here} && find checkpoints -name '*.ckpt' | sort | head -n 4 && "
                    f"hexdump -C $(find checkpoints -name '*.ckpt' | sort | head -n 1) | head -n 2",
                    "Some logs end in the middle of a line, so weights may have been cut off too.",
                    "Look at the header of a checkpoint.",
                ),
                do(
                    f"mkdir -p {work} && cd {here}\n"
                    f"echo run,epoch,checkpoint > {work}/whole.csv\n"
                    "for file in checkpoints/*/epoch-*.ckpt; do\n"
                    '  bytes=$(hexdump -s 12 -n 4 -e \'1/4 "%u"\' "$file")\n'
                    '  [ "$(stat -c %s "$file")" -eq $((bytes + 16)) ] || continue\n'
                    "  run=${file#checkpoints/} epoch=${file##*epoch-}\n"
                    f'  echo "${{run%/*}},$((10#${{epoch%.ckpt}})),$file" >> {work}/whole.csv\n'
                    f"done\nwc -l {work}/whole.csv",
                    "The header gives the length: a file is whole when its size is that plus 16.",
                    "List the complete checkpoints with run and epoch.",
                ),
                do(
                    f"cd {here}\necho run,minutes > {work}/minutes.csv\n"
                    "for folder in runs/*; do\n"
                    '  run=$(basename "$folder")\n'
                    "  jq -cR --arg run \"$run\" 'fromjson? | {run: $run} + .' "
                    '"$folder/metrics.jsonl"\n'
                    f"done > {work}/metrics.jsonl\n"
                    "for folder in runs/*; do\n"
                    '  run=$(basename "$folder")\n'
                    '  read -r first last < <(jq -rs --arg run "$run" '
                    "'map(select(.run == $run).time) | \"\\(min) \\(max)\"' "
                    f"{work}/metrics.jsonl)\n"
                    '  echo "$run,$(dateutils.ddiff -f %M "$first" "$last")"\n'
                    f"done >> {work}/minutes.csv",
                    f"{torn} checkpoints are cut off and out of the question. Now the metrics: "
                    "broken lines are skipped, everything else is kept with the name of its run.",
                    "Collect the metrics of all runs and how long each of them took.",
                    0.6,
                ),
                do(
                    f"mlr --ijsonl --ocsv filter '$split == \"val\"' then tail -n 1 -g run,epoch "
                    "then filter 'is_numeric($loss)' then join -i csv -j run,epoch -f "
                    f"{work}/whole.csv then sort -f run -nr macro_f1 then put '\n"
                    "  @best[$run] = is_absent(@best[$run]) ? $macro_f1 : @best[$run];\n"
                    f"  $least = @best[$run] - {within}' then filter '$macro_f1 >= $least' \\\n"
                    "  then sort -f run -nf loss -nf epoch then head -n 1 -g run then "
                    f"join -i csv -j run -f {work}/minutes.csv \\\n  then put "
                    '\'$macro_f1 = fmtnum($macro_f1, "%.4lf"); '
                    '$loss = fmtnum($loss, "%.4lf")\' \\\n'
                    f"  then sort -nr macro_f1 -f run then cut -o -f {head} "
                    f"{work}/metrics.jsonl > {there}",
                    "Everything is in two tables now: validation lines, the last one of an epoch, "
                    f"and whole checkpoints. From the best candidate of a run down to {within} "
                    "less, the loss decides.",
                    "Join them, keep the near-best of each run and take the lowest loss.",
                ),
                look(
                    f"mlr --icsv --opprint cat {there}; mlr --ijsonl --opprint filter "
                    "'$split == \"val\"' then top -n 1 -f macro_f1 -g run -a then "
                    f"cut -o -f run,epoch,macro_f1,loss {work}/metrics.jsonl",
                    "There should be a row for every run, with scores not far below the best "
                    "lines of the logs.",
                    "Read the leaderboard beside the best line of each run.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("torn checkpoints too", result.with_rows(_board(source, every, margin))),
                    (
                        "measured from the best line, diverged or not",
                        result.with_rows(_board(source, whole, margin, diverged=True)),
                    ),
                    ("simply the best score", result.with_rows(_board(source, whole, 0))),
                    (
                        "the first line of an epoch",
                        result.with_rows(_board(source, whole, margin, last=False)),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "analysis",
                    before=3,
                    command=f"jq -s 'map(.epoch) | max' {here}/runs/*/metrics.jsonl",
                    symptom=r"parse error|Unfinished",
                    diagnosis="A killed run left a torn line; lines have to be read one by one.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command="dateutils.ddiff --minutes 2026-02-10T01:00:00 2026-02-10T02:00:00",
                    symptom=r"unrecognized option",
                    diagnosis="The unit is asked for with -f %M.",
                ),
            ],
        )


def _board(
    source: Experiment,
    files: Collection[str],
    margin: int,
    *,
    last: bool = True,
    diverged: bool = False,
) -> list[Row]:
    """The rows: `files` are the usable checkpoints, `margin` is in ten-thousandths.

    `last` says which line of an epoch counts, `diverged` whether an epoch without loss can be the
    best one that the margin is measured from.
    """
    rows: list[Row] = []
    for run in source.runs():
        lines = [m for m in source.metrics if m.run == run and not m.torn]
        epochs: dict[int, Metric] = {}
        for line in lines if last else lines[::-1]:
            if line.split == "val":
                epochs[line.epoch] = line
        paths = {epoch: f"checkpoints/{run}/epoch-{epoch:02d}.ckpt" for epoch in epochs}
        usable = [m for e, m in epochs.items() if paths[e] in files and m.loss is not None]
        if not usable:
            raise Unsuitable("a run without a usable checkpoint")
        best = max(
            m.f1 for e, m in epochs.items() if m in usable or (diverged and paths[e] in files)
        )
        if margin and any(m.f1 == best - margin for m in usable):
            raise Unsuitable("a score exactly at the margin, which floating point may miss")
        near = [m for m in usable if m.f1 >= best - margin] or usable
        one = min(near, key=lambda m: (m.loss, m.epoch))
        assert one.loss is not None
        minutes = (max(m.time for m in lines) - min(m.time for m in lines)) // 60
        rows.append(
            (
                run,
                str(one.epoch),
                f"{one.f1 / 10_000:.4f}",
                f"{one.loss / 10_000:.4f}",
                str(minutes),
                paths[one.epoch],
            )
        )
    return sorted(rows, key=lambda row: (-float(row[2]), row[0]))
