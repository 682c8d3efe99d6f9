"""Merge what replicas wrote while they were apart, by vector clocks."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing

Clock = tuple[int, int, int]

PROGRAM = """def known: with_entries(select(.value > 0));
def older($a; $b): $a != $b and ([$a | to_entries[] | .value <= ($b[.key] // 0)] | all);
($ids | split("\\n")) as $table
| map(.clock |= known) | group_by(.{key})
| map({{{key}: .[0].{key}, versions: unique_by(.clock)}}
    | .left = [.versions[] as $v | select(any(.versions[]; older($v.clock; .clock)) | not) | $v]
    | .values = (.left | map([.{status}, .{count}]) | unique))
| (map(select(.{key} | IN($table[]))) ) as $ours
| {{settled: [$ours[] | select(.values | length == 1)
      | {{{key}, new_status: .values[0][0], new_count: .values[0][1]}}],
    report: {{
      conflicts: ($ours | map(select(.values | length > 1)
        | {{key: .{key}, value: (.left | map(.replica) | unique)}}) | from_entries),
      unknown: (map(.{key}) - ($ours | map(.{key})) | sort),
      superseded: (map((.versions | length) - (.left | length)) | add)}}}}
"""
#: Histories of a record: the clocks of its versions, each with the place of its writer. The last
#: one is agreed upon by chance in some records.
SHAPES: tuple[list[tuple[Clock, int]], ...] = (
    [((1, 0, 0), 0)],
    [((1, 0, 0), 0), ((1, 1, 0), 1), ((2, 1, 0), 0)],
    [((1, 0, 0), 0), ((2, 0, 0), 0), ((1, 0, 1), 2)],
    [((0, 3, 0), 1), ((1, 0, 1), 0)],
    [((0, 1, 0), 1), ((0, 1, 1), 2), ((1, 1, 0), 0), ((1, 2, 1), 1)],
    [((0, 0, 2), 2), ((2, 0, 0), 0)],
)


@dataclass(frozen=True)
class Version:
    """What a replica says about a record."""

    key: str
    replica: int
    clock: Clock
    status: str
    count: str

    def older(self, other: Version) -> bool:
        """Whether the other one knew of this one."""
        pairs = zip(self.clock, other.clock, strict=True)
        return self.clock != other.clock and all(a <= b for a, b in pairs)


class ReconcileReplicasByVectorClock(Recipe):
    """The table with the versions that won; a report on conflicts."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "enriched"),
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="merged"),)
    tools = ("cat", "head", "jq", "mkdir", "mlr", "sort", "tred", "uniq", "wc")
    packages = ("graphviz", "jq", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids = source.values("id")
        if not source.has("status", "count") or len({*ids}) < len(ids) or len(ids) < 25:
            raise Unsuitable("too few records, or no status and count")
        key, status, count = (source.name(role) for role in ("id", "status", "count"))
        if len({*world.theme.statuses} | {*source.values("status")}) < 3 or {*key} & {*"- "}:
            raise Unsuitable("too few statuses, or a name that is hard to write")
        form = source.format
        sites = sorted(draw.sample(("ams", "bru", "cph", "dub", "fra", "lis", "osl", "rom"), 3))
        lines, versions = _written(draw, source, world.theme.statuses, sites, (key, status, count))
        given = world.input(draw, ["replica_versions", "after_the_split", "anti_entropy"], ".jsonl")
        target = world.output(draw, ["reconciled", "healed", "agreed_records"], f".{form}")
        report = world.output(draw, ["conflicts", "reconciliation", "undecided"], ".json")
        k, s, c = (source.index(role) for role in ("id", "status", "count"))

        def made(choose: Callable[[list[Version]], list[Version]]) -> Table:
            rows = []
            for row in source.rows:
                left = choose([v for v in versions if v.key == row[k]])
                if len({(v.status, v.count) for v in left}) == 1:
                    cells = list(row)
                    cells[s], cells[c] = left[0].status, left[0].count
                    rows.append(tuple(cells))
                else:
                    rows.append(row)
            return source.with_rows(
                rows, path=target, extent="merged", noun=f"reconciled {world.theme.records}"
            )

        result = made(_latest)
        named = sorted({v.key for v in versions})
        conflicts = {}
        superseded = 0
        for name in named:
            mine = list({v.clock: v for v in versions if v.key == name}.values())
            left = _latest(mine)
            superseded += len(mine) - len(left)
            if name in ids and len({(v.status, v.count) for v in left}) > 1:
                conflicts[name] = sorted({sites[v.replica] for v in left})
        unknown = [name for name in named if name not in ids]
        value = {"conflicts": conflicts, "unknown": unknown, "superseded": superseded}
        finding = Report(path=report, noun="report on conflicts", value=value)
        here, there, at, out = (quoted(p) for p in (source.path, target, given, report))
        work = "/tmp/replicas"
        torn = max(conflicts, key=lambda name: (*_order(versions, name), name))
        names = ", ".join(f"`{site}`" for site in sites)
        return Move(
            focus=result,
            makes=[result, finding],
            brings=[Entry(given, "".join(f"{line}\n" for line in lines).encode())],
            request=[
                f"Our replicas {names} could not reach each other for a day and went on writing. "
                f"`{given}` has what they wrote, one JSON object a line: `{key}`, `replica`, a "
                f"vector `clock` (a missing entry is zero), and the new `{status}` and `{count}`. "
                f"Every version is newer than `{source.path}`. A version is superseded when "
                "another one of the same record has a clock that is nowhere smaller and somewhere "
                "larger; equal clocks are one version that was sent twice. Where the versions that "
                f"remain agree, put their `{status}` and `{count}` into the record; where they do "
                f"not, leave it alone. Save the whole table as `{target}`, order and format kept, "
                f"and a JSON object `{report}`: `conflicts` maps each undecided `{key}` to the "
                "sorted list of replicas whose versions remain, `unknown` is a sorted list of each "
                f"`{key}` that the table does not have, and `superseded` counts the superseded "
                "versions, those of unknown records too.",
                f"Please bring the versions in `{given}` together with `{source.path}`. They were "
                f"written on {names} during a network split (a JSON object a line with "
                f"`{key}`, `replica`, `clock`, `{status}`, `{count}`) and all of them are newer "
                "than the table. What counts is the `clock`, a vector with zero for what is not "
                "in it: a version loses against another one of its record that has "
                "no smaller and at least one larger entry, and two with equal vectors are the "
                "same. If those that are left say the same, they go into the record; otherwise the "
                f"record stays as it is. The outcome is `{target}`, with rows and format like the "
                f"source, plus `{report}`, a JSON object with `conflicts` (for each `{key}` "
                "that stayed undecided, the replicas of the versions left, sorted), `unknown` "
                f"(each `{key}` that is not in the table, sorted) and `superseded`, the number of "
                "versions that lost, whether the table has their record or not.",
            ],
            steps=[
                look(
                    f"wc -l {at}; head -n 3 {at}; jq -r .{key} {at} | sort | uniq -c | sort -nr | "
                    "head -n 5",
                    "How many versions are there of one record?",
                    "Read a few versions and count them by record.",
                ),
                look(
                    f'jq -rs \'map(select(.{key} == "{torn}") | .name = "\\(.replica) '
                    '\\(.clock | tostring)" | .clock |= with_entries(select(.value > 0))) as $all '
                    '| "digraph {", ($all[] as $a | $all[] as $b | select($a.clock != $b.clock '
                    "and ([$a.clock | to_entries[] | .value <= ($b.clock[.key] // 0)] | all)) | "
                    f'"\\($a.name | tojson) -> \\($b.name | tojson)"), "}}"\' {at} | tred',
                    f"{torn} has several versions. Which of them knew of which?",
                    "Draw the order of its versions, without what follows from the rest.",
                ),
                do(
                    f"mkdir -p {work}\n"
                    f"mlr --i{form} --onidx cut -f {key} {here} > {work}/ids\n"
                    f"cat > {work}/merge.jq <<'EOF'\n"
                    f"{PROGRAM.format(key=key, status=status, count=count)}EOF\n"
                    f"jq -s --rawfile ids {work}/ids -f {work}/merge.jq {at} "
                    f"> {work}/merged.json\n"
                    f"jq .report {work}/merged.json > {out}",
                    "Not every two versions are ordered. I drop what arrived twice, then what is "
                    "older than another version, and see what is left.",
                    "Find the versions that remain, and report conflicts.",
                    0.5,
                ),
                do(
                    f"jq .settled {work}/merged.json | mlr --ijson --ocsv cat "
                    f"> {work}/settled.csv\n"
                    f"mlr --i{form} --o{form} join --ur -i csv -j {key} -f {work}/settled.csv then "
                    f"put 'if (is_present($new_status)) {{${status} = $new_status; ${count} = "
                    f"$new_count}}' then cut -o -f {','.join(source.header)} {here} > {there}",
                    "Undecided records stay as they are; the others take the surviving version.",
                    "Put the settled versions into the table.",
                ),
                look(
                    f"jq -c . {out}; mlr --i{form} --opprint count-distinct -f {status} {there}; "
                    f"wc -l {there}",
                    "How many rows have changed? None may be lost.",
                    "Read the report and count the rows.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("the last line wins", made(lambda found: found[-1:])),
                    ("the largest sum wins", made(lambda found: _largest(found, sum))),
                    ("the first replica breaks ties", made(lambda found: _latest(found)[:1])),
                ],
            ),
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"jq 'group_by(.{key}) | length' {at} | head -n 3",
                    symptom=r"Cannot (index|sort|group)",
                    diagnosis="The file is a stream of objects; they have to be slurped.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command=f"mlr --i{form} --o{form} upsert -f {work}/settled.csv -j {key} {here}",
                    symptom=r"verb \"upsert\" not found",
                    diagnosis="There is no such verb; a join with unpaired rows kept does it.",
                ),
            ],
        )


def _order(versions: list[Version], name: str) -> tuple[bool, int]:
    """Whether any version of a record knew of another one, and how many there are: what there is to
    see in a picture of them."""
    mine = [version for version in versions if version.key == name]
    return any(one.older(other) for one in mine for other in mine), len(mine)


def _latest(found: Sequence[Version]) -> list[Version]:
    """The versions that no other one supersedes."""
    return [v for v in found if not any(v.older(other) for other in found)]


def _largest(found: Sequence[Version], size: Callable[[Clock], int]) -> list[Version]:
    """The version with the largest clock by some measure."""
    return sorted(found, key=lambda v: size(v.clock))[-1:]


def _written(
    draw: Draw,
    table: Table,
    statuses: Sequence[str],
    sites: Sequence[str],
    names: tuple[str, str, str],
) -> tuple[list[str], list[Version]]:
    """The lines in the order of arrival, and the versions in them."""
    chosen = draw.sample(table.values("id"), 18)
    plans: list[tuple[str, list[tuple[Clock, int]]]] = []
    for n, key in enumerate(chosen):
        turn = draw.shuffled(range(3))
        plans.append(
            (key, [((c[turn[0]], c[turn[1]], c[turn[2]]), turn.index(w)) for c, w in SHAPES[n % 6]])
        )
    plans += [(f"LOST-{draw.integer(10, 99)}", [((1, 0, 0), 0), ((1, 0, 2), 2)])]
    versions: list[Version] = []
    for n, (key, steps) in enumerate(plans):
        agreed = (draw.choice(statuses), str(draw.integer(1, 60)))
        for clock, writer in steps:
            status, count = draw.choice(statuses), str(draw.integer(1, 60))
            if n in (11, 17):
                status, count = agreed
            versions.append(Version(key, writer, clock, status, count))
    versions = draw.shuffled(versions)
    versions += draw.sample(versions, 4)
    lines = []
    for v in versions:
        clock = {sites[n]: at for n, at in enumerate(v.clock) if at or draw.chance(0.3)}
        body: dict[str, Any] = {names[0]: v.key, "replica": sites[v.replica], "clock": clock}
        lines.append(json.dumps(body | {names[1]: v.status, names[2]: int(v.count)}))
    return lines, versions
