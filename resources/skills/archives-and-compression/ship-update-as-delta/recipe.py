"""Make a binary delta for a branch that has an older export."""

from __future__ import annotations

import hashlib
import zlib

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
    shell_prints,
)


class ShipUpdateAsDelta(Recipe):
    """Two deltas lead from the old export to the current one; a paper says between which sums."""

    needs = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="records", extent="full"
        ),
    )
    gives = (Pattern.of("report", format="json"),)
    tools = (
        *("bsdiff", "bspatch", "cmp", "cut", "diff", "head", "jq", "ls", "rm", "sha256sum", "stat"),
        *("wc", "xdelta3"),
    )
    packages = ("bsdiff", "diffutils", "jq", "xdelta3")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not world.focus_is_given() or len(source.rows) < 25:
            raise Unsuitable("its bytes are not known, or it is small")
        theme = world.theme
        rows = list(source.rows[: -draw.integer(8, 14)])
        for place in draw.sample(range(len(rows)), 7):
            row = rows[place]
            rows[place] = (
                *row[:4],
                draw.choice(theme.statuses),
                *row[5:7],
                draw.choice(theme.notes),
            )
        old = source.with_rows(rows).content()
        new = source.content()
        suffix = f".{source.format}"
        before = world.input(draw, ["branch-copy", "last-sent", "branch_january"], suffix)
        stem = draw.choice(["update", "branch-update", "delta"])
        first = world.output(draw, [stem], ".bsdiff")
        second = world.output(draw, [stem], ".vcdiff")
        sums = [hashlib.sha256(data).hexdigest() for data in (old, new)]
        value = {
            "from_sha256": sums[0],
            "from_bytes": len(old),
            "to_sha256": sums[1],
            "to_bytes": len(new),
        }
        paper = Report(
            path=world.output(draw, ["accompanying", "update_info", "waybill"], ".json"),
            noun="paper that goes with the update",
            value=value,
        )
        here, base, out = quoted(source.path), quoted(before), quoted(paper.path)
        one, two = quoted(first), quoted(second)
        write = (
            f"jq -n --arg a \"$(sha256sum < {base} | cut -d' ' -f1)\" "
            f'--argjson b "$(stat -c %s {base})" '
            f"\\\n  --arg c \"$(sha256sum < {here} | cut -d' ' -f1)\" "
            f'--argjson d "$(stat -c %s {here})" \\\n'
            f"  '{{from_sha256: $a, from_bytes: $b, to_sha256: $c, to_bytes: $d}}' > {out}"
        )
        proof = (
            f"bspatch {base} /tmp/by-bsdiff {one} && cmp /tmp/by-bsdiff {here} && "
            "echo bsdiff fits\n"
            f"xdelta3 -d -f -s {base} {two} /tmp/by-xdelta && cmp /tmp/by-xdelta {here} && "
            "echo VCDIFF fits; rm -f /tmp/by-bsdiff /tmp/by-xdelta; "
            f"ls -l {one} {two} {here}"
        )
        # What a delta that ignores the old file does not reach.
        limit = len(zlib.compress(new, 9)) * 3 // 4
        swapped = {**value, "from_sha256": sums[1], "to_sha256": sums[0]}
        return Move(
            focus=paper,
            makes=[paper],
            brings=[Entry(before, old)],
            request=[
                f"A branch still has `{before}` and should get to the state of `{source.path}` "
                f"over a very thin line. Make two deltas that lead from the one to the other: "
                f"`{first}` in bsdiff's format (`BSDIFF40`) and `{second}` as VCDIFF, each "
                f"smaller than `{limit}` bytes. With them goes `{paper.path}`, a JSON object "
                "with `from_sha256` and `from_bytes` of what the branch has and `to_sha256` and "
                "`to_bytes` of what it shall get (sizes as numbers). Both exports stay as they "
                "are.",
                f"We want to send the branch only what has changed between its `{before}` and "
                f"our `{source.path}`. Please produce the difference twice, since we do not know "
                f"which program they have: `{first}` for bspatch (`BSDIFF40`) and `{second}` in "
                f"the VCDIFF format, both below `{limit}` bytes. Add `{paper.path}` so that they "
                "can check before and after: JSON with `from_sha256`, `from_bytes`, `to_sha256` "
                "and `to_bytes`, the sizes as numbers. Neither export may change.",
            ],
            steps=[
                look(
                    f"wc -c {base} {here}; sha256sum {base} {here}; "
                    f"diff {base} {here} | head -n 6; diff {base} {here} | wc -l",
                    "The table has grown, and a few lines may have changed as well.",
                    "Compare sizes, sums and contents of the two.",
                ),
                do(
                    f"bsdiff {base} {here} {one}",
                    "The old file comes first, then the new one, then the delta.",
                    "Make the delta for bspatch.",
                    0.4,
                ),
                do(
                    f"xdelta3 -e -f -A -s {base} {here} {two}",
                    "VCDIFF takes the old file as its source; the names on this machine are "
                    "nobody's business.",
                    "Make the VCDIFF delta without names in its header.",
                ),
                do(
                    write,
                    "The branch has to know for sure from where to where this leads.",
                    "Write down sums and sizes of both versions.",
                ),
                look(
                    proof,
                    f"Both must give the sum of the new table, and stay below {limit} bytes.",
                    "Apply both deltas to the old file and compare with the new one.",
                ),
            ],
            checks=[
                shell_prints(
                    f"head -c 8 {one}; echo\n[ $(stat -c %s {one}) -lt {limit} ]\n"
                    f"work=$(mktemp -d); bspatch {base} $work/new {one}\n"
                    f"cmp $work/new {here}; rm -r $work; echo fits",
                    "BSDIFF40\nfits\n",
                    about=f"{first} leads from the old export to the current one and is small.",
                    paths=[first],
                    key="bsdiff",
                    weight=1.5,
                ),
                shell_prints(
                    f"head -c 3 {two} | od -An -tx1\n[ $(stat -c %s {two}) -lt {limit} ]\n"
                    f"work=$(mktemp -d); xdelta3 -d -s {base} {two} $work/new\n"
                    f"cmp $work/new {here}; rm -r $work; echo fits",
                    " d6 c3 c4\nfits\n",
                    about=f"{second} leads from the old export to the current one and is small.",
                    paths=[second],
                    key="vcdiff",
                    weight=1.5,
                ),
            ],
            wrong=[
                Wrong("the wrong way round", command=f"bsdiff {here} {base} {one}"),
                Wrong(
                    "a delta without the old file", command=f"xdelta3 -e -f -S none {here} {two}"
                ),
                *Report(path=paper.path, noun=paper.noun, value=swapped).as_wrong("sums swapped"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"xdelta3 -d -s {here} {one} /tmp/x",
                    symptom=r"(not a VCDIFF input|xdelta3: )",
                    diagnosis="That delta is in bsdiff's format, which xdelta3 cannot read.",
                    recovery="rm -f /tmp/x",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"bsdiff --output={one} {base} {here}",
                    symptom=r"(usage|Usage|No such file)",
                    diagnosis="bsdiff takes three file names and no options.",
                ),
            ],
        )
