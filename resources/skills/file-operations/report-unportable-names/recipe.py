"""Report file names that would not survive elsewhere."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
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

COLUMNS = (Column("path", "path"), Column("reasons", "reasons"))
LIMIT = 14


class ReportUnportableNames(Recipe):
    """A row a file whose name breaks a rule, with all the rules that it breaks."""

    needs = (Pattern.of("tree", content="documents", condition="misnamed"),)
    gives = (Pattern.of("table", format="tsv", condition="clean", shape="listing"),)
    tools = (
        "awk",
        "cat",
        "cut",
        "fdfind",
        "grep",
        "head",
        "pathchk",
        "sed",
        "sort",
        "tr",
        "uniq",
        "wc",
    )
    packages = ("fd-find",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        if any("\t" in file.name or "\n" in file.name for file in source.files):
            raise Unsuitable("a name with a tab")
        if source is not world.given:
            raise Unsuitable("nothing can be put into a folder that an earlier skill makes")
        # Names that differ from those of others by case alone come on top.
        given = {file.name for file in source.files}
        twins: list[TreeFile] = []
        for file in draw.sample(source.files, 6):
            folder, _, name = file.name.rpartition("/")
            twin = f"{folder}/{name.swapcase()}"
            if twin not in given and len(twins) < draw.integer(2, 3):
                twins.append(dataclasses.replace(file, name=twin, content=b"other " + file.content))
        if not twins:
            raise Unsuitable("no name that can have a twin")
        names = byte_sorted({*given, *(file.name for file in twins)})
        folded = Counter(name.lower() for name in names)
        rows = []
        for name in names:
            reasons = []
            if re.search(r"[^A-Za-z0-9._/-]", name):
                reasons.append("characters")
            if any(len(part.encode()) > LIMIT for part in name.split("/")):
                reasons.append("length")
            if folded[name.lower()] > 1:
                reasons.append("case")
            if reasons:
                rows.append((name, "+".join(reasons)))
        if len({row[1] for row in rows}) < 2 or len(rows) == len(names):
            raise Unsuitable("all names fail, or all for one reason")
        target = world.output(draw, ["unportable", "name_faults", "names"], ".tsv")
        result = summary(target, "list of names that are not portable", COLUMNS, rows, "tsv")
        here, out = quoted(source.path), quoted(target)
        script = (
            f"export LC_ALL=C; cd {here}\n"
            "fdfind -H -I -t f . | sed 's,^[.]/,,' | sort > /tmp/names\n"
            "tr A-Z a-z < /tmp/names | sort | uniq -d > /tmp/twice\n"
            "while IFS= read -r name; do\n"
            "  reasons=\n"
            "  case $name in *[!A-Za-z0-9._/-]*) reasons=characters ;; esac\n"
            '  pathchk -p "$(tr -c "A-Za-z0-9._/-" x <<< "$name" | head -c -1)" 2> /dev/null ||\n'
            '    reasons+="${reasons:++}length"\n'
            '  if tr A-Z a-z <<< "$name" | grep -qxFf /tmp/twice; then\n'
            '    reasons+="${reasons:++}case"; fi\n'
            '  [ -z "$reasons" ] || printf \'%s\\t%s\\n\' "$name" "$reasons"\n'
            f"done < /tmp/names | cat <(printf 'path\\treasons\\n') - > {out}"
        )
        once = [(name, text.partition("+")[0]) for name, text in rows]
        nocase = [(n, t) for n, t in ((n, t.replace("+case", "")) for n, t in rows) if t != "case"]
        sample = quoted(nocase[0][0])
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry(f"{source.path}/{file.name}", file.content, mtime=file.mtime)
                for file in twins
            ],
            request=[
                f"The files in `{source.path}` move to a system that only takes portable names. "
                f"Report in `{target}` (tab-separated, header `path` and `reasons`) every file "
                "whose relative path breaks a rule: `characters` if anything but letters a to z, "
                "digits, dot, underscore, hyphen and the slashes occurs, `length` if a part of "
                f"the path has more than `{LIMIT}` bytes, `case` if another file's path is the "
                "same when upper and lower case do not count. Several reasons are joined by `+` "
                "in that order. Sort by path in byte order; change nothing in the folder.",
                f"Before `{source.path}` is copied to the new system I want to know which names "
                f"will make trouble. For each such file write a row to `{target}`, with a tab "
                "between `path` (relative) and `reasons` and these two words as header. Reasons "
                "are `characters` (something other than the letters A to Z in either case, "
                "digits, dot, underscore and hyphen, slashes apart), `length` (a part of the "
                f"path longer than `{LIMIT}` bytes) and `case` (two or more files whose paths "
                "differ in case only, all of them); if there are several, put them in this "
                "order with `+` between. In byte order of paths, and without renaming anything.",
            ],
            steps=[
                look(
                    f"fdfind -H -t f . {here} | sort | head -n 12; fdfind -t f . {here} | wc -l; "
                    f"fdfind -t f . {here} | tr A-Z a-z | sort | uniq -d",
                    "Some names may be twins but for their case.",
                    "List files, and those paths that are there twice without case.",
                ),
                look(
                    f"cd {here} && pathchk -p {sample} || true",
                    "pathchk knows the portable set and the limit, but tells one fault at a time.",
                    "Try it on one name.",
                    fails=True,
                ),
                do(
                    f"({script})",
                    "Twins have to be found among all paths. Length can be asked of pathchk once "
                    "the odd characters are replaced.",
                    "Test each path for the three faults and join what applies.",
                    0.6,
                ),
                look(
                    f"cut -f2 {out} | sort | uniq -c | awk '{{ print $1, $2 }}'; head -n 5 {out}",
                    "How often does each fault occur, and is a file with two faults listed once?",
                    "Count the reasons and read some rows.",
                ),
            ],
            wrong=[
                *(result.with_rows(once).as_wrong("one reason a file") if once != rows else []),
                *result.with_rows(nocase).as_wrong("twins were not looked for"),
                *result.with_rows((n, t) for n, t in rows if t != "length").as_wrong(
                    "lengths were not tested"
                )[: int(any(t == "length" for _, t in rows))],
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"cd {here} && pathchk {sample} && echo passed; cd - > /dev/null",
                    symptom=r"^passed$",
                    diagnosis="Without -p the limits of this file system count, which takes "
                    "nearly everything.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"pathchk --max-length={LIMIT} {sample}",
                    symptom=r"pathchk: unrecognized option '--max-length",
                    diagnosis="pathchk has no such option; -p has POSIX's fixed limits.",
                ),
            ],
        )
