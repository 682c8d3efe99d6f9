"""Place records on shards by a checksum, with the smallest number of shards that will do."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence

from shellwright.recipe import (
    Column,
    Draw,
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


class SpreadRecordsOverShards(Recipe):
    """The records with their shard; a report on the number of shards and what moves."""

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
    tools = ("awk", "cat", "cksum", "cut", "factor", "head", "jq", "mkdir", "mlr", "seq", "sort",
             "uniq", "wc")  # fmt: skip
    packages = ("jq", "miller")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids, key, form = source.values("id"), source.name("id"), source.format
        if len({*ids}) < len(ids) or len(ids) < 40 or any({*i} & {*"\"'\\, "} for i in ids):
            raise Unsuitable("too few records, or ids that are hard to write")
        old = draw.choice((4, 5, 6, 8))
        sums = [_cksum(i.encode()) for i in ids]
        limit = max(4, len(ids) * draw.integer(13, 22) // 100)
        fitting = [p for p in range(old + 1, 60) if _fullest(sums, p) <= limit]
        primes = [p for p in fitting if all(p % d for d in range(2, p))]
        if not primes:
            raise Unsuitable("no number of shards that will do")
        number = primes[0]
        target = world.output(draw, ["sharded", "placement", "shard_map"], f".{form}")
        report = world.output(draw, ["resharding", "shard_report", "moves"], ".json")
        added = unused_name(source, "shard", "shard_no")

        def made(values: Sequence[int], modulus: int) -> Table:
            return source.with_rows(
                (
                    (*row, str(value % modulus))
                    for row, value in zip(source.rows, values, strict=True)
                ),
                path=target,
                columns=(*source.columns, Column(added, "shard")),
                extent="enriched",
                noun=f"{source.noun} by shard",
            )

        result = made(sums, number)
        moved = sum(value % old != value % number for value in sums)
        finding = Report(
            path=report,
            noun="report on the shards",
            value={"shards": number, "fullest": _fullest(sums, number), "moved": moved},
        )
        here, there, out = (quoted(path) for path in (source.path, target, report))
        work, keys = "/tmp/shards", "`shards`, `fullest` and `moved`"
        before = _fullest(sums, old)
        return Move(
            focus=result,
            makes=[result, finding],
            request=[
                f"The store of `{source.path}` outgrows its `{old}` shards. A record lies on the "
                f"shard whose number (from `0`) is the POSIX `cksum` of its `{key}`, without a "
                "line end, modulo the number of shards. Take the smallest prime number of shards "
                f"above `{old}` with which no shard has more than `{limit}` of these records, and "
                f"write them to `{target}`, order and format kept, with the new shard in a last "
                f"column `{added}`. `{report}` is a JSON object with {keys}: the number chosen, "
                "the records on the fullest shard, and how many records get another shard number "
                "than they have now.",
                f"Please lay out the shards for `{source.path}` anew; there are `{old}` now. The "
                f"router computes the POSIX `cksum` of the `{key}` (its bytes, no newline) modulo "
                "the number of shards, which gives shard `0` and up. We want more shards, a prime "
                f"number of them, as few as possible, so that none holds over `{limit}` records. "
                f"`{target}` gets the same rows in the same format and order plus a last column "
                f"`{added}`, and `{report}` a JSON object with {keys}, that is the new number, the "
                "size of the largest shard under it, and the count of records whose shard "
                "changes.",
            ],
            steps=[
                look(
                    f"mlr --i{form} --onidx cut -f {key} {here} | head -n 3; "
                    f"mlr --i{form} --onidx cut -f {key} {here} | wc -l; "
                    f"printf %s {quoted(ids[0])} | cksum; factor $(seq {old + 1} {old + 9})",
                    "What do ids look like, and which numbers of shards are prime?",
                    "Look at some ids, one checksum, and the candidates.",
                ),
                do(
                    f"mkdir -p {work}\n"
                    f"mlr --i{form} --onidx cut -f {key} {here} | while IFS= read -r id; do\n"
                    '  echo "$id,$(printf %s "$id" | cksum | cut -d \' \' -f 1)"\n'
                    f"done > {work}/sums\n"
                    f"cut -d , -f 2 {work}/sums | awk '{{ print $1 % {old} }}' | sort | uniq -c | "
                    "sort -nr | head -n 3",
                    "The modulus changes, the checksums do not: one for each record is enough.",
                    "Compute all checksums, and see how full the shards are now.",
                    0.8,
                ),
                do(
                    f"shards={old}\nwhile :; do\n  shards=$((shards + 1))\n"
                    '  [ "$(factor $shards)" = "$shards: $shards" ] || continue\n'
                    f"  fullest=$(cut -d , -f 2 {work}/sums | awk -v n=$shards "
                    "'{ print $1 % n }' | sort | uniq -c | sort -nr | awk 'NR == 1 { print $1 }')\n"
                    f'  [ "$fullest" -gt {limit} ] || break\ndone\n'
                    f'awk -F , -v n=$shards \'BEGIN {{ print "{key},{added}" }} '
                    f'{{ print $1 "," $2 % n }}\' {work}/sums > {work}/shard.csv\n'
                    f"mlr --i{form} --o{form} join -i csv -j {key} -f {work}/shard.csv then "
                    f"cut -o -f {','.join(result.header)} {here} > {there}\n"
                    f"moved=$(awk -F , -v n=$shards '$2 % {old} != $2 % n' {work}/sums | wc -l)\n"
                    "jq -n --argjson shards $shards --argjson fullest $fullest --argjson moved "
                    f"$moved '{{$shards, $fullest, $moved}}' > {out}",
                    f"With {old} shards the fullest has {before}; {limit} are allowed.",
                    "Try primes in ascending order and stop at the first that will do.",
                    0.8,
                ),
                look(
                    f"cat {out}; mlr --i{form} --opprint count-distinct -f {added} then "
                    f"sort -nr count then head -n 3 {there}",
                    f"{number} shards should be the answer, none with more than {limit}.",
                    "Count the records of the fullest shards.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("not a prime number", made(sums, fitting[0])),
                    (
                        "a line end in the checksum",
                        made([_cksum(i.encode() + b"\n") for i in ids], number),
                    ),
                    (
                        "the checksum of zip files",
                        made([zlib.crc32(i.encode()) for i in ids], number),
                    ),
                    ("the old number of shards", made(sums, old)),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"mlr --i{form} --onidx cut -f {key} {here} | head -n 1 | factor",
                    symptom=r"is not a valid positive integer",
                    diagnosis="The id is no number; only the count of shards is to be factored.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command="printf %s A-1 | cksum --modulo 7",
                    symptom=r"unrecognized option",
                    diagnosis="cksum only prints the checksum; the remainder is a step of its own.",
                ),
            ],
        )


def _cksum(data: bytes) -> int:
    """The checksum that POSIX defines for cksum: a CRC over the bytes and their number."""
    crc = 0
    size, tail = len(data), b""
    while size:
        tail += bytes([size & 255])
        size >>= 8
    for byte in data + tail:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
        crc &= 0xFFFFFFFF
    return crc ^ 0xFFFFFFFF


def _fullest(sums: Sequence[int], number: int) -> int:
    """How many records the fullest of so many shards has."""
    return max(Counter(value % number for value in sums).values())
