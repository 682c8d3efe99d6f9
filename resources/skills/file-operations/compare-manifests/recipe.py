"""Compare two lists of checksums."""

from __future__ import annotations

import hashlib

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Manifest,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Unsuitable,
    World,
    byte_sorted,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.kinds.manifest import sums

COLUMNS = (Column("path", "path"), Column("change", "status"), Column("before", "path"))


class CompareManifests(Recipe):
    """One row a file that differs from an earlier list: added, removed, changed or moved."""

    needs = (Pattern.of("manifest", condition="fresh"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("awk", "cat", "cut", "head", "join", "sed", "sort", "uniq", "wc")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Manifest)
        now = sums(source.listed)
        if any(set(name) & set(',"\\ ') for name in now):
            raise Unsuitable("names that need quoting")
        if len(set(now.values())) < len(now) or len(now) < 5:
            raise Unsuitable("too few files, or equal contents under two names")
        then = earlier(now, draw)
        rows = changes(then, now)
        list_path = world.input(
            draw, ["sums-last-year", "old_checksums", "SHA256SUMS-before"], ".txt"
        )
        text = "".join(f"{then[name]}  {name}\n" for name in byte_sorted(then))
        target = world.output(draw, ["changes", "since_last_year", "movements"], ".csv")
        result = summary(target, "changes between two lists", COLUMNS, rows)
        here, old, out = quoted(source.path), quoted(list_path), quoted(target)
        script = (
            "awk '{ sum = substr($0, 1, 64); name = substr($0, 67) }\n"
            "  NR == FNR { was[name] = sum; old[sum] = name; next }\n"
            "  { now[name] = sum; new[sum] = name }\n"
            "  END {\n"
            "    for (n in now) if (!(n in was)) {\n"
            '      if (now[n] in old && !(old[now[n]] in now)) print n ",moved," old[now[n]]\n'
            '      else print n ",added,"\n'
            '    } else if (now[n] != was[n]) print n ",changed,"\n'
            "    for (n in was) if (!(n in now) && !(was[n] in new && !(new[was[n]] in was)))\n"
            '      print n ",removed,"\n'
            f"  }}' {old} {here} | LC_ALL=C sort -t, -k1,1 | sed '1i path,change,before' > {out}"
        )
        plain: list[Row] = []
        for path, change, before in rows:
            if change == "moved":
                plain += [(path, "added", ""), (before, "removed", "")]
            else:
                plain.append((path, change, before))
        swapped = changes(now, then)
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(list_path, text.encode())],
            request=[
                f"`{list_path}` is the same kind of list as `{source.path}`, but a year older. "
                f"Write to `{target}` (CSV, header `path,change,before`, byte order of the paths) "
                "what has happened since: `added`, `removed`, `changed` (another sum under the "
                "same name) or `moved`. A file is moved when its old name is gone and its sum is "
                "now listed under a name that was not there; it has one row, with the old name in "
                "the last column, which is empty in all other rows.",
                f"Tell from the two checksum lists `{list_path}` (last year) and `{source.path}` "
                f"(today) what became of the files. The CSV file `{target}` gets the header "
                "`path,change,before` and is sorted by path, byte by byte. Changes are `added`, "
                "`removed`, `changed` (same name, other sum) and `moved` (same sum, the old name "
                "gone, the new one not there before): one row under the new name, the old one in "
                "the third column. Otherwise that column stays empty.",
            ],
            steps=[
                look(
                    f"wc -l {old} {here}; head -n 2 {old}; LC_ALL=C join -1 2 -2 2 -v 1 "
                    f"<(LC_ALL=C sort -k 2 {old}) <(LC_ALL=C sort -k 2 {here}) | cut -c 1-60",
                    "Two lists of the same form; which names are only in the old one?",
                    "Count the lines and join the lists by name to see what is gone.",
                ),
                do(
                    script,
                    "Some names are gone, but their sums may live on under other names. Both "
                    "lists have to be known by name and by sum.",
                    "Read both lists, tell moved files from added and removed ones, and sort.",
                ),
                look(
                    f"cut -d, -f2 {out} | sort | uniq -c; cat {out}",
                    "How often does each kind of change occur?",
                    "Count by kind and read the rows.",
                ),
            ],
            wrong=[
                *result.with_rows(sorted(plain)).as_wrong("moved files count as added and removed"),
                *result.with_rows(swapped).as_wrong("compared in the wrong direction"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"join -1 2 -2 2 <(sort -r {old}) {here} > /dev/null",
                    symptom=r"join: .*is not sorted",
                    diagnosis="join wants both inputs sorted by the field that it joins on.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"sha256sum --compare {old} {here}",
                    symptom=r"sha256sum: unrecognized option '--compare'",
                    diagnosis="sha256sum checks files against a list; it cannot compare two lists.",
                ),
            ],
        )


def earlier(now: dict[str, str], draw: Draw) -> dict[str, str]:
    """The sums as they may have been a year ago."""
    drawn = draw.sample(byte_sorted(now), min(8, len(now) - 1))
    third = len(drawn) // 3
    then = {name: digest for name, digest in now.items() if name not in drawn[: 2 * third]}
    for number, name in enumerate(drawn[:third]):
        then[f"old-desk/item-{number}.txt"] = now[name]
    for name in drawn[2 * third :]:
        then[name] = hashlib.sha256(f"once {name}".encode()).hexdigest()
    for number in range(draw.integer(2, 3)):
        then[f"old-desk/lost-{number}.txt"] = hashlib.sha256(draw.hex(8).encode()).hexdigest()
    return then


def changes(then: dict[str, str], now: dict[str, str]) -> list[Row]:
    """The rows of the comparison, in byte order of the paths."""
    gone = {digest: name for name, digest in then.items() if name not in now}
    rows: dict[str, Row] = {}
    for name, digest in now.items():
        if name not in then:
            before = gone.pop(digest, "")
            rows[name] = (name, "moved" if before else "added", before)
        elif then[name] != digest:
            rows[name] = (name, "changed", "")
    rows |= {name: (name, "removed", "") for name in gone.values()}
    return [rows[name] for name in byte_sorted(rows)]
