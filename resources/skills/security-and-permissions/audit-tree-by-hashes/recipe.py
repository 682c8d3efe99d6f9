"""Classify the files of a folder by a list of known hashes."""

from __future__ import annotations

import csv
import hashlib
import io
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
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("file", "file"),
    Column("state", "status"),
    Column("bytes", "count"),
    Column("known_as", "file"),
)
CONDITIONS = ("tidy", "crlf", "leaky", "outdated", "scattered")
PROGRAM = """/^[%#]/ { next }
  { sum = $2 $3; name = $0; sub(/^[^,]*,[^,]*,[^,]*,([.][\\/])?/, "", name) }
  FNR == NR { size[name] = $1; known[name] = sum; next }
  { now[name] = sum; bytes[name] = $1 }
  END {
    for (n in known) if (!(n in now)) lost[known[n]] = n
    for (n in now) {
      if (n in known) print n, (known[n] == now[n] ? "unchanged" : "changed"), bytes[n], n
      else if (now[n] in lost) {
        print n, "moved", bytes[n], lost[now[n]]; found[lost[now[n]]] = 1 }
      else print n, "new", bytes[n], "" }
    for (n in known) if (!(n in now) && !(n in found)) print n, "missing", size[n], n }"""

Known = dict[str, bytes]


class AuditTreeByHashes(Recipe):
    """One row a file, there or only known: unchanged, changed, moved, new or missing."""

    needs = (Pattern.of("tree", content="documents", condition=CONDITIONS),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cut", "gawk", "grep", "hashdeep", "head", "rm", "sed", "sort", "uniq", "wc")
    packages = ("gawk", "hashdeep")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        now = {file.name: file.content for file in source.files if not file.target}
        if len(now) < len(source.files) or len(now) < 10 or len({*now.values()}) < len(now):
            raise Unsuitable("links, copies or too few files")
        if any({*name} & {*',"\n\\'} for name in now) or any(not text for text in now.values()):
            raise Unsuitable("names that are hard to list, or empty files")
        known = _earlier(draw, now)
        rows = _audit(known, now)
        given = world.input(draw, ["baseline", "known_hashes", "last_audit"], ".hashdeep")
        target = world.output(draw, ["audit", "integrity", "tampering"], ".csv")

        def table(found: list[Row]) -> Table:
            return summary(target, f"audit of the {source.noun}", COLUMNS, found)

        def turned(change: Callable[[Row], Row | None]) -> Table:
            return table([row for row in map(change, rows) if row is not None])

        result = table(rows)
        here, there, listed = quoted(source.path), quoted(target), quoted(given)
        head = ",".join(result.header)
        hashes = f"(cd {here} && hashdeep -c md5,sha256 -r -l .)"
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(given, _listing(known, source.path).encode())],
            request=[
                f"We suspect that somebody has been at `{source.path}`. `{given}` lists sizes and "
                "hashes of its files from the last audit, by relative name. Compare them with "
                f"what is there and write `{target}`, CSV with the header `{head}`, sorted by the "
                "first column in byte order. The state is `unchanged`, `changed` (same name, other "
                "content), `moved` (the content of a listed file whose name is gone), `new` or "
                "`missing` (neither name nor content is there); the size is the present one, of a "
                "missing file the listed one. The last column has the listed name, nothing for "
                "new files.",
                f"Audit `{source.path}` against `{given}`, a list of the hashes that its files had "
                f"last time, with relative names. `{target}` gets a row for each file that is "
                f"there or listed, in byte order of the name, as CSV with the header `{head}`: "
                "`unchanged`; `changed` where the name is the same and the content is not; `moved` "
                "where the content belonged to a listed name that no longer exists; `new`; or "
                "`missing` where a listed file is gone, content and all. Give the size in bytes "
                "(for missing files as listed) and the name under which the file is listed, empty "
                "if it is new.",
            ],
            steps=[
                look(
                    f"head -n 7 {listed}; grep -vc '^[%#]' {listed}; {hashes} | grep -vc '^[%#]'",
                    f"Which hashes does {given} have, how are names written, and how many are "
                    "there?",
                    "Read its head and count the entries on both sides.",
                ),
                look(
                    f"(cd {here} && hashdeep -r -l -a -vv -k {listed} . | "
                    "grep -v ': Ok$' | head -n 30) || true",
                    "An audit shows what to expect.",
                    "Let hashdeep say what does not match.",
                    fails=True,
                ),
                do(
                    f"{hashes} > /tmp/now.hashdeep\n"
                    f"{{ echo {head}; gawk -F , -v OFS=, '{PROGRAM}' {listed} /tmp/now.hashdeep |\n"
                    f"  LC_ALL=C sort -t, -k1,1; }} > {there}\nrm /tmp/now.hashdeep",
                    "Some files have only been renamed. Others have the old name and another "
                    "content, which the audit counts as two findings each.",
                    "Hash everything, compare by name and then by hash, and sort.",
                ),
                look(
                    f"cut -d , -f 2 {there} | sed 1d | sort | uniq -c; "
                    f"grep -v ,unchanged, {there} | head -n 20; wc -l {there}",
                    "Most files should be unchanged. Does the rest fit what the audit said?",
                    "Count the states and read what is not in order.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "moved files are new",
                        turned(lambda r: (r[0], "new", r[2], "") if r[1] == "moved" else r),
                    ),
                    ("missing files left out", turned(lambda r: None if r[1] == "missing" else r)),
                    (
                        "sizes were compared instead of hashes",
                        turned(
                            lambda r: (
                                (r[0], "unchanged", *r[2:])
                                if r[1] == "changed" and len(known[r[0]]) == len(now[r[0]])
                                else r
                            )
                        ),
                    ),
                    ("only findings", turned(lambda r: None if r[1] == "unchanged" else r)),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"(cd {here} && hashdeep -a -r .)",
                    symptom=r"(?i)unable to load|known|must",
                    diagnosis="An audit needs the list to compare with, which is given by -k.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"(cd {here} && hashdeep --algorithms=md5,sha256 -r -l .)",
                    symptom=r"unrecognized option|invalid option",
                    diagnosis="There is no long option of that name; the algorithms go with -c.",
                ),
            ],
        )


def _earlier(draw: Draw, now: Known) -> Known:
    """What the last audit saw: some contents and names were others, some files are gone since."""
    names = draw.sample(sorted(now), 7)
    known = {name: content for name, content in now.items() if name not in names[:2]}
    for number, name in enumerate(names[2:5]):
        old = now[name].replace(b"e", b"a", 1) if number else now[name] + b"signed off\n"
        known[name] = old if old != now[name] else b"x" + now[name]
    for number, name in enumerate(names[5:]):
        folder = name.rpartition("/")[0]
        known[f"{folder}/before-{number}.txt".lstrip("/")] = known.pop(name)
    for number in range(2):
        known[f"removed-{number}.txt"] = f"removed {draw.hex(12)}\n".encode()
    return known


def _audit(known: Known, now: Known) -> list[Row]:
    """The state of every file, sorted by name."""
    lost = {content: name for name, content in known.items() if name not in now}
    rows: list[Row] = []
    for name, content in now.items():
        if name in known:
            state, old = ("unchanged" if known[name] == content else "changed"), name
        else:
            state, old = ("moved", lost[content]) if content in lost else ("new", "")
        rows.append((name, state, str(len(content)), old))
    there = {*now.values()}
    gone = [name for content, name in lost.items() if content not in there]
    rows += [(name, "missing", str(len(known[name])), name) for name in gone]
    return sorted(rows, key=lambda row: row[0].encode())


def _listing(known: Known, path: str) -> str:
    """The list of hashes as hashdeep writes it."""
    out = io.StringIO()
    out.write("%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n")
    out.write(f"## Invoked from: {path}\n## $ hashdeep -c md5,sha256 -r -l .\n## \n")
    writer = csv.writer(out, lineterminator="\n")
    for name, content in sorted(known.items(), key=lambda item: hashlib.md5(item[1]).digest()):
        sums = [hashlib.md5(content).hexdigest(), hashlib.sha256(content).hexdigest()]
        writer.writerow([len(content), *sums, f"./{name}"])
    return out.getvalue()
