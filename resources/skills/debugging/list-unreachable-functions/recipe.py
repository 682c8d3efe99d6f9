"""List the functions of a C program that cannot be reached from main."""

from __future__ import annotations

import re

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Project,
    Recipe,
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

#: A source that the makefile does not list: its functions use one another and a module of today.
ATTIC = """#include "groups.h"
#include "{used}.h"
#include <string.h>

static int {a}_depth;

int {a}_{end}(const char *text);

/* Called by {a}_{end}() for what stands between two marks. */
int {a}_{step}(const char *text)
{{
    {a}_depth++;
    return text[0] == '\\0' ? {a}_depth : {a}_{end}(text + 1);
}}

int {a}_{end}(const char *text)
{{
    const char *mark = strchr(text, '{mark}');
    return mark ? {a}_{step}(mark) : {used}_code();
}}

void {a}_{all}(const struct group *list, int count)
{{
    for (int at = 0; at < count; at++)
        {a}_{step}(list[at].name);
}}
"""


class ListUnreachableFunctions(Recipe):
    """A table lists each function that main does not reach, with those that use it."""

    needs = (Pattern.of("project", condition=("stale", "sound"), build="make"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("ctags", "cscope", "awk", "sort", "cat", "wc", "grep", "cut", "ls", "paste")
    packages = ("cscope", "mawk", "universal-ctags")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Project)
        modules = [n[4:-2] for n in source.sources if f"{n[4:-2]}_code" in source.files[n]]
        if not modules:
            raise Unsuitable("no module whose code nothing uses")
        words = {
            "used": draw.choice(modules),
            "a": draw.choice(["legacy", "markup", "nested"]),
            "end": draw.choice(["finish", "close", "leave"]),
            "step": draw.choice(["descend", "step", "enter"]),
            "all": draw.choice(["walk", "visit", "scan"]),
            "mark": draw.choice("#@%"),
        }
        name = f"src/{words['a']}.c"
        attic = Entry(f"{source.path}/{name}", ATTIC.format(**words).encode())
        texts = {n: source.files[n] for n in source.sources} | {name: ATTIC.format(**words)}
        places, users = _read(texts)
        target = world.output(draw, ["unreachable", "dead_code", "unused_functions"], ".csv")
        columns = [
            Column("function", "function"),
            Column("file", "file"),
            Column("line", "line"),
            Column("used_by", "users"),
        ]

        def table(functions: set[str]) -> Table:
            rows = [
                (f, places[f][0], str(places[f][1]), " ".join(sorted(users[f])) or "-")
                for f in sorted(functions)
            ]
            return summary(target, "functions that main does not reach", columns, rows)

        dead = set(places) - _reached(users)
        result = table(dead)
        idle = {f for f in places if not users[f] and f != "main"}
        calls = _read(texts, calls_only=True)[1]
        uncalled = set(places) - _reached(calls)
        at, there = quoted(source.path), quoted(target)
        tags = "ctags -x --c-kinds=f src/*.c"
        return Move(
            focus=result,
            makes=[result],
            brings=[attic],
            request=[
                f"We want to clear `{source.path}` of dead code. List every function defined in a "
                "`.c` file of `src`, whether the makefile compiles that file or not, that `main` "
                "does not reach: neither by calls nor by handing on its address, directly or "
                f"through other functions. `{target}` has the columns "
                "`function,file,line,used_by`: the file as `src/NAME.c`, the line on which the "
                "definition begins, and the functions that mention it in their body, sorted and "
                "separated by one space (`-` if there are none, itself not counted). Order the "
                "rows by function, in byte order. Nothing changes in the folder, and nothing new "
                "stays in it.",
                f"Which functions in `{source.path}` could go without anybody noticing? A "
                "function stays when `main` gets to it in the end, over any number of functions "
                "that call it or pass its address; all the others are wanted, from every `.c` "
                f"file below `src`, compiled or not. Write them to `{target}` as CSV "
                "with the header `function,file,line,used_by`, in byte order of the names: file "
                "(`src/NAME.c`), line where the definition starts, and the other functions whose "
                "bodies mention it, sorted, with one space between, or `-` where there are none. "
                "Leave the folder as you found it.",
            ],
            steps=[
                look(
                    f"cd {at} && ls src && {tags}; grep -n SOURCES Makefile",
                    f"{source.path} is to be searched for functions that main never gets to.",
                    "List the definitions, and see which sources are compiled.",
                ),
                do(
                    f"cd {at} && cscope -b -k -R -s src -f /tmp/uses.out && "
                    "ctags -x --c-kinds=f src/*.c | awk '{print $1, $4, $3}' | sort "
                    "> /tmp/defined.txt && for f in $(cut -d' ' -f1 /tmp/defined.txt); do "
                    'cscope -d -f /tmp/uses.out -L0 "$f" | awk -v f="$f" '
                    "'$2 != f && $2 != \"<global>\" {print $2, f}'; done | sort -u "
                    "> /tmp/edges.txt; cat /tmp/edges.txt",
                    f"by_name is handed to qsort and never called, and {name} is not compiled at "
                    "all, so I look for mentions and not for calls.",
                    "Build the index outside of the folder and write down who mentions whom.",
                ),
                do(
                    "awk 'FNR == NR {n++; a[n] = $1; b[n] = $2; users[$2] = users[$2] \" \" $1; "
                    'next} !done {done = 1; live["main"]; do {more = 0; for (i = 1; i <= n; i++) '
                    "if ((a[i] in live) && !(b[i] in live)) {live[b[i]]; more = 1}} while (more)} "
                    '!($1 in live) {u = substr(users[$1], 2); print $1 "," $2 "," $3 "," '
                    "(u == \"\" ? \"-\" : u)}' /tmp/edges.txt /tmp/defined.txt > /tmp/dead.txt && "
                    f"(paste -sd, <<< $'function\\nfile\\nline\\nused_by'; LC_ALL=C sort -t, -k1,1 "
                    f"/tmp/dead.txt) > {there}",
                    f"{words['a']}_{words['end']} and {words['a']}_{words['step']} use one "
                    "another, so having users proves nothing: only the walk from main counts.",
                    "Walk the edges from main and write down what was not reached.",
                ),
                look(
                    f"cat {there}; wc -l < {there}; ls {at} {at}/src",
                    "What did the walk not reach? And nothing may have been left behind in the "
                    "folder.",
                    "Read the result and make sure that the folder is as it was.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("only functions without users", table(idle)),
                    ("the address of a function does not count as a use", table(uncalled)),
                    ("the source that is not compiled was left out", table(
                        {f for f in dead if places[f][0] != name}
                    )),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"cd {at} && cscope -d -L0 by_name",
                    symptom=r"cannot open file cscope.out|cannot read",
                    diagnosis="There is no index yet; with -d it is only read, so it has to be "
                    "built first.",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command="grep -c ' by_name$' /tmp/edges.txt; cd "
                    f"{at} && cscope -d -f /tmp/uses.out -L3 by_name | wc -l",
                    symptom=r"1\s+0\s",
                    diagnosis="A search for callers finds none for by_name although group_list "
                    "hands it to qsort: mentions have to be searched.",
                ),
            ],
        )  # fmt: skip


HEAD = re.compile(r"^[a-z][\w *]*?\b(\w+)\(.*\)$")


def _read(
    texts: dict[str, str], *, calls_only: bool = False
) -> tuple[dict[str, tuple[str, int]], dict[str, set[str]]]:
    """File and line of each function, and the functions that mention (or call) it."""
    places: dict[str, tuple[str, int]] = {}
    bodies: dict[str, str] = {}
    for file, text in texts.items():
        lines = text.splitlines()
        for number, line in enumerate(lines):
            found = HEAD.match(line)
            if found and lines[number + 1 : number + 2] == ["{"]:
                places[found[1]] = (file, number + 1)
                bodies[found[1]] = "\n".join(lines[number + 1 : lines.index("}", number)])
    mark = r"\(" if calls_only else r"\b"
    return places, {
        name: {
            user
            for user, body in bodies.items()
            if user != name and re.search(rf"\b{name}{mark}", body)
        }
        for name in places
    }


def _reached(users: dict[str, set[str]]) -> set[str]:
    """The functions that main reaches."""
    live = {"main"}
    while more := {name for name, by in users.items() if by & live} - live:
        live |= more
    return live
