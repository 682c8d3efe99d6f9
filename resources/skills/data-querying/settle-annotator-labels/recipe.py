"""Merge the labels of several annotators, and measure how far they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Row,
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing

LABELS = (("routine", "follow-up", "urgent"), ("keep", "review", "drop"), ("yes", "no", "unclear"))
SCRIPT = """sheet <- function(name) {
  d <- read.csv(file.path(folder, paste0(name, ".csv")), colClasses = "character")
  d <- d[!duplicated(d$item, fromLast = TRUE), ]
  d$label <- tolower(trimws(d$label))
  d
}
sheets <- lapply(setNames(people, people), sheet)
items <- unique(unlist(lapply(sheets, function(d) d$item)))
votes <- lapply(sheets, function(d) d[!d$label %in% c("", "?"), ])
judged <- sheet("adjudicated")
settle <- function(item) {
  given <- unlist(lapply(votes, function(d) d$label[d$item == item]))
  most <- names(which(table(given) * 2 > length(given)))
  if (length(most)) return(c(most, "majority"))
  if (item %in% judged$item) return(c(judged$label[judged$item == item], "adjudicator"))
  c("undecided", "nobody")
}
found <- t(sapply(items, settle))
write.csv(data.frame(items, found), "/tmp/settled.csv", row.names = FALSE, quote = FALSE)
kappa <- function(pair) {
  both <- merge(votes[[pair[1]]], votes[[pair[2]]], by = "item")
  levels <- union(both$label.x, both$label.y)
  shares <- function(x) prop.table(table(factor(x, levels)))
  po <- mean(both$label.x == both$label.y)
  pe <- sum(shares(both$label.x) * shares(both$label.y))
  sprintf('"%s": {"items": %d, "kappa": %.4f}', paste(pair, collapse = "+"), nrow(both),
          (po - pe) / (1 - pe))
}
cat("{", paste(combn(people, 2, kappa), collapse = ",\\n "), "}\\n", file = report)
"""

Sheet = Sequence[tuple[str, str]]


class SettleAnnotatorLabels(Recipe):
    """The annotated records with their settled label; a report with kappa of each pair."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "selected", "merged"),
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="enriched"),)
    tools = ("Rscript", "cat", "cut", "head", "jq", "ls", "mlr", "pr", "sed", "sort", "uniq")
    packages = ("jq", "miller", "r-base-core")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids = source.values("id")
        if len({*ids}) < len(ids) or len(ids) < 30 or "label" in source.header:
            raise Unsuitable("too few records, or ids that occur twice")
        if any({*i} & {*"\"', "} for i in ids):
            raise Unsuitable("ids that are hard to write")
        key, form = source.name("id"), source.format
        labels = draw.choice(LABELS)
        people = sorted(
            draw.sample(("anneke", "chidi", "emre", "jana", "leila", "noa", "tariq"), 3)
        )
        items = draw.sample(ids, min(len(ids) - 4, draw.integer(28, 44)))
        sheets = {name: _sheet(draw, items, labels) for name in people}
        votes = {name: _votes(sheet) for name, sheet in sheets.items()}
        named = {item for sheet in sheets.values() for item, _ in sheet}
        torn = [i for i in items if i in named and not _majority(_given(votes, i))]
        judged = {item: draw.choice(labels) for item in torn[: max(1, len(torn) - 2)]}
        for item in draw.sample([i for i in items if _majority(_given(votes, i))], 3):
            judged[item] = draw.choice([x for x in labels if x != _majority(_given(votes, item))])
        folder = world.input(draw, ["labels", "annotation", "label_sheets"])
        target = world.output(draw, ["labelled", "training_set", "gold_labels"], f".{form}")
        report = world.output(draw, ["agreement", "kappa", "annotator_agreement"], ".json")

        def made(given: Mapping[str, Mapping[str, str]], overrule: bool = False) -> Table:
            rows: list[Row] = []
            for row, item in zip(source.rows, ids, strict=True):
                if item not in named:
                    continue
                most = _majority(_given(given, item))
                if item in judged and (overrule or not most):
                    rows.append((*row, judged[item], "adjudicator"))
                else:
                    rows.append((*row, most or "undecided", "majority" if most else "nobody"))
            return source.with_rows(
                rows,
                path=target,
                columns=(*source.columns, Column("label", "label"), Column("settled_by", "label")),
                extent="enriched",
                noun=f"labelled {world.theme.records}",
            )

        result = made(votes)
        if not {"adjudicator", "nobody"} <= {row[-1] for row in result.rows}:
            raise Unsuitable("nothing is torn")
        kappas = {f"{a}+{b}": _kappa(votes[a], votes[b]) for a, b in combinations(people, 2)}
        agreement = Report(path=report, noun="agreement", value=kappas, tolerance=1.5e-4)
        here, there, at, out = (quoted(p) for p in (source.path, target, folder, report))
        first = {name: _votes(sheet[::-1]) for name, sheet in sheets.items()}
        raw = {
            name: {item: text for item, text in sheet if text not in ("", "?")}
            for name, sheet in sheets.items()
        }
        kept = {name: _votes(sheet, keep=True) for name, sheet in sheets.items()}
        listed = ", ".join(f'"{name}"' for name in people)
        files = " ".join(f"{at}/{name}.csv" for name in people)
        named_files = ", ".join(f"`{folder}/{name}.csv`" for name in people)
        pair = f"`{people[0]}+{people[1]}`"
        return Move(
            focus=result,
            makes=[result, agreement],
            brings=[
                Entry.folder(folder),
                *[
                    Entry(f"{folder}/{name}.csv", _text(sheet))
                    for name, sheet in [*sheets.items(), ("adjudicated", [*judged.items()])]
                ],
            ],
            request=[
                f"Three people labelled {world.theme.records} of `{source.path}` for us: "
                f"{named_files}, each with `item` (the `{key}`) and `label`. Case and outer blanks "
                "of a label mean nothing, an empty one or `?` is an abstention, and of an item "
                "that a sheet has twice only the last line counts. A label with more than half of "
                "the votes that were given wins; without one, "
                f"`{folder}/adjudicated.csv` decides, and otherwise it is `undecided`. Write every "
                "record that occurs in at least one of the three sheets to "
                f"`{target}`, in the source's order and format, with two columns at the end: "
                "`label` in lower case and `settled_by` (`majority`, `adjudicator` or `nobody`). "
                f"And `{report}`, a JSON object: for each pair of people, joined as in {pair} in "
                "alphabetical order, an object with `items`, the items on which both voted, and "
                "`kappa`, Cohen's unweighted kappa on these, to four decimals.",
                f"We need a training set out of the label sheets {named_files} (columns `item`, "
                f"which is the `{key}` in `{source.path}`, and `label`). Labels are the same in "
                "any case and with any blanks around them; nothing or `?` means that the person "
                "did not vote; a later line for an item replaces an earlier one of the same sheet. "
                "Take what more than half of those who voted on an item say, else what "
                f"`{folder}/adjudicated.csv` says, else `undecided`. `{target}` has the "
                "records that any of the three sheets mentions, order and format as in the "
                "source, plus the columns `label` (lower case) and `settled_by`, which is "
                f"`majority`, `adjudicator` or `nobody`. In `{report}` we want Cohen's kappa "
                "(unweighted) of each two people, before anything was settled: a JSON object with "
                f"keys like {pair}, names in alphabetical order, and values with `items` (on how "
                "many both voted) and `kappa` (over these, four decimals).",
            ],
            steps=[
                look(
                    f"ls {at}; pr -m -t -w 78 {files} | head -n 12; cat {files} | cut -d , -f 2 | "
                    "sort | uniq -c",
                    "Hand-kept sheets: I want to see them side by side, and every spelling.",
                    "Print the sheets in columns and count the labels as they are written.",
                ),
                look(
                    f"for name in {' '.join(people)}; do cut -d , -f 1 {at}/$name.csv | sort | "
                    f'uniq -d | sed "s/^/$name twice: /"; done; cat {at}/adjudicated.csv',
                    "Labels come in any case, and there are abstentions. Are items there twice?",
                    "Look for repeated items and read what was adjudicated.",
                ),
                do(
                    f"cat > /tmp/settle.R <<'EOF'\nfolder <- \"{folder}\"\n"
                    f'report <- "{report}"\npeople <- c({listed})\n{SCRIPT}EOF\n'
                    "Rscript /tmp/settle.R && head -n 4 /tmp/settled.csv",
                    "Corrected lines first, then abstentions out: in the other order a withdrawn "
                    "vote would come back. Kappa needs the votes, not the settled labels.",
                    "Settle the items and compute kappa of the pairs in R.",
                    1.5,
                ),
                do(
                    f"sed '1s/.*/{key},label,settled_by/' /tmp/settled.csv > /tmp/by_record.csv\n"
                    f"mlr --i{form} --o{form} join -i csv -j {key} -f /tmp/by_record.csv then "
                    f"cut -o -f {','.join(result.header)} {here} > {there}",
                    "Every item is settled one way or another now.",
                    "Join the settled labels to the records.",
                ),
                look(
                    f"mlr --i{form} --opprint count-distinct -f settled_by,label {there}; "
                    f"jq -c . {out}",
                    "How many are left undecided, and does every record have its label?",
                    "Count the outcome and read the agreement.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("the adjudicator overrules majorities", made(votes, overrule=True)),
                    ("the first line of an item counts", made(first)),
                    ("labels as they were written", made(raw)),
                    ("a withdrawn vote counts", made(kept)),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command="Rscript -e 'cohen.kappa(matrix(c(5, 1, 2, 7), 2))'",
                    symptom=r"could not find function",
                    diagnosis="Plain R has no such function; kappa is three lines by hand.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f'Rscript -e \'d <- read.csv("{folder}/{people[0]}.csv"); '
                    "table(d$item, d$lable)'",
                    symptom=r"arguments must have the same length",
                    diagnosis="The column is called label; R takes a misspelt one for nothing.",
                ),
            ],
        )


def _sheet(draw: Draw, items: Sequence[str], labels: Sequence[str]) -> list[tuple[str, str]]:
    """What one person wrote: mostly the same label as the others, in an own way."""
    lines: list[tuple[str, str]] = []
    for n, item in enumerate(items):
        if draw.chance(0.12):
            continue
        label = labels[n % 7 % 3] if draw.chance(0.72) else draw.choice(labels)
        if draw.chance(0.1):
            label = draw.choice(("", "?"))
        lines.append(
            (item, draw.choice((label, label, label.upper(), label.title(), f" {label} ")))
        )
    for n, (item, old) in enumerate(draw.sample(lines, 4)):
        other = [label for label in labels if label != old.strip().lower()]
        lines.append((item, "?" if n == 0 else draw.choice(other)))
    return lines


def _votes(sheet: Sheet, *, keep: bool = False) -> dict[str, str]:
    """The votes of a sheet, later lines first; with `keep` an abstention withdraws nothing."""
    last: dict[str, str] = {}
    for item, text in sheet:
        word = text.strip().lower()
        if not keep or word not in ("", "?"):
            last[item] = word
    return {item: word for item, word in last.items() if word not in ("", "?")}


def _given(votes: Mapping[str, Mapping[str, str]], item: str) -> list[str]:
    """All votes on an item."""
    return [found[item] for found in votes.values() if item in found]


def _majority(given: Sequence[str]) -> str:
    """The label that more than half of the votes are for; empty where there is none."""
    return next((word for word, n in Counter(given).items() if 2 * n > len(given)), "")


def _kappa(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, float]:
    """Cohen's kappa of two people over the items on which both voted."""
    both = [(one[item], other[item]) for item in one if item in other]
    n = len(both)
    left, right = Counter(a for a, _ in both), Counter(b for _, b in both)
    po = Fraction(sum(a == b for a, b in both), n)
    pe = Fraction(sum(left[word] * right[word] for word in left), n * n)
    if pe == 1:
        raise Unsuitable("everybody has one label only")
    return {"items": n, "kappa": round(float((po - pe) / (1 - pe)), 4)}


def _text(sheet: Sheet) -> bytes:
    """A sheet as CSV."""
    return "".join(f"{a},{b}\n" for a, b in [("item", "label"), *sheet]).encode()
