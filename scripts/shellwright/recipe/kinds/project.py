"""Projects: a small C program with its makefile, which builds, or does not, or not always."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from shellwright.recipe.checks import Check
from shellwright.recipe.csources import FIXED, HEADERS, MODULE_HEADER, MODULE_SOURCE, SOURCES
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds.table import Column, Row, Table, record_columns, record_rows, summary
from shellwright.recipe.resource import Entry, Resource, Wrong, unchanged
from shellwright.recipe.shell import quoted, shell_prints
from shellwright.recipe.themes import Theme

#: What a fault does to the makefile, and what the build says about it.
FAULTS = {
    "no maths library": ((" -lm", ""), "undefined reference to `lround'"),
    "a source that is not listed": ((" src/groups.c", ""), "undefined reference to `group_add'"),
    "no include path": ((" -Iinclude", ""), "No such file or directory"),
    "spaces for a tab": (("\n\t$(CC) $(CFLAGS)", "\n    $(CC) $(CFLAGS)"), "missing separator"),
}
#: The lines by which the compiler tells make which headers an object depends on.
TRACKING = ((" -Iinclude", " -Iinclude -MMD -MP"), ("*.o ", "*.o src/*.d "))
INCLUDED = "\n-include $(OBJECTS:.o=.d)\n"


@dataclass(frozen=True, kw_only=True)
class Project(Resource):
    """A folder with C sources, headers and a makefile, and a table to run the program on.

    `files` maps the path in the folder to the text. The program is called `tally`; it reads
    records from its standard input and prints, by category, the sum of the counts and their
    mean. `condition` is `broken` (it does not build), `stale` (it builds, but a changed header
    does not lead to a new build) or `sound`. `build` is `make`, or `cmake` where that works too.
    """

    kind: ClassVar[str] = "project"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {
        "condition": ("broken", "stale", "sound"),
        "build": ("make", "cmake"),
    }

    files: Mapping[str, str]
    given: Table
    hidden: Table
    faults: tuple[str, ...] = ()
    condition: str = "sound"
    build: str = "make"

    def state(self) -> dict[str, str]:
        return {"condition": self.condition, "build": self.build}

    @property
    def sources(self) -> list[str]:
        """The C files, as the makefile names them."""
        return sorted(name for name in self.files if name.endswith(".c"))

    def users(self, header: str) -> list[str]:
        """The sources that include a header (its bare name), directly or through others."""
        return [name for name in self.sources if header in self._included(name)]

    def _included(self, name: str) -> set[str]:
        direct = set(re.findall(r'#include "(.+)"', self.files[name]))
        return direct.union(*(self._included(f"include/{header}") for header in direct))

    def result(self, path: str, table: Table | None = None, least: int = 0) -> Table:
        """What the program prints about the given table, or another, without smaller counts."""
        table = table or self.given
        found: dict[str, list[int]] = {}
        for name, cell in zip(table.values("category"), table.values("count"), strict=True):
            if int(cell) >= least:
                found.setdefault(name, []).append(int(cell))
        rows: list[Row] = [
            (name, str(sum(cells)), str((2 * sum(cells) + len(cells)) // (2 * len(cells))))
            for name, cells in sorted(found.items())
        ]
        count = table.name("count")
        columns = [
            Column(table.name("category"), "category"),
            Column(count, "count"),
            Column(f"mean_{count}", "mean"),
        ]
        return summary(path, f"{count} by {table.name('category')}", columns, rows)

    def entries(self) -> list[Entry]:
        own = [Entry(f"{self.path}/{name}", text.encode()) for name, text in self.files.items()]
        return [*own, *self.given.entries()]

    def guards(self) -> list[Check]:
        return [*(unchanged(entry) for entry in self.entries())]

    def checks(self) -> list[Check]:
        """It builds from its sources, works on data that nobody has seen, and kept the rest."""
        kept = [entry for entry in self.entries() if not entry.path.endswith("/Makefile")]
        return [*self._works(), *(unchanged(entry) for entry in kept if not _new(entry))]

    def kept(self, before: Resource) -> list[Check]:
        builds = isinstance(before, Project) and before.condition != "broken"
        return self._works() if builds else []

    def _works(self) -> list[Check]:
        return [
            self.prints(
                'make -s -B >&2\n./tally < "$at/hidden.csv"',
                self.result("/", self.hidden).text(),
                "works",
                f"{self.path} builds from scratch and is right about other data.",
            )
        ]

    def prints(self, script: str, text: str, key: str, about: str) -> Check:
        """A check that a script, run in a copy of the project without leftovers, prints a text.

        Records that are not in the world lie beside the copy in `$at/hidden.csv`.
        """
        copy = (
            f'at=$(mktemp -d)\ncp -r {quoted(self.path)} "$at/copy"\ncd "$at/copy"\n'
            "find . -name '*.[od]' -delete\nrm -f tally\n"
            f"cat > \"$at/hidden.csv\" <<'ROWS'\n{self.hidden.text()}ROWS\n"
        )
        return shell_prints(
            copy + script, text, about=about, paths=[self.path], key=key, weight=2.0
        )

    def situation(self) -> str:
        base = f"`{self.path}` is a C program that sums up {self.given.noun}"
        base += f" (`{self.given.path}` has some)"
        return {
            "broken": f"{base}. Its makefile no longer builds it.",
            "stale": f"{base}. It builds, but not always when it should.",
            "sound": f"{base}, built by a makefile.",
        }[self.condition]

    def spoiled(self, draw: Draw) -> list[Wrong]:
        text = "tally:\n\techo true > tally\n\tchmod +x tally\nclean:\n\trm -f tally"
        return [Wrong("nothing is compiled", path=f"{self.path}/Makefile", content=text.encode())]


def _new(entry: Entry) -> bool:
    return entry.path.endswith("/CMakeLists.txt")


def makefile(sources: list[str], faults: tuple[str, ...] = (), *, tracking: bool = False) -> str:
    """The makefile, with these faults; `tracking` has it follow changes of headers."""
    text = (
        "CC = gcc\nCFLAGS = -std=c11 -O1 -Wall -Iinclude\nLDLIBS = -lm\n"
        f"SOURCES = {' '.join(sources)}\nOBJECTS = $(SOURCES:.c=.o)\n\n"
        "tally: $(OBJECTS)\n\t$(CC) -o $@ $(OBJECTS) $(LDLIBS)\n\n"
        "src/%.o: src/%.c\n\t$(CC) $(CFLAGS) -c -o $@ $<\n\n"
        "clean:\n\trm -f src/*.o tally\n\n.PHONY: clean\n"
    )
    for fault in faults:
        text = text.replace(*FAULTS[fault][0])
    if tracking:
        for right, new in TRACKING:
            text = text.replace(right, new)
        text += INCLUDED
    return text


def _modules(theme: Theme, draw: Draw) -> dict[str, str]:
    """Two to four further modules, whose headers include each other in a drawn way."""
    names = [name for name in theme.components if name.isidentifier() and name not in FIXED]
    files: dict[str, str] = {}
    earlier = ["sizes", "groups"]
    for name in draw.sample(names, draw.integer(2, 4)):
        used, needed = draw.choice(earlier), draw.choice([*earlier, "csv"])
        words = {"name": name, "used": used, "needed": needed, "code": draw.integer(2, 99)}
        files[f"include/{name}.h"] = MODULE_HEADER.format(**words)
        files[f"src/{name}.c"] = MODULE_SOURCE.format(**words)
        earlier.append(name)
    return files


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Project:
    """A project in the given state beside the records that it works on."""
    columns = {"KEY": theme.category_column, "VALUE": theme.count_column}
    files = dict(HEADERS) | dict(SOURCES) | _modules(theme, draw)
    for word, name in columns.items():
        files["include/rules.h"] = files["include/rules.h"].replace(f"@{word}@", name)
    condition = state["condition"]
    faults = tuple(sorted(draw.sample(list(FAULTS), 2))) if condition == "broken" else ()
    sources = sorted(name for name in files if name.endswith(".c"))
    files["Makefile"] = makefile(sources, faults, tracking=condition == "sound")
    folder = path.rpartition("/")[0]

    def table(at: str, draw: Draw, count: int) -> Table:
        rows = tuple(record_rows(theme, draw, count))
        noun = f"{theme.record} records"
        return Table(path=at, noun=noun, columns=record_columns(theme), rows=rows)

    return Project(
        path=path,
        noun=f"tally program of the {theme.records}",
        files=dict(sorted(files.items())),
        given=table(f"{folder}/{theme.records}.csv", draw, draw.integer(50, 120)),
        hidden=table("/", draw.child("hidden"), 40),
        faults=faults,
        condition=condition,
    )


KIND = Kind(
    Project,
    tuple({"condition": c, "build": "make"} for c in Project.domain["condition"]),
    generate,
    lambda state, theme: f"{theme.key}-tally",
)
