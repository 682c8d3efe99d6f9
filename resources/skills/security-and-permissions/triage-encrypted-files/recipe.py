"""Tell encrypted files from compressed and plain ones by entropy and type."""

from __future__ import annotations

import gzip
import math
import zlib
from collections import Counter
from collections.abc import Callable

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
    Unsuitable,
    World,
    byte_sorted,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("file", "file"),
    Column("class", "verdict"),
    Column("bytes", "count"),
    Column("copy", "file"),
)
CONDITIONS = ("tidy", "crlf", "leaky", "outdated", "scattered")
LIMIT = 7.2


class TriageEncryptedFiles(Recipe):
    """A row a file of the share: encrypted, packed or plain, and its copy in the backup."""

    needs = (Pattern.of("tree", content="documents", condition=CONDITIONS),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cut", "ent", "file", "find", "gawk", "grep", "head", "sort", "tail", "uniq", "wc")
    packages = ("ent", "file", "gawk")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        kept = {file.name: file.content for file in source.files if not file.target}
        if len(kept) < max(12, len(source.files)) or len(kept) > 60:
            raise Unsuitable("links, or too few or too many files")
        if any({*name} & {*'",\n\\'} for name in kept) or not all(kept.values()):
            raise Unsuitable("names that are hard to list, or empty files")
        suffix = draw.choice([".locked", ".crypt", ".pay2", ".enc0"])
        share = world.input(draw, ["share", "finance_share", "fileserver"])
        found = _share(draw, kept, suffix)
        target = world.output(draw, ["triage", "damage", "encrypted_files"], ".csv")
        entropies = {name: entropy(data) for name, data in found.items()}
        if any(abs(value - LIMIT) < 0.05 for value in entropies.values()):
            raise Unsuitable("an entropy that is too near to the limit")

        def classed(name: str) -> str:
            if entropies[name] < LIMIT:
                return "plain"
            return "packed" if _says_what_it_is(found[name]) else "encrypted"

        def table(judge: Callable[[str], str], *, copies: bool = True) -> Table:
            rows: list[Row] = []
            for name in byte_sorted(found):
                kind = judge(name)
                copy = name.removesuffix(suffix) if copies else name
                backed = kind == "encrypted" and copy in kept
                rows.append((name, kind, str(len(found[name])), copy if backed else ""))
            return summary(target, "triage of the share", COLUMNS, rows)

        result = table(classed)
        count = Counter(row[1] for row in result.rows)
        lost = sum(row[1] == "encrypted" and not row[3] for row in result.rows)
        if min(count["encrypted"], count["packed"], count["plain"]) < 3 or not lost:
            raise Unsuitable("not every class occurs")
        folders = sorted({share, *(f"{share}/{n.rpartition('/')[0]}".rstrip("/") for n in found)})
        brings = [Entry.folder(path) for path in folders]
        brings += [Entry(f"{share}/{name}", data) for name, data in found.items()]
        here, backup, there = quoted(share), quoted(source.path), quoted(target)
        head = ",".join(result.header)
        victim = next(
            r[0] for r in result.rows if r[1] == "encrypted" and not r[0].endswith(suffix)
        )
        inner = quoted(f"{share}/{victim}")
        return Move(
            focus=result,
            makes=[result],
            brings=brings,
            request=[
                f"Ransomware was in `{share}` until somebody pulled the plug; `{source.path}` is "
                "the backup of that share. Before we restore anything I need to know what was hit: "
                f"`{target}`, CSV with the header `{head}`, one row a file of the share by "
                "relative name in byte order. Below "
                f"`{LIMIT}` bits of entropy a byte a file is `plain`; from there on it is `packed` "
                "if its content starts like a gzip file or PNG image, else `encrypted`, whatever "
                "it is called. Give the size in bytes, and for encrypted files the relative name "
                f"of the copy in the backup, which never has the attacker's `{suffix}` at the "
                "end; leave it empty if there is none, and for other files.",
                f"Please triage `{share}` after the incident and write `{target}` (CSV, header "
                f"`{head}`, sorted by relative file name in byte order). Every file there is one "
                f"of three things: `plain` with an entropy of less than `{LIMIT}` bits a byte; of "
                "the others, `packed` when the content is really gzip or PNG by its first bytes, "
                "and `encrypted` otherwise; extensions prove nothing. The third column is the size "
                "in bytes. The last is for encrypted files only: the relative name under which "
                f"`{source.path}`, our backup, has the file, that is without the `{suffix}` that "
                "the attacker put behind some names, or nothing when the backup does not have it.",
            ],
            steps=[
                look(
                    f"find {here} -type f | wc -l; find {here} -type f | sort | head -n 12; "
                    f"find {here} -name '*{suffix}' | wc -l; find {backup} -type f | wc -l",
                    "How many files, how many with the attacker's extension, and how many in the "
                    "backup?",
                    "Count and list the files of both folders.",
                ),
                look(
                    f"ent {inner} | head -n 1; file -b {inner}; "
                    f"find {here} -type f -exec file -b --mime-type {{}} + | sort | uniq -c",
                    f"The extension is on some files only; {victim} has its old name and looks "
                    "like nothing.",
                    "Measure one suspicious file and count the types of all.",
                ),
                do(
                    f"cd {here}\nfind . -type f -printf '%P\\n' | while IFS= read -r file; do\n"
                    '  bits=$(ent -t "$file" | tail -n 1 | cut -d , -f 2,3)\n'
                    '  type=$(file -b --mime-type "$file"); copy=${file%' + suffix + "}\n"
                    f'  [ -f {backup}/"$copy" ] || copy=\n'
                    '  printf "%s,%s,%s,%s\\n" "$file" "$bits" "$type" "$copy"\n'
                    "done > /tmp/measured.csv\ncd /app\n"
                    f"{{ echo {head}; gawk -F , -v OFS=, '\n"
                    f'  {{ class = $3 < {LIMIT} ? "plain" :\n'
                    '      $4 ~ /gzip|png/ ? "packed" : "encrypted"\n'
                    '    print $1, class, $2, class == "encrypted" ? $5 : "" }\''
                    f" /tmp/measured.csv |\n  LC_ALL=C sort -t , -k 1,1; }} > {there}",
                    "Entropy separates text from the rest; only the first bytes separate gzip and "
                    "PNG from what was encrypted.",
                    "Measure every file, ask for its type and look for its copy.",
                    duration=0.8,
                ),
                look(
                    f"cut -d , -f 2 {there} | sort | uniq -c; "
                    f"grep -c ',encrypted,[0-9]*,$' {there}",
                    "Which files are encrypted, packed or plain, and which have no copy?",
                    "Count the classes and the files that are lost.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "by the extension",
                        table(lambda n: "encrypted" if n.endswith(suffix) else "plain"),
                    ),
                    (
                        "everything dense is encrypted",
                        table(lambda n: "plain" if entropies[n] < LIMIT else "encrypted"),
                    ),
                    ("copies looked for under the attacker's names", table(classed, copies=False)),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"ent --entropy {inner}",
                    symptom=r"(?i)unrecognized|invalid option|illegal|unknown",
                    diagnosis="ent has short options only; -t prints the figures as a table.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"ent -t {here}",
                    symptom=r"(?i)is a directory|cannot|error|0,File-bytes",
                    diagnosis="ent measures one file at a time; a folder has no entropy.",
                ),
            ],
        )


def entropy(data: bytes) -> float:
    """Bits of entropy a byte."""
    size = len(data)
    return -sum(n / size * math.log2(n / size) for n in Counter(data).values())


def _says_what_it_is(data: bytes) -> bool:
    return data.startswith((b"\x1f\x8b\x08", b"\x89PNG\r\n\x1a\n"))


def _png(draw: Draw) -> bytes:
    """A small grey picture of noise."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        whole = kind + body
        return len(body).to_bytes(4, "big") + whole + zlib.crc32(whole).to_bytes(4, "big")

    side = draw.integer(24, 48)
    rows = b"".join(b"\0" + draw.bytes(side) for _ in range(side))
    size = side.to_bytes(4, "big")
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size + size + b"\x08\0\0\0\0")
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def _share(draw: Draw, kept: dict[str, bytes], suffix: str) -> dict[str, bytes]:
    """The share after the attack: relative names and contents."""
    found: dict[str, bytes] = {}
    names = draw.shuffled(kept)
    for place, name in enumerate(names):
        data = kept[name]
        if place % 5 == 0:
            found[name + suffix] = draw.bytes(draw.integer(1100, 6000))
        elif place % 5 == 1 and place < 20:
            found[name] = draw.bytes(draw.integer(1100, 6000))
        elif place == 2:
            # Somebody had given a harmless file that name to try the alarm.
            found[name + suffix] = data
        else:
            found[name] = data
    folder = names[0].rpartition("/")[0]
    base = f"{folder}/" if folder else ""
    for number in range(draw.integer(2, 4)):
        new = f"{base}draft-{number + 1}.txt" + draw.choice(["", suffix])
        found[new] = draw.bytes(draw.integer(1100, 4000))
        found[f"{base}plan-{number + 1}.{draw.choice(['png', 'txt', 'dat'])}"] = _png(draw)
        found[f"{base}ledger-{number + 1}.{draw.choice(['gz', 'bak'])}"] = _gzipped(draw)
    return found


def _gzipped(draw: Draw) -> bytes:
    return gzip.compress(draw.hex(draw.integer(5000, 8000)).encode(), 9, mtime=0)
