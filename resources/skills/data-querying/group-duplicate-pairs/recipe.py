"""Group records that a matcher takes for the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

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
from shellwright.recipe.tabular import differing, unused_name

Pair = tuple[str, str]


class GroupDuplicatePairs(Recipe):
    """The records with the entity that each belongs to; a report on the groups."""

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
    tools = ("awk", "ccomps", "cut", "datamash", "gc", "gvpr", "head", "jq", "mkdir", "mlr",
             "sort", "wc")  # fmt: skip
    packages = ("datamash", "graphviz", "jq", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids, key, form = source.values("id"), source.name("id"), source.format
        if len({*ids}) < len(ids) or len(ids) < 40 or any({*i} & {*'"\\, '} for i in ids):
            raise Unsuitable("too few records, or ids that are hard to write")
        limit = draw.integer(78, 90)
        lines, different = _pairs(draw, ids, limit)
        scored = world.input(draw, ["pairs", "duplicate_candidates", "matcher_output"], ".csv")
        apart = world.input(draw, ["different", "known_different", "not_the_same"], ".csv")
        target = world.output(draw, ["entities", "grouped", "resolved"], f".{form}")
        report = world.output(draw, ["groups", "duplicate_groups", "entity_report"], ".json")
        added = unused_name(source, "entity", "entity_id")
        cut = {frozenset(pair) for pair in different}

        def grouped_by(pairs: Iterable[Pair]) -> dict[str, str]:
            return _components(ids, pairs)

        def made(entity: dict[str, str]) -> Table:
            return source.with_rows(
                ((*row, entity[i]) for row, i in zip(source.rows, ids, strict=True)),
                path=target,
                columns=(*source.columns, Column(added, "entity")),
                extent="enriched",
                noun=f"{source.noun} by entity",
            )

        strong = [(a, b) for a, b, score in lines if score >= limit]
        right = grouped_by(pair for pair in strong if frozenset(pair) not in cut)
        result = made(right)
        sizes: dict[str, int] = {}
        for entity in right.values():
            sizes[entity] = sizes.get(entity, 0) + 1
        contradicted = sorted({right[a] for a, b in different if right[a] == right[b]})
        if not contradicted or max(sizes.values()) < 3:
            raise Unsuitable("no contradiction, or no chain")
        value = {
            "groups": sum(size > 1 for size in sizes.values()),
            "largest": max(sizes.values()),
            "contradicted": contradicted,
        }
        finding = Report(path=report, noun="report on the groups", value=value)
        above = [(a, b) for a, b, score in lines if score > limit and frozenset((a, b)) not in cut]
        last = {frozenset((a, b)): (a, b, score) for a, b, score in lines}
        late = [(a, b) for a, b, score in last.values() if score >= limit]
        text = "left,right,score\n" + "".join(f"{a},{b},0.{s:02d}\n" for a, b, s in lines)
        names = "left,right\n" + "".join(f"{a},{b}\n" for a, b in different)
        here, there, at, out, no = (
            quoted(path) for path in (source.path, target, scored, report, apart)
        )
        work, level = "/tmp/entities", f"0.{limit}"
        return Move(
            focus=result,
            makes=[result, finding],
            brings=[Entry(scored, text.encode()), Entry(apart, names.encode())],
            request=[
                f"A matcher compared the {world.theme.records} of `{source.path}` and wrote "
                f"`{scored}` (columns `left` and `right`, each with the `{key}` of a row, and "
                f"`score`). Two rows with a score of at least `{level}` are the same thing, and so "
                "is whatever hangs together through several pairs. A pair may be listed more than "
                "once and either way round; one line that reaches the score is enough. The pairs "
                f"in `{apart}` were checked by hand and are not the same: ignore what the matcher "
                f"says of just these. Write all rows to `{target}`, order and format kept, with a "
                f"last column `{added}`: the `{key}` of its group that is first in byte order, "
                f"its own for a row without a group. Write also a JSON object `{report}`: `groups` "
                "(how many have two rows or more), `largest` (rows in the largest), and "
                f"`contradicted`, a sorted list of each `{added}` whose group still has both rows "
                "of a pair that was checked by hand.",
                f"Please find out which rows of `{source.path}` are one and the same. `{scored}` "
                f"gives pairs (`left` and `right` name the `{key}`) with a `score`, sometimes "
                f"twice or the other way round. From `{level}` on a line counts as a match, unless "
                f"its pair stands in `{apart}`, where somebody looked at them and found them to be "
                "different. Rows that are joined by a chain of matches form a group. In "
                f"`{target}`, otherwise a copy of the source, the last column `{added}` holds the "
                f"lowest `{key}` (by bytes) of the row's group, or the row's own. `{report}` is a "
                "JSON object: `groups`, the number of groups of two and more; `largest`, the size "
                "of the largest one; "
                f"`contradicted`, the `{added}` of each group in which both rows of a pair known "
                "to be different ended up, sorted.",
            ],
            steps=[
                look(
                    f"head -n 4 {at}; wc -l {at} {no}; cut -d , -f 3 {at} | datamash -H min 1 "
                    f"median 1 max 1; mlr --icsv --onidx filter '$score >= {level}' {at} | wc -l",
                    "How are the scores distributed, and how many pairs are above the line?",
                    "Look at the pairs and at their scores.",
                ),
                do(
                    f"mkdir -p {work}\n"
                    f"mlr --i{form} --onidx cut -f {key} {here} > {work}/ids\n"
                    f'awk -F , -v least={level} \'BEGIN {{ print "graph pairs {{" }}\n'
                    '  FILENAME ~ /ids$/ { print "\\"" $1 "\\""; next }\n'
                    "  FNR == 1 { file++; next }\n"
                    "  file == 1 { apart[$1, $2] = apart[$2, $1] = 1; next }\n"
                    '  $3 >= least && !(($1, $2) in apart) { print "\\"" $1 "\\" -- \\"" $2 "\\"" '
                    "}\n"
                    f'  END {{ print "}}" }}\' {work}/ids {no} {at} > {work}/pairs.dot\n'
                    f"gc -a {work}/pairs.dot",
                    "Groups are connected components. All rows are nodes, so that a row without a "
                    "match has a group, too.",
                    "Write the matches as a graph and count its components.",
                ),
                do(
                    f"ccomps -x {work}/pairs.dot > {work}/split.dot || [ -s {work}/split.dot ]\n"
                    f"gvpr 'N {{ print($G.name, \"\t\", $.name) }}' {work}/split.dot | "
                    f"LC_ALL=C sort -t $'\t' -k 1,1 -k 2,2 > {work}/members\n"
                    f"awk -F '\\t' 'BEGIN {{ print \"{key},{added}\" }} !($1 in first) "
                    '{ first[$1] = $2 } { print $2 "," first[$1] }\' '
                    f"{work}/members > {work}/entity.csv\n"
                    f"mlr --i{form} --o{form} join -i csv -j {key} -f {work}/entity.csv then "
                    f"cut -o -f {','.join(result.header)} {here} > {there}",
                    f"{len(sizes)} components for {len(ids)} rows. Within each the members are in "
                    "order, so that the first one names it. ccomps ends with 1 for more than one.",
                    "Split the components, name them and join the names to the rows.",
                    0.5,
                ),
                do(
                    f"awk -F , 'NR == FNR {{ entity[$1] = $2; next }}\n"
                    "  FNR > 1 && entity[$1] == entity[$2] { print entity[$1] }' "
                    f"{work}/entity.csv {no} | LC_ALL=C sort -u > {work}/contradicted\n"
                    f"mlr --i{form} --ojson count-distinct -f {added} {there} | "
                    f"jq --rawfile found {work}/contradicted '{{groups: (map(select(.count > 1)) | "
                    "length),\n  largest: (map(.count) | max), "
                    f'contradicted: ($found | split("\\n") | map(select(. != "")))}}\' > {out}',
                    "Leaving a pair out does not keep its rows apart when a third row joins them.",
                    "Look for known differences within a group, and count the groups.",
                ),
                look(
                    f"jq -c . {out}; mlr --i{form} --opprint count-distinct -f {added} then "
                    f"sort -nr count then head -n 4 {there}; wc -l {there}",
                    "Which group is the largest, and do its rows really look alike?",
                    "Read the report and the largest groups.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("chains not followed", made(_direct(ids, strong, cut))),
                    ("known differences not left out", made(grouped_by(strong))),
                    ("above the score instead of from it on", made(grouped_by(above))),
                    (
                        "the last line of a pair counts",
                        made(grouped_by(p for p in late if frozenset(p) not in cut)),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command="echo 'graph pairs { a -> b }' | gc -a",
                    symptom=r"syntax error",
                    diagnosis="A pair has no direction; edges of such a graph are written with --.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"mlr --icsv --ojson components -f left,right {at}",
                    symptom=r"verb \"components\" not found",
                    diagnosis="Miller has no graphs; graphviz brings a tool for components.",
                ),
            ],
        )


def _components(ids: Sequence[str], pairs: Iterable[Pair]) -> dict[str, str]:
    """The lowest id of each one's connected component."""
    lead = {i: i for i in ids}

    def root(i: str) -> str:
        while lead[i] != i:
            i = lead[i]
        return i

    for a, b in pairs:
        low, high = sorted((root(a), root(b)))
        lead[high] = low
    return {i: root(i) for i in ids}


def _direct(ids: Sequence[str], pairs: Iterable[Pair], cut: set[frozenset[str]]) -> dict[str, str]:
    """The lowest id among each one's direct partners."""
    found = {i: i for i in ids}
    for a, b in pairs:
        if frozenset((a, b)) not in cut:
            found[a], found[b] = min(found[a], b), min(found[b], a)
    return found


def _pairs(
    draw: Draw, ids: Sequence[str], limit: int
) -> tuple[list[tuple[str, str, int]], list[Pair]]:
    """Scored pairs with chains, repetitions and noise; and pairs that are known to differ."""
    chosen = draw.sample(ids, 26)
    chains = [chosen[0:4], chosen[4:9], chosen[9:12], chosen[12:14], chosen[14:16], chosen[16:18]]
    lines: list[tuple[str, str, int]] = []
    for chain in chains:
        for a, b in pairwise(chain):
            lines.append((*draw.sample([a, b], 2), draw.choice((limit, draw.integer(limit, 99)))))
    # The ends of two chains are known to differ; in the last one that is the only link.
    different = [(chains[0][0], chains[0][2]), (chains[5][0], chains[5][1])]
    lines.append((chains[0][0], chains[0][2], limit + 3))
    # Seen once more from the other side, with a lower score, and later in the file.
    again = [(b, a, limit - draw.integer(3, 9)) for a, b in (chains[2][:2], chains[3][:2])]
    noise = [
        (*draw.sample(chosen[18:] + list(ids[:8]), 2), draw.integer(40, limit - 1))
        for _ in range(18)
    ]
    low = draw.sample(chosen[18:], 2)
    different.append((low[0], low[1]))
    return draw.shuffled(lines) + noise[:9] + again + noise[9:], different
