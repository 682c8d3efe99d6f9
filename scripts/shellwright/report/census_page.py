"""The census as a person reads it, beside TermiGen's figures.

They are those of its paper (arXiv 2602.07274: categories in Table 5, tools and functional groups)
and of the tasks that it released, counted from the files.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from shellwright.report.census import MOST_EXAMPLES, NEAR
from shellwright.report.summary import aligned

Row = dict[str, Any]

#: What TermiGen has, where it is known.
TERMIGEN: Mapping[str, str] = {
    "tasks": "3,566",
    "fields of work": "11",
    "distinct tools": "420",
    "tool groups": "16",
    "instruction words, median": "337",
    "instruction words, 90 %": "430",
    "tests per task, median": "9",
    "tests per task, least": "3",
    "tests per task, most": "20",
    "asserts per task, median": "15",
    "asserts per task, least": "4",
    "asserts per task, most": "42",
    "environment files, median": "2",
    "environment files, 90 %": "8",
    "most frequent category, tasks": "100.00 %",
    "oracle executed, of all tasks tried": "0",
}

_PAGE = """\
# Census: {skills} executable skills, {oracle_tools} tools, {accepted} accepted tasks

## Beside TermiGen

{beside}

Tests are those that the work must make pass; this build has guards beside them, a median of
{guards} per task, which hold at the start and must go on holding. This build's asserts are
not counted: a test calls one check of a library, beside the tests on which it builds, and a check
holds a whole file or state against what is expected. Environment files are the Dockerfile and the
input files. Distinct tools are those that oracles call to do the work, without those that are only
looked with.

How alike TermiGen's instructions are, and which of its tools are of which group, is not known. What
its tasks are called is: 3,566 tasks have 1,982 distinct seed names, of which 1,585 appear both as
`_medium` and as `_hard`.

## Skills by field of work

{fields}

## Skills and tasks by category

{categories}

## Tools by group

Counted by parsing the commands of every skill's oracle: {oracle_tools} tools do its work.
{only_looked_with} more are called only by the steps that look, before and after; they have a column
of their own and count nowhere else.

{groups}

## Instructions

{near} of {accepted} accepted tasks have an instruction that is nearly another one's (Jaccard
similarity of word 5-grams of {threshold} or more): {near_share}. {fixtures} of {accepted} have
input files that no other task has.

{twins}

## What the gates found

{gates}

{survivors}
"""


def census_page(found: Row) -> str:
    """The census in Markdown."""
    library, tasks, gates = found["library"], found["tasks"], found["gates"]
    accepted = tasks["accepted"]
    return _PAGE.format(
        skills=library["skills"],
        oracle_tools=library["oracle_tools"],
        only_looked_with=library["only_looked_with"],
        accepted=accepted,
        beside=_beside(library, tasks, gates),
        guards=f"{tasks['guards']['median']:g}",
        fields=aligned(
            ["field", "skills", "tasks with such a skill"],
            [[name, n, tasks["fields"].get(name, 0)] for name, n in library["fields"].items()],
        ),
        categories=aligned(
            ["category", "skills", "tasks"],
            [
                [name, count, tasks["categories"].get(name, 0)]
                for name, count in library["categories"].items()
            ],
        ),
        groups=_groups(library),
        near=tasks["near_duplicates"],
        near_share=_percent(tasks["near_duplicates"], accepted),
        threshold=NEAR,
        fixtures=tasks["distinct_fixtures"],
        twins="\n".join(
            f"- `{each['task']}` is like `{each['of']}` ({each['similarity']:.2f})"
            for each in tasks["near_duplicate_examples"]
        ),
        gates=_gate_lines(gates),
        survivors=_survivors(gates["survivors"]),
    )


def _groups(library: Row) -> str:
    looks = library["only_looked_with_groups"]
    table = aligned(
        ["group", "tools", "which", "only looked with"],
        [
            [name, len(of), " ".join(of), " ".join(looks[name])]
            for name, of in library["groups"].items()
        ],
    )
    without = library["without_group"]
    return f"{table}\n\nIn no group: {' '.join(without)}." if without else table


def _beside(library: Row, tasks: Row, gates: Row) -> str:
    words, tests, inputs = tasks["instruction_words"], tasks["checks"], tasks["inputs"]
    ours = {
        "tasks": f"{tasks['accepted']:,}",
        "fields of work": str(sum(1 for count in library["fields"].values() if count)),
        "distinct tools": str(library["oracle_tools"]),
        "tool groups": str(sum(1 for tools in library["groups"].values() if tools)),
        "instruction words, median": f"{words['median']:g}",
        "instruction words, 90 %": str(words["p90"]),
        "tests per task, median": f"{tests['median']:g}",
        "tests per task, least": str(tests["least"]),
        "tests per task, most": str(tests["most"]),
        **dict.fromkeys(
            (f"asserts per task, {which}" for which in ("median", "least", "most")), "not counted"
        ),
        # An environment always has its Dockerfile.
        "environment files, median": f"{inputs['median'] + 1:g}",
        "environment files, 90 %": str(inputs["p90"] + 1),
        "most frequent category, tasks": _percent(
            max(tasks["categories"].values(), default=0), tasks["accepted"]
        ),
        # Of the rejected tasks, too, so that it can be more than the accepted ones.
        "oracle executed, of all tasks tried": f"{gates['oracles_run']:,} of {tasks['tried']:,}",
    }
    return aligned(
        ["", "this build", "TermiGen"], [[name, ours[name], TERMIGEN[name]] for name in TERMIGEN]
    )


def _gate_lines(gates: Row) -> str:
    killed = _percent(gates["mutants_killed"], gates["mutants"])
    kinds = ", ".join(f"{kind} {k} of {n}" for kind, (k, n) in gates["by_kind"].items())
    tiers = ", ".join(f"{name} {count}" for name, count in gates["tiers"].items())
    reasons = ", ".join(f"{name} {count}" for name, count in gates["reasons"].items()) or "none"
    return (
        f"- Tiers: {tiers}.\n"
        f"- Reasons: {reasons}.\n"
        f"- Untouched environments that earned a reward: {gates['noop_passes']}; "
        f"tasks that were graded differently once: {gates['flaky']}.\n"
        f"- Tasks held against a container and test.sh for every trial: {gates['compared']}; "
        f"with another verdict there: {gates['differed']}.\n"
        f"- Mutants killed: {gates['mutants_killed']} of {gates['mutants']} ({killed}): {kinds}."
    )


def _survivors(survivors: Sequence[Row]) -> str:
    if not survivors:
        return "No mutant survived."
    lines = [f"- `{each['task']}`: {each['mutant']}" for each in survivors[:MOST_EXAMPLES]]
    more = len(survivors) - MOST_EXAMPLES
    return "\n".join(
        ["Mutants that survived:", "", *lines, *([f"- and {more} more"] if more > 0 else [])]
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "none"


def as_json(found: Row) -> str:
    """The census as JSON, the same text for the same numbers."""
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
