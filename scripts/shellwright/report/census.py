"""The census: what the library and the verified tasks consist of."""

import io
import tarfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl
import yaml

from shellwright.digest import digest
from shellwright.skills.duplicates import find_twins
from shellwright.skills.fields import FIELDS

Row = dict[str, Any]

#: Word 5-grams in common from which on two instructions count as nearly the same.
NEAR = 0.8
MOST_EXAMPLES = 25
FIXTURE = "environment/fixture.tar"
TESTS = "tests/test_outputs.py"
#: What the census reads of a verdict: not the gates' evidence, which is most of it.
VERDICT = ["id", "tier", "reason", "oracle_rewards", "noop_reward", "mutants", "differences"]
#: Short reasons of tasks that were graded differently once.
UNEQUAL = (
    *("flaky", "not-repeatable"),
    *("depends-on-clock", "depends-on-user", "depends-on-host", "depends-on-box"),
)


def tool_groups(path: Path) -> dict[str, str]:
    """The group of every tool, from a YAML file of groups with their tools.

    Raises ValueError where a tool stands in two groups.
    """
    groups: dict[str, str] = {}
    for group, names in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        for name in str(names).split():
            if groups.setdefault(name, group) != group:
                raise ValueError(f"{path}: {name} is in {groups[name]} and in {group}")
    return groups


def task_facts(table: Path) -> list[Row]:
    """What the census needs of each written task of a shard, without its files."""
    frame = pl.read_parquet(table).filter(pl.col("status") == "ok")
    columns = ["id", "instruction", "category", "difficulty", "tools", "skills", "files"]
    facts = []
    for row in frame.select(columns).iter_rows(named=True):
        files = {file["path"]: file["content"] for file in row.pop("files")}
        fixture, tests = files.get(FIXTURE, b""), files.get(TESTS, b"")
        guards = tests.count(b"\n@guard")
        facts.append(
            {
                **row,
                "fixture": digest(fixture.hex()),
                "inputs": _members(fixture),
                "checks": tests.count(b"\ndef test_") - guards,
                "guards": guards,
            }
        )
    return facts


def _members(tar: bytes) -> int:
    """How many regular files a tar holds."""
    if not tar:
        return 0
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return sum(member.isfile() for member in archive)


def census(
    skills: Iterable[Mapping[str, Any]],
    tasks: Sequence[Mapping[str, Any]],
    verdicts: Iterable[Mapping[str, Any]],
    groups: Mapping[str, str],
) -> Row:
    """Count the library, the accepted tasks and what their gates said.

    skills: rows of the skill table; tasks: rows of `task_facts`; verdicts: rows of the verdict
    table; groups: the group of every tool.
    """
    library = [row for row in skills if row["recipe"] and row["status"] == "ok"]
    field_of = {row["id"]: row["field"] for row in library}
    by_id = {row["id"]: row for row in verdicts}
    accepted = [t for t in tasks if by_id.get(t["id"], {}).get("tier") in ("sft", "rl")]
    fields = Counter(row["field"] for row in library)
    called = sorted({tool for row in library for tool in row["tools"]})
    does = {tool for row in library for tool in row["oracle_tools"]}
    tools = [tool for tool in called if tool in does]
    looks = [tool for tool in called if tool not in does]
    return {
        "library": {
            "skills": len(library),
            "categories": _counts(row["category"] for row in library),
            "fields": {name: fields[name] for name in FIELDS},
            "oracle_tools": len(tools),
            "only_looked_with": len(looks),
            "groups": _grouped(tools, groups),
            "only_looked_with_groups": _grouped(looks, groups),
            "without_group": [tool for tool in called if tool not in groups],
        },
        "tasks": {
            "accepted": len(accepted),
            "tried": len(by_id),
            **_instructions(accepted),
            "categories": _counts(task["category"] for task in accepted),
            "fields": _counts(
                field
                for task in accepted
                for field in {field_of.get(skill) for skill in task["skills"]}
                if field
            ),
            "difficulties": _counts(task["difficulty"] for task in accepted),
            "tools": len({tool for task in accepted for tool in task["tools"]}),
            "distinct_fixtures": len({task["fixture"] for task in accepted}),
            "checks": _spread([task["checks"] for task in accepted]),
            "guards": _spread([task["guards"] for task in accepted]),
            "inputs": _spread([task["inputs"] for task in accepted]),
        },
        "gates": _gates(by_id.values()),
    }


def _grouped(tools: Iterable[str], groups: Mapping[str, str]) -> dict[str, list[str]]:
    """The tools of every group, also of one that has none of them."""
    found: dict[str, list[str]] = {group: [] for group in groups.values()}
    for tool in tools:
        if tool in groups:
            found[groups[tool]].append(tool)
    return found


def _counts(values: Iterable[str]) -> dict[str, int]:
    """How often each value occurs, the most frequent first."""
    return dict(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])))


def _spread(values: Sequence[int]) -> Row:
    """Least, median, 90th percentile and most; zeros where there is nothing."""
    ordered = sorted(values) or [0]
    return {
        "least": ordered[0],
        "median": median(ordered),
        "p90": ordered[min(len(ordered) - 1, len(ordered) * 9 // 10)],
        "most": ordered[-1],
    }


def _instructions(tasks: Sequence[Mapping[str, Any]]) -> Row:
    texts = [task["instruction"] for task in tasks]
    twins = find_twins(texts, NEAR)
    return {
        "instruction_words": _spread([len(text.split()) for text in texts]),
        "near_duplicates": len(twins),
        "near_duplicate_examples": [
            {
                "task": tasks[twin.copy]["id"],
                "of": tasks[twin.original]["id"],
                "similarity": twin.similarity,
            }
            for twin in twins[:MOST_EXAMPLES]
        ],
    }


def _gates(verdicts: Iterable[Mapping[str, Any]]) -> Row:
    """What the gates found: tiers, reasons, mutants by kind, and those that survived."""
    tiers: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    survivors: list[Row] = []
    noop = flaky = solved = compared = differed = 0
    for verdict in verdicts:
        tiers[verdict["tier"]] += 1
        reason = (verdict["reason"] or "").partition(":")[0]
        if reason:
            reasons[reason] += 1
        solved += bool(verdict["oracle_rewards"])
        noop += (verdict["noop_reward"] or 0) > 0
        flaky += reason in UNEQUAL
        compared += verdict["differences"] is not None
        differed += bool(verdict["differences"])
        for mutant in verdict["mutants"]:
            tried[mutant["kind"]] += 1
            killed[mutant["kind"]] += mutant["killed"]
            if not mutant["killed"]:
                survivors.append({"task": verdict["id"], "mutant": mutant["name"]})
    return {
        "tiers": dict(sorted(tiers.items())),
        "reasons": dict(reasons.most_common()),
        "oracles_run": solved,
        "noop_passes": noop,
        "flaky": flaky,
        "compared": compared,
        "differed": differed,
        "mutants": sum(tried.values()),
        "mutants_killed": sum(killed.values()),
        "by_kind": {kind: [killed[kind], tried[kind]] for kind in sorted(tried)},
        "survivors": sorted(survivors, key=lambda each: (each["task"], each["mutant"])),
    }
