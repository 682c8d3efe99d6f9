"""Turn files of equal content into hard links."""

from __future__ import annotations

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Tree,
    TreeFile,
    Unsuitable,
    World,
    Wrong,
    byte_sorted,
    do,
    look,
    quoted,
    shell_prints,
)


class MergeEqualFiles(Recipe):
    """Files of one content are one file with several names; a report has the gain."""

    needs = (Pattern.of("tree", content="documents", condition="copies"),)
    gives = (Pattern.of("report", format="json"),)
    tools = ("awk", "cat", "cut", "find", "hardlink", "head", "jq", "rdfind", "sort", "wc")
    packages = ("jq", "rdfind", "util-linux")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        if any(file.target or file.mode != 0o644 for file in source.files):
            raise Unsuitable("links, or modes that differ")
        groups: dict[bytes, list[TreeFile]] = {}
        for file in source.files:
            groups.setdefault(file.content, []).append(file)
        copied = [group for group in groups.values() if len(group) > 1]
        if not copied or any(len({f.mtime for f in g}) < len(g) for g in copied):
            raise Unsuitable("no copies, or copies of one time")
        freed = sum(len(group[0].content) * (len(group) - 1) for group in copied)
        value = {
            "contents_merged": len(copied),
            "names": sum(len(group) for group in copied),
            "bytes_freed": freed,
        }
        report = Report(
            path=world.output(draw, ["merged", "space_report", "freed"], ".json"),
            noun="report on the space that was freed",
            value=value,
        )
        here, out = quoted(source.path), quoted(report.path)
        lines = []
        for group in groups.values():
            first = byte_sorted(file.name for file in group)[0]
            oldest = min(file.mtime for file in group)
            lines += [f"{file.name} {first} {oldest}\n" for file in group]
        count = (
            "awk '/^DUPTYPE_/ { all++; if ($1 ~ /FIRST/) n++; else free += $4 }\n"
            "     END { print n + 0, all + 0, free + 0 }' /tmp/copies.txt |\n"
            '  jq -R \'split(" ") | map(tonumber) |\n'
            "    {contents_merged: .[0], names: .[1], bytes_freed: .[2]}' "
            f"> {out}"
        )
        pair = copied[0]
        new, old = (
            quoted(f"{source.path}/{file.name}")
            for file in sorted(pair, key=lambda f: -f.mtime)[:2]
        )
        every = {**value, "bytes_freed": sum(len(f.content) for g in copied for f in g)}
        return Move(
            focus=report,
            makes=[report],
            request=[
                f"Free the space that copies waste in `{source.path}`: files with the same "
                "content become hard links of one file. All names and contents have to stay, "
                "and every merged file carries the oldest modification time that any of its "
                f"copies had; files without a copy stay as they are. `{report.path}` says what "
                "it brought, as JSON with numbers: `contents_merged` (contents that existed more "
                "than once), `names` (names that share a file now) and `bytes_freed` (the sizes "
                "of the files that are no longer stored of their own).",
                f"In `{source.path}` many files are copies of each other. No name may vanish and "
                "no symbolic link come in, but each content should be on disk once: make copies "
                "hard links to one another, with the oldest of their modification times, and "
                f"leave all the rest alone. Put the gain into `{report.path}`, a JSON object of "
                "numbers: how many contents were there several times (`contents_merged`), how "
                "many names they have together (`names`) and how many bytes are stored no more "
                "(`bytes_freed`).",
            ],
            steps=[
                look(
                    f"cd /tmp && rdfind -dryrun true -outputname /tmp/found.txt {here} | "
                    f"head -n 12; find {here} -type f | wc -l; "
                    f"find {here} -links +1 -type f | wc -l",
                    "How many files are copies, and is anything linked?",
                    "Let rdfind look without changing anything.",
                ),
                look(
                    f"hardlink -y memcmp --dry-run -t -O -v {here} | cut -c 1-100 | head -n 20",
                    "Copies have other dates than originals, so dates must not keep them apart.",
                    "See what would be linked when dates are ignored and the oldest is kept.",
                ),
                do(
                    f"rdfind -outputname /tmp/copies.txt {here}\nhardlink -y memcmp -t -O {here}",
                    "What would be linked is what should be. Once linked, copies are one file and "
                    "not found any more.",
                    "Keep the list of copies with their sizes, then link them for good.",
                ),
                do(
                    count,
                    "The list names each set with the file that comes first; the sizes of the "
                    "others are what is no longer stored.",
                    "Count sets, names and bytes of the list and write the report.",
                ),
                look(
                    f"cat {out}; find {here} -type f -links +1 -printf '%i %TF %P\\n' | sort | "
                    "head -n 8",
                    "How much was freed, and do equal files share an inode with the oldest date?",
                    "Read the report and look at some of the links.",
                ),
            ],
            checks=[
                shell_prints(
                    f"cd {here}\nfind . -type l\nfind . -type f -printf '%i %T@ %P\\n' | "
                    "sed -E 's/^([0-9]+ [0-9]+)[.]0*/\\1/' | sort -k3 |\n"
                    "  awk '{ i = $1; t = $2; name = substr($0, length($1 $2) + 3)\n"
                    "         if (!(i in first)) first[i] = name\n"
                    "         print name, first[i], t }'",
                    "".join(sorted(lines, key=lambda line: line.partition(" ")[0].encode())),
                    about="Equal files share an inode, others do not, and dates are the oldest.",
                    paths=[source.path],
                    key="inodes",
                    weight=2.0,
                ),
            ],
            wrong=[
                *Report(path=report.path, noun=report.noun, value=every).as_wrong(
                    "the remaining file counts as freed"
                ),
                Wrong("a copy was left", command=f"cp -p --remove-destination {old} {new}"),
                Wrong("a symbolic link", command=f"ln -sf {old} {new}"),
                Wrong("a newer date survived", command=f"touch -d '2026-03-03' {new}"),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"hardlink --dry-run {here} | grep -i linked",
                    symptom=r"Linked: +0 files",
                    diagnosis="Without -t files with different dates are not taken for equal.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"rdfind -makehardlink yes {here}",
                    symptom=r"(did not understand|expected true or false|option)",
                    diagnosis="The option is called -makehardlinks and takes true or false.",
                ),
            ],
        )
