"""Reopen an encrypted backup by its password's pattern and compare it with the folder."""

from __future__ import annotations

import struct
import zlib
from functools import cache

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Tree,
    TreeFile,
    Unsuitable,
    World,
    byte_sorted,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (Column("file", "file"), Column("state", "status"), Column("bytes", "count"))
WORDS = (
    "harvest", "lantern", "meadow", "copper", "juniper", "anchor", "violet", "granite", "saffron",
    "willow", "ember", "pebble", "orchard", "falcon", "marble", "thistle", "cobalt", "hazel",
)  # fmt: skip


class ReopenForgottenBackup(Recipe):
    """A row for each file of the folder or the backup, and the lost ones brought back."""

    needs = (
        Pattern.of("tree", content="documents", condition=("tidy", "crlf", "leaky", "outdated")),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "cmp", "comm", "cp", "cut", "fcrackzip", "find", "head", "mkdir",
             "rm", "sed", "sort", "stat", "uniq", "unzip", "wc")  # fmt: skip
    packages = ("diffutils", "fcrackzip", "unzip")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        if not world.focus_is_given():
            raise Unsuitable("a backup of long ago cannot hold what is made on the way")
        now = {file.name: file.content for file in source.files if not file.target}
        if len(now) < len(source.files) or not 10 <= len(now) <= 40:
            raise Unsuitable("links, or too few or too many files")
        if any({*name} & {*" ,\"'\\*?[]\n"} for name in now) or not all(now.values()):
            raise Unsuitable("names that are hard to list, or empty files")
        words = draw.sample(WORDS, draw.integer(9, 13))
        digits = draw.choice([2, 3])
        number = draw.integer(10 ** (digits - 1), 10**digits - 1)
        word = draw.choice(words)
        password = f"{draw.choice([word, word.capitalize()])}{number}"
        then = _earlier(draw, now)
        lost = {name: data for name, data in then.items() if name not in now}
        backup = world.input(draw, ["backup", "old_backup", "year_end"], ".zip")
        sheet = world.input(draw, ["password_words", "words", "hint_words"], ".txt")
        target = world.output(draw, ["comparison", "since_backup", "differences"], ".csv")
        box = world.output(draw, ["recovered", "brought_back", "lost_files"])

        def state(name: str) -> str:
            if name not in now:
                return "lost"
            if name not in then:
                return "new"
            return "same" if now[name] == then[name] else "changed"

        def table(by_size: bool = False) -> Table:
            rows: list[Row] = []
            for name in byte_sorted({*now, *then}):
                kind = state(name)
                if by_size and kind == "changed" and len(now[name]) == len(then[name]):
                    kind = "same"
                rows.append((name, kind, str(len(now.get(name) or then[name]))))
            return summary(target, f"comparison of the {source.noun}", COLUMNS, rows)

        result = table()
        files = tuple(TreeFile(name, data) for name, data in sorted(lost.items()))
        back = Tree(path=box, noun="recovered files", files=files)
        here, there, packed, listed, out = (
            quoted(p) for p in (source.path, target, backup, sheet, box)
        )
        head = ",".join(result.header)
        low, high = 10 ** (digits - 1), 10**digits - 1
        return Move(
            focus=result,
            makes=[result, back],
            brings=[
                Entry(backup, _zip(draw, then, password)),
                Entry(sheet, "".join(f"{w}\n" for w in words).encode()),
            ],
            request=[
                f"`{backup}` is our own old backup of `{source.path}`, and the colleague who set "
                f"its password has retired. She always took a word from `{sheet}`, in small "
                f"letters or with a capital first, and a number from `{low}` to `{high}` right "
                "behind it. Please get it open. Then compare it with the folder by content and "
                f"write `{target}`, CSV with the header `{head}`, a row for each file of either, "
                "by relative name in byte order: `same`, `changed`, `lost` (only in the backup) or "
                "`new` (only in the folder), and the size, which is the present one and for lost "
                f"files that in the backup. Put the lost files, and nothing else, into `{box}` "
                "under their relative names. Do not touch the folder.",
                f"We need to get into our backup `{backup}` again. All we know of the password: "
                f"one of the words in `{sheet}`, perhaps with its first letter as a capital, "
                f"directly followed by a number between `{low}` and `{high}`. What has happened to "
                f"the files in `{source.path}` since? I want `{target}` (CSV, header `{head}`, "
                "relative names in byte order, files of both sides). The state is `same` or "
                "`changed` by content, `lost` if only the backup has the file, `new` if only the "
                "folder does; the last column is the size in bytes now, or in the backup if it is "
                f"lost. The lost files are to be brought back to the new folder `{box}`, with "
                "their sub-folders; the folder itself stays as it is.",
            ],
            steps=[
                look(
                    f"unzip -v {packed} | head -n 6; unzip -v {packed} | sed -n '$p'; "
                    f"cat {listed}; find {here} -type f | wc -l",
                    "Names and sizes can be read without the password. How many candidates does "
                    "the pattern give?",
                    "List the backup and read the words.",
                ),
                do(
                    f"while read -r word; do for spelt in $word ${{word^}}; do\n"
                    f"  for ((n = {low}; n <= {high}; n++)); do echo $spelt$n; done\n"
                    f"done; done < {listed} > /tmp/candidates.txt\n"
                    f"fcrackzip -D -u -p /tmp/candidates.txt {packed} | "
                    "sed -n 's/^PASSWORD FOUND.*pw == //p' | head -n 1 > /tmp/found.txt\n"
                    f'mkdir -p /tmp/then\nunzip -q -P "$(cat /tmp/found.txt)" {packed} '
                    "-d /tmp/then\nrm /tmp/candidates.txt /tmp/found.txt",
                    "Some words in two spellings with a number: trying all of them is nothing.",
                    "Write the candidates, try them, and unpack into a folder of its own.",
                    duration=2.0,
                ),
                do(
                    "names() { (cd \"$1\" && find . -type f -printf '%P\\n' | LC_ALL=C sort); }\n"
                    "export LC_ALL=C\n"
                    f"{{ echo {head}\n"
                    f"  {{ comm -12 <(names {here}) <(names /tmp/then) | "
                    "while IFS= read -r f; do\n"
                    f'    cmp -s {here}/"$f" /tmp/then/"$f" && s=same || s=changed\n'
                    f'    echo "$f,$s,$(stat -c %s {here}/"$f")"; done\n'
                    f"  comm -23 <(names {here}) <(names /tmp/then) | "
                    "while IFS= read -r f; do\n"
                    f'    echo "$f,new,$(stat -c %s {here}/"$f")"; done\n'
                    f"  comm -13 <(names {here}) <(names /tmp/then) | "
                    "while IFS= read -r f; do\n"
                    '    echo "$f,lost,$(stat -c %s /tmp/then/"$f")"; done\n'
                    f"  }} | sort -t , -k 1,1; }} > {there}",
                    "Some changes keep the size, so contents have to be compared.",
                    "Compare both sides name by name.",
                ),
                do(
                    f"mkdir -p {out}\ncd /tmp/then\n"
                    "find . -type f -printf '%P\\n' | while IFS= read -r f; do\n"
                    f'  [ -e {here}/"$f" ] || cp --parents "$f" {out}\n'
                    "done\ncd /app\n"
                    "rm -r /tmp/then",
                    "Some files exist in the backup only.",
                    "Bring the lost files back and remove what was unpacked.",
                ),
                look(
                    f"cut -d , -f 2 {there} | sort | uniq -c; find {out} -type f",
                    "How many are the same, changed, lost or new?",
                    "Count the states and list what came back.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("sizes compared", table(by_size=True)),
                    (
                        "files that only the folder has left out",
                        result.with_rows(row for row in result.rows if row[1] != "new"),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"unzip -t -P {words[0]} {packed} 2>&1 | head -n 3",
                    symptom=r"incorrect password",
                    diagnosis="A word alone is not enough; there is a number behind it.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"fcrackzip -D -u -p /tmp/no-list.txt {packed}",
                    symptom=r"No such file or directory",
                    diagnosis="The candidates have to be written to a file first.",
                ),
            ],
        )


def _earlier(draw: Draw, now: dict[str, bytes]) -> dict[str, bytes]:
    """The folder at the time of the backup."""
    names = draw.shuffled(now)
    then = {name: now[name] for name in names[3:]}
    for place, name in enumerate(names[3:9]):
        data = now[name]
        then[name] = data[:-1] + b"~" if place % 2 else data + b"(to be completed)\n"
    folder = names[0].rpartition("/")[0]
    for number in range(draw.integer(2, 4)):
        name = f"{folder}/annex-{number + 1}.txt" if folder else f"annex-{number + 1}.txt"
        page = draw.integer(2, 40)
        then[name] = f"Annex {number + 1}\nsee {names[number]}, page {page}\n".encode()
    return then


def _sealed(data: bytes, password: str) -> bytes:
    """The data under the traditional encryption of ZIP."""
    table = _table()
    k0, k1, k2 = 0x12345678, 0x23456789, 0x34567890
    out = bytearray()

    def feed(byte: int) -> None:
        nonlocal k0, k1, k2
        k0 = table[(k0 ^ byte) & 255] ^ k0 >> 8
        k1 = ((k1 + (k0 & 255)) * 134_775_813 + 1) & 0xFFFFFFFF
        k2 = table[(k2 ^ k1 >> 24) & 255] ^ k2 >> 8

    for byte in password.encode():
        feed(byte)
    for byte in data:
        mask = (k2 | 2) & 0xFFFF
        out.append(byte ^ (mask * (mask ^ 1) >> 8 & 255))
        feed(byte)
    return bytes(out)


@cache
def _table() -> tuple[int, ...]:
    """The table of CRC-32, byte by byte."""
    found = []
    for value in range(256):
        entry = value
        for _ in range(8):
            entry = entry >> 1 ^ (0xEDB88320 if entry & 1 else 0)
        found.append(entry)
    return tuple(found)


def _zip(draw: Draw, files: dict[str, bytes], password: str) -> bytes:
    """A ZIP archive with stored, encrypted members of 1 March 2024."""
    body, directory = b"", b""
    for name in sorted(files):
        data, crc = files[name], zlib.crc32(files[name])
        inner = _sealed(draw.bytes(11) + bytes([crc >> 24]) + data, password)
        told = struct.pack(
            "<HHHHHIIIHH", 20, 1, 0, 0x6000, 0x5861, crc, len(inner), len(data), len(name), 0
        )
        directory += b"PK\1\2" + struct.pack("<H", 0x031E) + told
        directory += struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, len(body)) + name.encode()
        body += b"PK\3\4" + told + name.encode() + inner
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return body + directory + b"PK\5\6" + end
