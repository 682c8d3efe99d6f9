"""Check files against digests of several algorithms."""

from __future__ import annotations

import hashlib
import zlib
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
    Column("verdict", "verdict"),
    Column("good", "count"),
    Column("bad", "count"),
)
CONDITIONS = ("tidy", "crlf", "leaky", "outdated", "scattered")
STRONG = ("SHA224", "SHA384", "SHA3-256")
WEAK = ("CRC32", "MD5", "SHA1")
DIGESTS: dict[str, Callable[[bytes], str]] = {
    "CRC32": lambda data: f"{zlib.crc32(data):08x}",
    "MD5": lambda data: hashlib.md5(data).hexdigest(),
    "SHA1": lambda data: hashlib.sha1(data).hexdigest(),
    "SHA224": lambda data: hashlib.sha224(data).hexdigest(),
    "SHA384": lambda data: hashlib.sha384(data).hexdigest(),
    "SHA3-256": lambda data: hashlib.sha3_256(data).hexdigest(),
}
#: What `rhash` prints between its two rules becomes the form in which the others report.
RHASH = (
    'sed -nE "/^Everything OK$/d; s/ +OK *$/: OK/p; s/ +ERR *$/: FAILED/p; '
    's/ +No such file.*$/: FAILED/p"'
)
#: The first file has lines of class, tab and finding, the second one the names that are there.
PROGRAM = """FNR == NR { seen[$2]; if ($3 == "OK") { good[$2]++; if ($1 == "strong") firm[$2] }
    else bad[$2]++; next }
  { there[$1]; if (!($1 in seen)) print $1, "unlisted", 0, 0 }
  END { for (n in seen) print n, !(n in there) ? "missing" : bad[n] ? "failed" :
    n in firm ? "ok" : "weak", good[n] + 0, n in there ? bad[n] + 0 : 0 }"""

Line = tuple[str, str, str]


class VerifyMixedDigests(Recipe):
    """One row a file, there or listed: ok, weak, failed, missing or unlisted."""

    needs = (Pattern.of("tree", content="documents", condition=CONDITIONS),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "cksum", "cut", "find", "gawk", "grep", "head", "rhash", "rm", "sed", "sha224sum",
        "sha384sum", "sort", "uniq",
    )  # fmt: skip
    packages = ("gawk", "rhash")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        now = {file.name: file.content for file in source.files if not file.target}
        if len(now) < len(source.files) or not 12 <= len(now) <= 40:
            raise Unsuitable("links, or too few or too many files")
        if any({*name} & {*'",\n\t\\():'} for name in now) or any(
            not text for text in now.values()
        ):
            raise Unsuitable("names that are hard to list, or empty files")
        lines = _listed(draw, now)
        rows = _verdicts(lines, now)
        given = world.input(draw, ["DIGESTS", "digests_of_suppliers", "checksums_as_sent"], ".txt")
        target = world.output(draw, ["verification", "digest_check", "delivery_check"], ".csv")

        def table(found: list[Row]) -> Table:
            return summary(target, f"verification of the {source.noun}", COLUMNS, found)

        result = table(rows)
        here, there, listed = quoted(source.path), quoted(target), quoted(given)
        head = ",".join(result.header)
        count = {v: sum(row[1] == v for row in rows) for v in ("ok", "weak", "failed", "missing")}
        if not all(count.values()):
            raise Unsuitable("not every verdict occurs")
        only_bad = next(row[0] for row in rows if row[1] == "failed" and row[2] != "0")
        first = now[only_bad]
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(given, "".join(f"{a} ({n}) = {d}\n" for a, n, d in lines).encode())],
            request=[
                f"The suppliers of `{source.path}` sent digests, each with whatever algorithm they "
                f"have; `{given}` collects them as `ALGORITHM (name) = digest`. Please tell me "
                f"what can be trusted: `{target}`, CSV with the header `{head}`, one row for each "
                "file that is there or listed, by name in byte order. The verdict is `missing` "
                "when the file is not there, `unlisted` when no line names it, `failed` as soon as "
                "one of its digests does not match, `weak` when all match but they are only "
                "`CRC32`, `MD5` or `SHA1`, and `ok` otherwise. The last two columns count its "
                "matching and its other lines; both are 0 for missing and unlisted files.",
                f"Check the folder `{source.path}` against `{given}`. Every line there reads "
                "`ALGORITHM (name) = digest`; a file may have several lines. "
                f"I want `{target}` as CSV with the header `{head}`, in byte order of the name, "
                "with the files of the folder and those that are only listed. The two counts are "
                "those of digests that fit and that do not. A file with a bad one is "
                "`failed`. If none is bad it is `ok`, but `weak` if nothing better than `CRC32`, "
                "`MD5` or `SHA1` vouches for it. Listed and not there: `missing`; there and not "
                "listed: `unlisted`; these two have 0 in both counts.",
            ],
            steps=[
                look(
                    f"head -n 6 {listed}; cut -d ' ' -f 1 {listed} | sort | uniq -c; "
                    f"find {here} -type f | sort | head -n 5",
                    f"Which algorithms stand in {given}, and relative to what are its names?",
                    "Read the list's head and count its lines by algorithm.",
                ),
                do(
                    f"cd {here}\n"
                    f"{{ grep '^SHA224 ' {listed} | sha224sum --check || true\n"
                    f"  grep '^SHA384 ' {listed} | sha384sum --check || true\n"
                    f"  grep '^SHA3-256 ' {listed} > /tmp/sha3.txt || true\n"
                    f"  {{ rhash --check /tmp/sha3.txt || true; }} | {RHASH}\n"
                    "} 2> /dev/null > /tmp/strong.txt\n"
                    f"{{ grep -E '^(MD5|SHA1) ' {listed} | cksum --check || true\n"
                    f"  grep '^CRC32 ' {listed} > /tmp/crc.txt || true\n"
                    f"  {{ rhash --check /tmp/crc.txt || true; }} | {RHASH}\n"
                    "} 2> /dev/null > /tmp/weak.txt\ncd /app",
                    "The lines are of several algorithms. Each program checks its own; strong "
                    "and broken ones must stay apart.",
                    "Check the lines by algorithm and keep the findings in two files.",
                    duration=0.6,
                ),
                do(
                    "{ sed -E 's/^(.*): ([A-Z]+).*$/strong\\t\\1\\t\\2/' /tmp/strong.txt\n"
                    "  sed -E 's/^(.*): ([A-Z]+).*$/weak\\t\\1\\t\\2/' /tmp/weak.txt\n"
                    "} > /tmp/findings.tsv\n"
                    f"{{ echo {head}; gawk -F '\\t' -v OFS=, '{PROGRAM}' /tmp/findings.tsv \\\n"
                    f"  <(find {here} -type f -printf '%P\\n') | LC_ALL=C sort -t , -k 1,1; "
                    f"}} > {there}\n"
                    "rm /tmp/findings.tsv /tmp/strong.txt /tmp/weak.txt /tmp/sha3.txt /tmp/crc.txt",
                    "A file with one bad digest is failed however many others fit, and a missing "
                    "one is reported as a failure, so presence decides first.",
                    "Judge each name from its findings and from what lies in the folder.",
                ),
                look(
                    f"cut -d , -f 2 {there} | sort | uniq -c; grep -v ,ok, {there} | head -n 20",
                    "How often does each verdict occur?",
                    "Count the verdicts and read those that need somebody's attention.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("broken algorithms are trusted", table([_trusting(row) for row in rows])),
                    (
                        "one good digest is enough",
                        table(
                            [
                                (row[0], "ok", *row[2:])
                                if row[1] == "failed" and row[2] != "0"
                                else row
                                for row in rows
                            ]
                        ),
                    ),
                    (
                        "files that nobody listed left out",
                        table([row for row in rows if row[1] != "unlisted"]),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"cd {here}; sha384sum --check {listed} 2>&1 | tail -n 3; cd /app",
                    symptom=r"improperly formatted",
                    diagnosis="Only the SHA384 lines were checked; the others need programs of "
                    "their own.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"cksum --algorithm=sha3 {quoted(source.path + '/' + only_bad)}",
                    symptom=r"invalid argument",
                    diagnosis=f"cksum knows no SHA-3, and {len(first)} bytes are no reason to give "
                    "up: rhash does.",
                ),
            ],
        )


def _listed(draw: Draw, now: dict[str, bytes]) -> list[Line]:
    """Lines for most files; some no longer fit, and some name files that are gone."""
    names = draw.shuffled(now)
    known: dict[str, tuple[bytes, list[str]]] = {}
    for place, name in enumerate(names[2:]):
        algorithms = draw.sample(WEAK, draw.integer(1, 2))
        if place % 3:
            algorithms = draw.sample((*STRONG, *WEAK), draw.integer(0, 2))
            algorithms = [*{*algorithms, draw.choice(STRONG)}]
        known[name] = (now[name], sorted(algorithms))
    for number in range(draw.integer(2, 3)):
        folder = draw.choice(names).rpartition("/")[0]
        name = f"{folder}/annex-{number + 1}.txt".lstrip("/")
        known[name] = (draw.bytes(40), [draw.choice(STRONG), draw.choice(WEAK)])
    lines = []
    altered = {names[2], names[4], names[6]}
    for name, (data, algorithms) in known.items():
        if name in altered:
            # The supplier corrected the file; only one of the two digests was renewed.
            algorithms = [draw.choice(STRONG), draw.choice(WEAK)]
        for number, algorithm in enumerate(algorithms):
            stale = name in altered and number == 0
            lines.append((algorithm, name, DIGESTS[algorithm](data + b"\n" if stale else data)))
    return draw.shuffled(lines)


def _verdicts(lines: list[Line], now: dict[str, bytes]) -> list[Row]:
    rows: list[Row] = []
    for name in byte_sorted({*now} | {name for _, name, _ in lines}):
        mine = [(a, d) for a, n, d in lines if n == name]
        if name not in now or not mine:
            rows.append((name, "unlisted" if name in now else "missing", "0", "0"))
            continue
        good = [a for a, d in mine if DIGESTS[a](now[name]) == d]
        bad = len(mine) - len(good)
        verdict = "failed" if bad else "ok" if {*good} & {*STRONG} else "weak"
        rows.append((name, verdict, str(len(good)), str(bad)))
    return rows


def _trusting(row: Row) -> Row:
    return (row[0], "ok", *row[2:]) if row[1] == "weak" else row
