"""Store an archive with recovery data."""

from __future__ import annotations

import hashlib

from shellwright.recipe import (
    Archive,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)


class AddRecoveryData(Recipe):
    """A copy of the archive lies in a store with parity files that survive a stated loss."""

    needs = (Pattern.of("archive", format=("tar.xz", "zip"), holds="tree", origin="received"),)
    gives = (Pattern.of("report", format="json"),)
    tools = ("cat", "cmp", "cp", "dd", "jq", "ls", "mkdir", "mktemp", "par2", "rm", "stat", "tail")
    packages = ("diffutils", "jq", "par2")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Archive)
        data = source.content()
        size = draw.choice([128, 256])
        blocks = -(-len(data) // size)
        spare = max(4, blocks * draw.choice([25, 35, 50]) // 100)
        if blocks < 8:
            raise Unsuitable("hardly any blocks")
        survived = (spare - 1) * size
        name = source.path.rpartition("/")[2]
        folder = world.output(draw, ["store", "vault", "long-term"])
        stem = draw.choice(["recovery", world.theme.key])
        value = {
            "archive": name,
            "bytes": len(data),
            "block_size": size,
            "blocks": blocks,
            "recovery_blocks": spare,
        }
        paper = Report(
            path=world.output(draw, ["storage_record", "deposit", "store_card"], ".json"),
            noun="record of the deposit",
            value=value,
        )
        here, there, out = quoted(source.path), quoted(folder), quoted(paper.path)
        held = quoted(name)
        make = (
            f"mkdir -p {there} && cp -p {here} {there}/ && cd {there} &&\n"
            f"  par2 create -q -s{size} -c{spare} -n1 {stem}.par2 {held} > /dev/null"
        )
        spoil = (
            f"dd if=/dev/zero of={held} bs=1 count={survived} seek={len(data) - survived - 20} "
            "conv=notrunc status=none"
        )
        rehearse = (
            f'work=$(mktemp -d) && cp {there}/* "$work/" && cd "$work" && {spoil} &&\n'
            f"  {{ par2 verify -q {stem}.par2 | tail -n 6; par2 repair -q {stem}.par2 | tail -n 1; "
            f'cmp {held} {here} && echo survived; cd /; rm -r "$work"; }}'
        )
        write = (
            f"bytes=$(stat -c %s {here})\n"
            f'jq -n --arg name {held} --argjson bytes "$bytes" \'{{archive: $name, bytes: $bytes,\n'
            f"  block_size: {size}, blocks: (($bytes + {size - 1}) / {size} | floor), "
            f"recovery_blocks: {spare}}}' > {out}"
        )
        fewer = {**value, "blocks": len(data) // size}
        wrong = [
            Wrong(
                "too little recovery data",
                command=f"cd {there} && rm -f *.par2 && par2 create -q -s{size} -c{spare // 2} -n1 "
                f"{stem}.par2 {held}",
            ),
            Wrong(
                "a set for another file",
                command=f"cd {there} && rm -f *.par2 && echo x > other && par2 create -q -s{size} "
                f"-c{spare} -n1 {stem}.par2 other && rm other",
            ),
        ]
        if fewer != value:
            wrong += Report(path=paper.path, noun=paper.noun, value=fewer).as_wrong("rounded down")
        return Move(
            focus=paper,
            makes=[paper],
            request=[
                f"`{source.path}` goes into long-term storage. Put an unchanged copy, under its "
                f"own name, into `{folder}` together with PAR2 recovery data for it: index "
                f"`{stem}.par2` and one volume beside it, with blocks of `{size}` bytes and "
                f"`{spare}` recovery blocks, so that losing any `{survived}` bytes in a row can "
                "be undone with nothing but that folder. No other files there. Record the deposit "
                f"in `{paper.path}` as JSON: `archive` (file name), `bytes` (its size), "
                "`block_size`, `blocks` (of the archive, the last one may be partly filled) and "
                "`recovery_blocks`.",
                f"Make a store that can stand some rot: the folder `{folder}` with a copy of "
                f"`{source.path}` and a PAR2 set called `{stem}.par2` (plus a single volume) that "
                f"protects it by `{spare}` recovery blocks of `{size}` bytes. From this folder "
                f"alone `{survived}` consecutive bytes must be recoverable wherever they get "
                "lost; keep anything else out of it. Then note in the JSON file "
                f"`{paper.path}` the `archive` by its file name, its size in `bytes`, the "
                "`block_size`, in how many `blocks` that divides the archive (a started block "
                "counts) and the number of `recovery_blocks`.",
            ],
            steps=[
                look(
                    f"ls -l {here}; stat -c '%s bytes' {here}",
                    f"How many blocks of {size} bytes does it fill, and is the last one full?",
                    "See how large the archive is.",
                ),
                do(
                    f"({make})",
                    "The set remembers names relative to where it is made, so it is made in the "
                    "store itself.",
                    "Copy the archive and create the recovery files beside it.",
                    0.5,
                ),
                do(
                    write,
                    "A last block that is only partly filled counts like the others.",
                    "Write the record of the deposit.",
                ),
                look(
                    f"({rehearse})",
                    f"Can {survived} bytes in a row really be lost?",
                    "Damage a copy of the store by that much and repair it.",
                    0.6,
                ),
                look(
                    f"ls -l {there}; cat {out}",
                    "It survived; the store has three files.",
                    "Look at the store and the record.",
                ),
            ],
            checks=[
                shell_prints(
                    f"cd {there}\nls -A | grep -vcE '^{stem}\\.vol[0-9]+\\+[0-9]+\\.par2$'\n"
                    f"ls -A | wc -l\nsha256sum < {held}",
                    f"2\n3\n{hashlib.sha256(data).hexdigest()}  -\n",
                    about=f"{folder} holds the archive, the index and one volume.",
                    paths=[folder],
                    key="store",
                ),
                shell_prints(
                    f'work=$(mktemp -d); cp {there}/* "$work/"; cd "$work"\n{spoil}\n'
                    f"par2 verify {stem}.par2 > log || true\n"
                    "sed -nE 's/^You have [0-9]+ out of ([0-9]+) data blocks.*/\\1/p; "
                    "s/^You have ([0-9]+) recovery blocks.*/\\1/p; "
                    "s/^The block size used was ([0-9]+) bytes.*/\\1/p' log\n"
                    f"par2 repair -q {stem}.par2 > /dev/null\nsha256sum < {held}\n"
                    'cd /; rm -r "$work"',
                    f"{size}\n{blocks}\n{spare}\n{hashlib.sha256(data).hexdigest()}  -\n",
                    about=f"Losing {survived} bytes of the archive can be repaired.",
                    paths=[folder],
                    key="repair",
                    weight=2.0,
                ),
            ],
            wrong=wrong,
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"(cd /tmp && par2 create -q -s{size + 2} -c{spare} x.par2 {here})",
                    symptom=r"(multiple of 4|Invalid block size)",
                    diagnosis="A block has to be a multiple of four bytes.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"par2 protect -c{spare} {here}",
                    symptom=r"(Invalid operation|Usage|usage|not understood)",
                    diagnosis="par2 has create, verify and repair.",
                ),
            ],
        )
