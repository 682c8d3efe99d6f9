"""Audit a CD image against the list of its contents."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Unsuitable,
    World,
    byte_sorted,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.kinds.volume import Volume
from shellwright.recipe.sums import posix_crc

COLUMNS = (
    Column("path", "path"),
    Column("status", "status"),
    Column("listed_bytes", "listed"),
    Column("disc_bytes", "found"),
)


class AuditDiscAgainstInlay(Recipe):
    """One row a file that is on the disc or on its list, with what is the matter with it."""

    needs = (Pattern.of("volume", format="iso"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = (
        *("awk", "cat", "chmod", "cksum", "cut", "find", "grep", "head", "isoinfo", "join", "ls"),
        *("mktemp", "rm", "sort", "tr", "wc", "xargs", "xorriso"),
    )
    packages = ("genisoimage", "xorriso")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Volume)
        if not source.files:
            raise Unsuitable("a disc that was just made has no inlay")
        disc = {file.name.lower(): file.content for file in source.files}
        names = byte_sorted(disc)
        drawn = draw.sample(names, 6)
        extra, resized, altered = drawn[:2], drawn[2:4], drawn[4:]
        listed = {name: (posix_crc(disc[name]), len(disc[name])) for name in names}
        for name in extra:
            del listed[name]
        for name in resized:
            size = listed[name][1] + draw.integer(1, 90)
            listed[name] = (draw.integer(10**8, 4 * 10**9), size)
        for name in altered:
            listed[name] = (listed[name][0] ^ draw.integer(1, 4000), listed[name][1])
        folder = names[0].partition("/")[0]
        gone = [f"{folder}/{word}{draw.integer(40, 99)}.txt" for word in ("report", "letter")]
        listed |= {n: (draw.integer(10**8, 4 * 10**9), draw.integer(90, 900)) for n in gone}
        inlay = world.input(draw, ["inlay", "contents", "disc-list"], ".txt")
        text = "".join(
            f"{crc} {size} {name}\n" for name, (crc, size) in sorted(listed.items())[::-1]
        )
        rows = []
        for name in byte_sorted({*disc, *listed}):
            crc, size = listed.get(name, (0, -1))
            if name not in disc:
                rows.append((name, "missing", str(size), ""))
            elif name not in listed:
                rows.append((name, "unlisted", "", str(len(disc[name]))))
            elif size != len(disc[name]):
                rows.append((name, "other size", str(size), str(len(disc[name]))))
            elif crc != posix_crc(disc[name]):
                rows.append((name, "other content", str(size), str(size)))
            else:
                rows.append((name, "as listed", str(size), str(size)))
        target = world.output(draw, ["disc_audit", "audit", "inlay_check"], ".csv")
        result = summary(target, "audit of the disc", COLUMNS, rows)
        here, given, out = quoted(source.path), quoted(inlay), quoted(target)
        script = (
            "export LC_ALL=C\n"
            "work=$(mktemp -d)\n"
            f'xorriso -osirrox on -indev {here} -extract / "$work/disc" 2> /dev/null\n'
            "(cd \"$work/disc\" && find . -type f -printf '%P\\n' | xargs -d '\\n' cksum) |\n"
            "  tr A-Z a-z | awk '{ print $3, $1, $2 }' | sort > \"$work/found\"\n"
            f"awk '{{ print $3, $1, $2 }}' {given} | sort > \"$work/listed\"\n"
            f"{{ echo path,status,listed_bytes,disc_bytes\n"
            "  join -a 1 -a 2 -e '' -t ' ' -o 0,1.2,1.3,2.2,2.3 "
            '"$work/listed" "$work/found" |\n'
            "    awk -F '[ ]' -v OFS=, '{\n"
            '      status = $4 == "" ? "missing" : $2 == "" ? "unlisted" : \\\n'
            '        $3 != $5 ? "other size" : $2 != $4 ? "other content" : "as listed"\n'
            f"      print $1, status, $3, $5 }}'; }} > {out}\n"
            'chmod -R u+w "$work" && rm -r "$work"'
        )
        bad = [row for row in rows if row[1] != "as listed"]
        by_size = [
            (n, "as listed" if status == "other content" else status, a, b)
            for n, status, a, b in rows
        ]
        lumped = [
            (n, "other content" if status == "other size" else status, a, b)
            for n, status, a, b in rows
        ]
        sample = quoted(f"/{source.files[0].name};1")
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(inlay, text.encode())],
            request=[
                f"Is the disc in `{source.path}` what its inlay promises? `{inlay}` is the inlay: "
                "POSIX checksum, size in bytes and path of each file, in lower case. Write "
                f"`{target}`, CSV with the header `path,status,listed_bytes,disc_bytes`, one row "
                "for every path that is on the disc or on the inlay: lower case, without version "
                "numbers or a leading slash, in byte order. The status is the first that fits of "
                "`missing` (not on the disc), `unlisted` (not on the inlay), `other size`, "
                "`other content` (the checksum differs) and `as listed`. A size that does not "
                "exist is an empty cell.",
                f"Check the CD image `{source.path}` against the list `{inlay}` (a line a file: "
                f"POSIX checksum, bytes, path in lower case). I want a CSV `{target}` with "
                "`path,status,listed_bytes,disc_bytes`, sorted by path in byte order, that has "
                "each file of either side; spell paths as the list does, in lower case and "
                "without versions. As status put `missing` if the disc lacks the file, "
                "`unlisted` if the list does, else `other size`, else `other content` if only the "
                "checksum differs, else `as listed`; leave the size empty on the side that has "
                "no such file.",
            ],
            steps=[
                look(
                    f"isoinfo -d -i {here} | grep -iE 'volume id|joliet|rock'; "
                    f"isoinfo -l -i {here} | head -n 9; isoinfo -f -i {here} | grep ';' | cat -n",
                    f"The volume is {source.label}. Which names does the disc know?",
                    "Look at the volume's header and list its files.",
                ),
                look(
                    f"head -n 4 {given}; wc -l < {given}; isoinfo -i {here} -x {sample} | cksum",
                    "Only capitals with versions are there. Do the inlay and the disc name the "
                    "same files?",
                    "Read the inlay and compute the sum of one file as a trial.",
                ),
                do(
                    f"({script})",
                    "Names have to be folded to lower case; the sums are those of cksum. The "
                    "order of the tests decides what a file with another size is called.",
                    "Unpack to a scratch folder, take sums, join both lists and judge each file.",
                    0.6,
                ),
                look(
                    f"cut -d, -f2 {out} | sort | tr '\\n' ' '; cat {out} | head -n 12; ls -l {out}",
                    "How many of the files deviate, and in what way?",
                    "Count what came out and read the first rows.",
                ),
            ],
            wrong=[
                *result.with_rows(by_size).as_wrong("sums were not compared"),
                *result.with_rows(lumped).as_wrong("a differing size is called other content"),
                *result.with_rows(bad).as_wrong("only deviations are listed"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"isoinfo -i {here} -x /{source.files[0].name.lower()} | wc -c",
                    symptom=r"^0$",
                    diagnosis="isoinfo wants the name exactly as it is on the disc, in capitals "
                    "and with its version; otherwise it prints nothing and says nothing.",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command=f"cksum -c {given}",
                    symptom=r"cksum: .*(--check|no properly formatted|not supported)",
                    diagnosis="cksum cannot check a list in its classic format; the columns have "
                    "to be compared by other means.",
                ),
            ],
        )
