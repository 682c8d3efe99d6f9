"""Compare a folder with checksum lists of three kinds."""

from __future__ import annotations

import hashlib
import zlib

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Tree,
    Unsuitable,
    World,
    byte_sorted,
    do,
    look,
    quoted,
    summary,
)

COLUMNS = tuple(Column(name, name) for name in ("path", "sfv", "sha1", "sha3"))
STATES = ("ok", "differs", "unlisted")


class ReconcileChecksumLists(Recipe):
    """A row a file with what each list says of it, and the files that are beyond doubt."""

    needs = (Pattern.of("tree", content="documents", condition="tidy"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = (
        *("awk", "cksfv", "cut", "find", "grep", "head", "mktemp", "rhash", "rm", "sed"),
        *("sha1sum", "sort", "tr", "uniq", "wc", "xargs"),
    )
    packages = ("cksfv", "rhash")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        files = {file.name: file.content for file in source.files if not file.target}
        if len(files) < 8 or any(set(name) & set(',()"\\ ') for name in files):
            raise Unsuitable("too few files, or names that need quoting")
        names = byte_sorted(files)
        # Weighted: most files are fine in most lists.
        said = {name: tuple(draw.choice((0, 0, 0, 0, 1, 2)) for _ in range(3)) for name in names}
        first, second = draw.sample(names, 2)
        said[first], said[second] = (0, 0, 1), (0, 2, 2)
        sums = [
            {name: f"{zlib.crc32(data):08X}" for name, data in files.items()},
            {name: hashlib.sha1(data).hexdigest() for name, data in files.items()},
            {name: hashlib.sha3_256(data).hexdigest() for name, data in files.items()},
        ]
        listed: list[dict[str, str]] = []
        for place, known in enumerate(sums):
            size = len(known[first])
            shown = {
                name: known[name] if said[name][place] == 0 else draw.hex(size)
                for name in names
                if said[name][place] < 2
            }
            listed.append({name: shown[name] for name in draw.shuffled(shown)})
        sfv = "".join(
            f"{name.replace('/', chr(92))} {crc.upper()}\r\n" for name, crc in listed[0].items()
        )
        given = {
            world.input(draw, ["north", "office-a"], ".sfv"): "; made with a trial version\r\n"
            + sfv,
            world.input(draw, ["south", "office-b"], ".sha1"): "".join(
                f"SHA1 ({name}) = {value}\n" for name, value in listed[1].items()
            ),
            world.input(draw, ["central", "office-c"], ".sha3"): "".join(
                f"{value}  {name}\n" for name, value in listed[2].items()
            ),
        }
        rows = [(name, *(STATES[n] for n in said[name])) for name in names]
        trusted = [r[0] for r in rows if "differs" not in r and r.count("ok") >= 2]
        table = summary(
            world.output(draw, ["vouched", "list_comparison", "sums"], ".csv"),
            "comparison of the lists",
            COLUMNS,
            rows,
        )
        report = Report(
            path=world.output(draw, ["trusted", "beyond_doubt"], ".txt"),
            noun="list of the files that are beyond doubt",
            value=trusted,
            format="text",
        )
        here, out, good = quoted(source.path), quoted(table.path), quoted(report.path)
        one, two, three = (quoted(path) for path in given)
        compare = (
            f"export LC_ALL=C; cd {here} && work=$(mktemp -d)\n"
            "find . -type f -printf '%P\\n' | sort > \"$work/names\"\n"
            "xargs -d '\\n' cksfv -q < \"$work/names\" | grep -v '^;' |\n"
            '  awk \'{ print "sfv", $1, tolower($2) }\' > "$work/now"\n'
            "xargs -d '\\n' sha1sum < \"$work/names\" | awk '{ print \"sha1\", $2, $1 }' "
            '>> "$work/now"\n'
            "xargs -d '\\n' rhash --sha3-256 --simple < \"$work/names\" |\n"
            '  awk \'{ print "sha3", $2, $1 }\' >> "$work/now"\n'
            f"{{ sed 's/\\r$//; /^;/d; s,\\\\,/,g' {one} |\n"
            f"    awk '{{ print \"sfv\", $1, tolower($2) }}'\n"
            f"  sed -E 's/^SHA1 \\((.*)\\) = (.*)/sha1 \\1 \\2/' {two}\n"
            f'  awk \'{{ print "sha3", $2, $1 }}\' {three}; }} > "$work/listed"\n'
            "awk -v OFS=, '\n"
            "  FILENAME ~ /listed$/ { said[$1, $2] = $3; next }\n"
            "  FILENAME ~ /now$/ { now[$1, $2] = $3; next }\n"
            "  function judge(kind) {\n"
            '    return !((kind, $1) in said) ? "unlisted" : '
            'said[kind, $1] == now[kind, $1] ? "ok" : "differs" }\n'
            '  BEGIN { print "path,sfv,sha1,sha3" }\n'
            '  { print $1, judge("sfv"), judge("sha1"), judge("sha3") }\n'
            f'\' "$work/listed" "$work/now" "$work/names" > {out}\n'
            'rm -r "$work"'
        )
        pick = (
            f"grep -v differs {out} | awk -F, 'NR > 1 && gsub(/,ok/, \"\") >= 2' |\n"
            f"  sed 's/,unlisted//g' > {good}"
        )
        lenient = [tuple("differs" if cell == "unlisted" else cell for cell in row) for row in rows]
        upper = [
            (n, "differs" if a == "ok" and any(c.isalpha() for c in sums[0][n]) else a, b, c)
            for n, a, b, c in rows
        ]
        return Move(
            focus=table,
            makes=[report, table],
            brings=[Entry(path, text.encode()) for path, text in given.items()],
            request=[
                f"Three offices sent checksums for `{source.path}`: "
                + ", ".join(f"`{path}`" for path in given)
                + " (an SFV off a Windows machine, tagged SHA-1, plain SHA3-256), and they do "
                f"not agree. Write `{table.path}`, CSV with the header `path,sfv,sha1,sha3` and "
                "a row for every file in the folder (relative path, byte order): under each "
                "list `ok` if its sum is that of the file, `differs` if it is another, "
                f"`unlisted` if the list lacks the file. `{report.path}` then names, one a line "
                "in the same order, the files that at least two lists confirm and none "
                "contradicts. Case of letters in a sum and the direction of slashes mean nothing.",
                f"Which files in `{source.path}` can be trusted? There are three lists of sums, "
                + ", ".join(f"`{path}`" for path in given)
                + ": an SFV file written on Windows, SHA-1 in the tagged form and SHA3-256 in "
                f"the usual one. For the table `{table.path}` (CSV, `path,sfv,sha1,sha3`, one "
                "row for each file that is there, by relative path in byte order) judge every "
                "file by every list: `ok`, `differs`, or `unlisted` where it does not occur; "
                "ignore upper and lower case in sums and backslashes in paths. Then put the "
                "paths that two lists or more confirm and no list contradicts into "
                f"`{report.path}`, a line each, same order.",
            ],
            steps=[
                look(
                    f"head -n 3 {one} {two} {three}; wc -l {one} {two} {three}; "
                    f"find {here} -type f | wc -l",
                    "Three lists in three forms, and none is as long as the folder has files.",
                    "Look at the beginning of each list and count.",
                ),
                look(
                    f"cd {here} && sha1sum --quiet -c {two} 2>&1 | head -n 5; "
                    f"sed 's/\\r$//; s,\\\\,/,g' {one} > /tmp/unix.sfv; "
                    "cksfv -f /tmp/unix.sfv 2>&1 | head -n 6; rm /tmp/unix.sfv",
                    "The SFV has CRLF and backslashes, which have to be turned first.",
                    "Check two of the lists roughly, to see what deviates.",
                    fails=True,
                ),
                do(
                    f"({compare})",
                    "Every checker words its result differently, so I compute the three sums "
                    "and compare with lists in one form.",
                    "Compute all sums, bring the lists into one shape, judge each file.",
                    0.6,
                ),
                do(
                    pick,
                    "What no list contradicts and two confirm is beyond doubt.",
                    "Take the rows without a contradiction that have two confirmations.",
                ),
                look(
                    f"cut -d, -f2- {out} | sort | uniq -c | tr -s ' '; wc -l < {good}",
                    "How did the three lists judge the files?",
                    "Count the combinations.",
                ),
            ],
            wrong=[
                *table.with_rows(lenient).as_wrong("files that are not listed count as wrong"),
                *(table.with_rows(upper).as_wrong("sums compared with their case")),
                *Report(
                    path=report.path,
                    noun=report.noun,
                    value=[r[0] for r in rows if r.count("ok") >= 2],
                    format="text",
                ).as_wrong("a contradiction was overlooked"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"(cd {here} && cksfv -f {one} 2>&1 | head -n 3)",
                    symptom=r"(No such file or directory|does not exist|[Ee]rror|Verifying)",
                    diagnosis="cksfv takes the backslashes for parts of names. The list has to be "
                    "brought into the form of this system.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"sha3sum -c {three}",
                    symptom=r"sha3sum: command not found",
                    diagnosis="coreutils has no SHA3; rhash does.",
                ),
            ],
        )
