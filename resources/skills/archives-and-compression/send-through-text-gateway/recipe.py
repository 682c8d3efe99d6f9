"""Send a table through a gateway that passes short texts only."""

from __future__ import annotations

from shellwright.recipe import (
    Draw,
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
from shellwright.recipe.sums import posix_crc


class SendThroughTextGateway(Recipe):
    """Numbered text parts carry a compressed table; a waybill says what it must be."""

    needs = (Pattern.of("table", condition="clean", shape="records", extent="full"),)
    gives = (Pattern.of("report", format="json"),)
    tools = (
        *("cat", "cksum", "cmp", "compress", "head", "jq", "ls", "mkdir", "split", "stat"),
        *("tail", "uncompress", "uudecode", "uuencode", "wc"),
    )
    packages = ("diffutils", "jq", "ncompress", "sharutils")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not world.focus_is_given():
            raise Unsuitable("the bytes of a table that a skill made are not known")
        data = source.content()
        lines = draw.choice([20, 24, 30, 40])
        name = source.path.rpartition("/")[2]
        folder = world.output(draw, ["gateway", "outgoing", "parts"])
        prefix = draw.choice(["part-", f"{world.theme.key}-", "msg-"])
        value = {"name": name, "bytes": len(data), "cksum": posix_crc(data)}
        paper = Report(
            path=world.output(draw, ["waybill", "cover_note", "shipment_note"], ".json"),
            noun="waybill",
            value=value,
        )
        here, there, out = quoted(source.path), quoted(folder), quoted(paper.path)
        pack = (
            f"mkdir -p {there}\n"
            f"compress -c {here} | uuencode {quoted(name + '.Z')} |\n"
            f"  split -d -a 2 --numeric-suffixes=1 -l {lines} --additional-suffix=.txt - "
            f"{there}/{prefix}\n"
            f"cd {there} && cksum {prefix}*.txt > CKSUMS"
        )
        note = (
            f"read -r sum bytes < <(cksum < {here})\n"
            f'jq -n --arg name {quoted(name)} --argjson bytes "$bytes" --argjson sum "$sum" '
            "\\\n  '{name: $name, bytes: $bytes, cksum: $sum}' "
            f"> {out}"
        )
        back = f"cat {there}/{prefix}[0-9][0-9].txt | uudecode -o - | uncompress -c"
        first = quoted(f"{folder}/{prefix}01.txt")
        return Move(
            focus=paper,
            makes=[paper],
            request=[
                f"Get `{source.path}` ready for the old gateway, which lets short texts through "
                f"and nothing else. The folder `{folder}` shall hold parts "
                f"`{prefix}01.txt`, `{prefix}02.txt` and so on, each of `{lines}` lines but for "
                "the last, which together are the uuencoded file (classic encoding, mode 644, "
                f"name `{name}.Z`), and that is the table in the format of the old `compress`. "
                "Beside them `CKSUMS`: POSIX checksum, size and name of each part in their "
                "order, blanks between, nothing else in the folder. In "
                f"`{paper.path}` tell the receiver, as JSON, what must come out: `name`, and as "
                "numbers `bytes` and `cksum` (POSIX) of the table itself.",
                f"A partner can only be reached through a text gateway and has nothing newer "
                f"than uudecode and uncompress. Pack `{source.path}` for them: in `compress` "
                f"format, uuencoded the classic way as `{name}.Z` with mode 644, cut into pieces "
                f"of `{lines}` lines (the last may be shorter) named `{prefix}01.txt`, "
                f"`{prefix}02.txt` and onwards in `{folder}`. A file `CKSUMS` there lists POSIX "
                "checksum, bytes and name of the pieces in order, as the POSIX program prints "
                f"them; no further files. And write `{paper.path}`, a JSON object with the "
                "`name` of the table, its size in `bytes` and its POSIX `cksum`, the last two as "
                "numbers.",
            ],
            steps=[
                look(
                    f"ls -l {here}; head -n 2 {here}; compress -c {here} | wc -c",
                    "How large is the table, and what is left of it when compressed?",
                    "Look at the table and try the compression.",
                ),
                do(
                    f"({pack})",
                    f"The name for the receiver is {name}.Z. Parts need two digits and the "
                    "suffix, and sums are taken inside of the folder, so that names are bare.",
                    "Compress, encode, cut into parts and list their sums.",
                    0.4,
                ),
                do(
                    note,
                    "The receiver has to know what should come out at the end.",
                    "Write name, size and sum of the table.",
                ),
                look(
                    f"{back} | cmp - {here} && echo same; ls {there}; head -n 1 {first}; "
                    f"tail -n 2 {there}/CKSUMS; stat -c %s {here}; cat {out}",
                    "Undoing it all must give the table again.",
                    "Join, decode and uncompress, and compare with the source.",
                ),
            ],
            checks=[
                shell_prints(
                    f"head -n 1 {first}\n{back} | cmp - {here}\n"
                    f"work=$(mktemp); cat {there}/{prefix}* | uudecode -o - > $work\n"
                    "od -An -tx1 -N2 $work; rm $work\n"
                    f"cd {there}\nwc -l {prefix}*.txt | awk '$2 != \"total\" {{ print $1 }}' | "
                    f"head -n -1 | sort -u\ncksum {prefix}*.txt | cmp - CKSUMS\n"
                    f"ls -A | grep -vE '^{prefix}[0-9]{{2}}\\.txt$'",
                    f"begin 644 {name}.Z\n 1f 9d\n{lines}\nCKSUMS\n",
                    about=f"The parts in {folder} are regular, listed, and carry the table.",
                    paths=[folder],
                    key="parts",
                    weight=2.0,
                )
            ],
            wrong=[
                Wrong(
                    "base64 instead of the classic encoding",
                    command=f"rm {there}/*; ({pack.replace('uuencode ', 'uuencode -m ')})",
                ),
                Wrong(
                    "gzip instead of compress",
                    command=f"rm {there}/*; ({pack.replace('compress -c', 'gzip -c')})",
                ),
                Wrong("a part is missing", command=f"rm {first}"),
                Wrong("sums with paths", command=f"cksum {there}/{prefix}*.txt > {there}/CKSUMS"),
                *Report(path=paper.path, noun=paper.noun, value={**value, "cksum": 0}).as_wrong(
                    "no sum"
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"uuencode {here} < /dev/null | head -n 1; uudecode -o /tmp/x {here}",
                    symptom=r"missing 'begin' line",
                    diagnosis="A file that was not encoded has no begin line; and uuencode with "
                    "one argument takes it for the name and reads its input.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"split --lines-per-part {lines} {here} /tmp/x-",
                    symptom=r"split: unrecognized option '--lines-per-part'",
                    diagnosis="split calls it -l or --lines.",
                ),
            ],
        )
