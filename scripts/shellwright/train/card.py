"""The data card of a train set: front matter for the Hugging Face Hub, and what a reader must know.

Every number is computed from the corpus; nothing is stated that the build did not find.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]

# SPDX identifiers (in lower case) that the hub knows as they are.
_HUB_LICENSES = frozenset(
    [
        "apache-2.0",
        "mit",
        "bsd-2-clause",
        "bsd-3-clause",
        "isc",
        "cc0-1.0",
        "cc-by-4.0",
        "unlicense",
    ]
)
_SIZES = [
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
]
_LARGEST = "n>10M"
_TOP = 20
_QUANTILES = ["min", "p50", "p90", "p99", "max", "mean"]

_CARD = """\
---
license:
{licenses}
task_categories:
- text-generation
language:
- en
tags:
- agent
- terminal
- trajectories
- synthetic
size_categories:
- {size}
configs:
- config_name: default
  data_files:
  - split: train
    path: train-*.parquet
---

# Terminal-agent trajectories

{rows} conversations of an agent at a terminal, about {tasks} tasks ({instructions} distinct
instructions, {images} container images). {solved} of the corpus's {corpus_rows} rows solve their
task.{left_out}

A row has `messages`: user and assistant in strict turns, the user first, the assistant last, no
system message. The first message holds the protocol and the task, each further user message what
the terminal showed, each assistant message one Terminus-2 response in JSON.
{thinking}

`agent`, `model`, `model_provider`, `task`, `episode`, `run_id`, `trial_name`, `result` and `date`
are the columns of Harbor's exporter; `model` is empty where no model acted. The others say where a
row comes from: `reward`, `success`, `tier`, `license`, `lineage_json`, and the digests of the task,
its tests, the prompt, the policy and the image. `date` is the only column that differs between two
builds of the same trajectories. `tokens` is an estimate (bytes / 3.74).

## How it was made

By Shellwright. Skills are joined into a graph of scenarios; a path through it becomes one task: an
instruction, input files, a reference solution and tests, the last two independent of each other.
Every task passed its gates in a container without a network: the initial state holds, the tests
refuse the untouched environment and accept the reference solution each time it is run (tier `sft`),
and they refuse every wrong solution that was tried (tier `rl`). The trajectories are real episodes
in a real terminal, judged by the same tests.

Policies: {policies}. `oracle` carries out the reference solution
with its author's reasoning; no model is involved.

## Funnel

{funnel}

Filters of the corpus. What a filter does not drop, it marks in a column of the corpus.

{filters}

## Distributions

Rows of the corpus.

{distributions}

## Licences

Each row names its licence in the column `license`.

{license_counts}

## Decontamination

{decontamination}

## Limitations

{limitations}
"""
_THINKING = "{} rows hold reasoning in `<think>` tags, in every turn that had it."
_NO_THINKING = "There are no `<think>` tags; `analysis` and `plan` are part of each response."
_DECONTAMINATED = """\
Instructions and conversations were searched for any {ngram} words in a row that a benchmark has
(tokeniser `{tokeniser}`, text inside JSON included); a planted control was found. {result}

{benchmarks}"""
_HOT = """

Phrases that stand in many unrelated tasks do not count as an overlap:

{phrases}"""
_ORACLE_ONLY = """\
- Every row is a reference solution carried out step by step, without dead ends or recovery from
  errors. The wording of the reasoning comes from the skills.
"""
_LIMITATIONS = """\
- The tasks combine {skills} skills. Tasks that share skills resemble each other in instruction and
  solution.
- Instructions are in English; environments are Debian containers without a network.
- Decontamination finds text taken over word by word, not paraphrases.
- Numbers of tokens are estimates; count with your own tokeniser before you set a length."""


def data_card(
    stats: Row, funnel: Sequence[Row], *, rows: int, thinking: int, left_out: Mapping[str, int]
) -> str:
    """Return the card's Markdown.

    ``stats`` and ``funnel``: those of the corpus. ``rows``: rows of the train set; ``thinking``:
    those with reasoning in ``<think>`` tags. ``left_out``: rows of the corpus that are not in the
    set, by reason.
    """
    lost = ", ".join(f"{count} {reason}" for reason, count in left_out.items() if count)
    policies = [f"`{each['value']}` ({each['rows']} rows)" for each in stats["counts"]["policy"]]
    counted = [[each["value"], each["rows"]] for each in stats["counts"]["license"]]
    return _CARD.format(
        licenses="\n".join(f"- {license}" for license in _hub_licenses(stats)),
        size=next((name for limit, name in _SIZES if rows < limit), _LARGEST),
        rows=rows,
        tasks=stats["tasks"],
        instructions=stats["instructions"],
        images=stats["images"],
        solved=stats["solved"],
        corpus_rows=stats["rows"],
        left_out=f" Not in this set: {lost}." if lost else "",
        thinking=_THINKING.format(thinking) if thinking else _NO_THINKING,
        policies=", ".join(policies) or "none",
        funnel=_funnel(funnel),
        filters=_filters(stats),
        distributions=_distributions(stats),
        license_counts=_table(["licence", "rows"], counted),
        decontamination=_decontamination(stats),
        limitations=_limitations(stats),
    )


def _hub_licenses(stats: Row) -> list[str]:
    found = {
        license.lower()
        for each in stats["counts"]["license"]
        for license in str(each["value"]).split(" AND ")
    }
    return sorted(found) if found and found <= _HUB_LICENSES else ["other"]


def _funnel(funnel: Sequence[Row]) -> str:
    rows = []
    for entry in funnel:
        dropped = ", ".join(f"{lost['reason']} {lost['count']}" for lost in entry["dropped"])
        rows.append([entry["stage"], entry["seen"], entry["kept"], dropped])
    return _table(["stage", "seen", "kept", "dropped"], rows)


def _filters(stats: Row) -> str:
    rows = [
        [each["filter"], each["meaning"], each["objections"], "yes" if each["drops"] else "no"]
        for each in stats["filters"]
    ]
    return _table(["filter", "objects when", "rows", "drops"], rows)


def _distributions(stats: Row) -> str:
    parts = []
    for name in ("category", "difficulty", "skills"):
        counts = stats["counts"][name]
        parts.append(_table([name, "rows"], [[c["value"], c["rows"]] for c in counts[:_TOP]]))
        if len(counts) > _TOP:
            parts.append(f"and {len(counts) - _TOP} more {name}")
    titles = {"length": "skills in the task", "tokens": "tokens (estimate)"}
    quantiles = [
        [titles.get(name, name), *("-" if found[key] is None else found[key] for key in _QUANTILES)]
        for name, found in stats["quantiles"].items()
    ]
    return "\n\n".join([*parts, _table(["per row", *_QUANTILES], quantiles)])


def _decontamination(stats: Row) -> str:
    found = stats["decontamination"]
    if not found["benchmarks"]:
        return "None: the build was given no benchmark."
    dropped = any(each["filter"] == "contaminated" and each["drops"] for each in stats["filters"])
    named = [[each["name"], each["tasks"], each["grams"]] for each in found["benchmarks"]]
    result = "No row overlaps."
    if found["contaminated"]:
        where = "not in" if dropped else "still in"
        result = f"Rows that overlap: {found['contaminated']}; they are {where} this set."
    text = _DECONTAMINATED.format(
        ngram=found["ngram"],
        tokeniser=found["tokeniser"],
        result=result,
        benchmarks=_table(["benchmark", "tasks", f"{found['ngram']}-grams"], named),
    )
    phrases = [[hot["words"], hot["tasks"]] for hot in found["hot"][:_TOP]]
    return text + (_HOT.format(phrases=_table(["phrase", "tasks"], phrases)) if phrases else "")


def _limitations(stats: Row) -> str:
    policies = {each["value"] for each in stats["counts"]["policy"]}
    own = _LIMITATIONS.format(skills=len(stats["counts"]["skills"]))
    return (_ORACLE_ONLY if policies == {"oracle"} else "") + own


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; columns that hold numbers only are set to the right."""
    right = [
        bool(rows) and all(isinstance(row[at], int | float) for row in rows)
        for at in range(len(head))
    ]
    lines = [head, ["---:" if flag else "---" for flag in right], *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())
