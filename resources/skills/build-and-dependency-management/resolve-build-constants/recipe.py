"""Tell the values that a header's constants have in each build configuration."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Project,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

HEADER = """#ifndef SITE_H
#define SITE_H
#include "sizes.h"

/* Uses what is defined below. */
#define BUFFER (POOL * @A@ + OVERHEAD)

#if defined(SMALL) && !defined(LARGE)
#define POOL @B@
#elif LEVEL > 2
#define POOL (LEVEL * @C@)
#else
#define POOL (@B@ * 8)
#endif

#ifdef TRACE
#define TRACE_DEPTH @D@
#undef MAX_GROUPS
#define MAX_GROUPS (TRACE_DEPTH + 1)
#endif

#ifndef OVERHEAD
#define OVERHEAD @E@
#endif

#if LEVEL
#define RETRIES LEVEL + 1
#else
#define RETRIES 2
#endif
#define ATTEMPTS RETRIES * @F@

#ifdef LARGE
#define WINDOW (MAX_GROUPS * MAX_CELLS)
#else
#define WINDOW MAX_CELLS
#endif

#endif
"""
CONSTANTS = ("ATTEMPTS", "BUFFER", "MAX_GROUPS", "OVERHEAD", "POOL", "TRACE_DEPTH", "WINDOW")


class ResolveBuildConstants(Recipe):
    """A table gives the value of each constant in each configuration."""

    needs = (Pattern.of("project", condition=("stale", "sound"), build="make"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("cat", "cpp", "grep", "ls", "sort", "cut", "sed", "paste", "column")
    packages = ("bsdextrautils", "gcc", "libc6-dev")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Project)
        numbers = {
            "A": draw.integer(2, 9),
            "B": draw.integer(3, 30),
            "C": draw.integer(10, 70),
            "D": draw.integer(4, 40),
            "E": draw.integer(5, 60),
            "F": draw.integer(2, 6),
        }
        text = HEADER
        for mark, number in numbers.items():
            text = text.replace(f"@{mark}@", str(number))
        names = draw.sample(["depot", "hub", "lab", "kiosk", "branch", "trial"], 4)
        level = draw.integer(1, 2)
        flags: list[dict[str, int]] = [
            {"SMALL": 1, "TRACE": 1},
            {"LEVEL": draw.integer(3, 7)},
            {"SMALL": 1, "LARGE": 1, "LEVEL": level, "OVERHEAD": draw.integer(70, 99)},
            draw.choice([{"LARGE": 1, "TRACE": 1}, {"TRACE": 1, "LEVEL": 0}, {"LEVEL": level}]),
        ]
        builds = dict(zip(names, draw.shuffled(flags), strict=True))
        header, listing = f"{source.path}/include/site.h", f"{source.path}/builds.txt"
        lines = "".join(f"{name}: {_options(given)}\n" for name, given in builds.items())
        target = world.output(draw, ["constants", "build_constants", "site_values"], ".csv")
        sizes = _sizes(source.files["include/sizes.h"])
        columns = [Column("constant", "constant"), *(Column(n, "value") for n in builds)]

        def table(bracketed: bool = False, plain: bool = False) -> Table:
            values = [_values(given, numbers, sizes, bracketed) for given in builds.values()]
            if plain:
                values = [{**v, "MAX_GROUPS": sizes["MAX_GROUPS"]} for v in values]
            rows: list[Row] = [
                (name, *(str(value.get(name, "-")) for value in values)) for name in CONSTANTS
            ]
            return summary(target, "constants by build", columns, rows)

        result = table()
        zero = result.with_rows(
            tuple("0" if cell == "-" else cell for cell in row) for row in result.rows
        )
        if not any("-" in row for row in result.rows):
            raise Unsuitable("every constant is defined everywhere")
        at, there = quoted(source.path), quoted(target)
        wanted = " ".join(CONSTANTS)
        head = ",".join(["constant", *builds])
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(header, text.encode()), Entry(listing, lines.encode())],
            request=[
                f"Which values do the constants of `{header}` really have? `{listing}` has the "
                "flags of our builds, one a line. For each of "
                f"{_listed(CONSTANTS)} I need the integer that a C compiler would calculate where "
                "it is used after the header was included (with `include` on the search path), "
                f"for each build. Write `{target}` as CSV: header `{head}`, a row for each "
                "constant in byte order, and `-` where a constant is not defined in a build.",
                f"Nobody can tell any more what `{header}` gives for the builds listed in "
                f"`{listing}` (name, colon, flags). Please make `{target}`, a CSV file with the "
                f"header `{head}` and one row each for {_listed(CONSTANTS)}, in byte order. A "
                "cell holds the integer to which the constant comes out in C code of that build "
                "that includes the header (search path: `include`), or `-` if the constant is "
                "not defined there.",
            ],
            steps=[
                look(
                    f"cd {at} && ls include && cat builds.txt include/site.h",
                    f"{header} defines constants by way of others, under conditions.",
                    "Read it together with the flags.",
                ),
                look(
                    f"cd {at} && cat include/sizes.h",
                    "The header includes another one.",
                    "Read that as well.",
                ),
                look(
                    f"cd {at} && sed 's/^[^:]*: *//' builds.txt | while read -r f; do cpp -dM "
                    "-Iinclude $f include/site.h | grep -E 'POOL|BUFFER|ATTEMPTS' | sort; done",
                    "Definitions are text: ATTEMPTS multiplies the end of RETRIES only, since "
                    "there are no brackets.",
                    "See which definitions are left in each build.",
                ),
                do(
                    f"cd {at} && echo {head} > {there} && for c in {wanted}; do row=$c; while "
                    "IFS=: read -r name flags; do text=$(echo $c | cpp -P -Iinclude $flags "
                    "-include include/site.h - | sed '/^$/d'); case $text in *[A-Z]*) row=$row,-;; "
                    f"*) row=$row,$((text));; esac; done < builds.txt; echo $row >> {there}; done",
                    "A name that comes back unchanged is not defined; the rest is arithmetic.",
                    "Have each name expanded under the flags of each build, and calculate.",
                    duration=0.8,
                ),
                look(
                    f"column -s, -t {there}; cut -d, -f1 {there} | paste -sd' '",
                    "Does every constant have its row?",
                    "Read the result.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("as if every definition had brackets", table(bracketed=True)),
                    ("what is not defined is 0", zero),
                    ("the first definition counts", table(plain=True)),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"cd {at}/include && cpp -dM -I. sites.h",
                    symptom=r"No such file",
                    diagnosis="The header is called site.h.",
                ),
                Mistake(
                    "analysis",
                    before=3,
                    command=f"cd {at} && echo TRACE_DEPTH | cpp -P -Iinclude -include "
                    "include/site.h -",
                    symptom=r"TRACE_DEPTH",
                    diagnosis="Without the flag the name stays as it is: it is not defined, which "
                    "is not the same as 0.",
                ),
            ],
        )


def _options(given: dict[str, int]) -> str:
    """Compiler flags for these definitions."""
    return " ".join(
        f"-D{name}" if value == 1 and name != "LEVEL" else f"-D{name}={value}"
        for name, value in given.items()
    )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names[:-1]) + f" and `{names[-1]}`"


def _sizes(text: str) -> dict[str, int]:
    """The constants of the header that is included."""
    words = [line.split() for line in text.splitlines() if line.startswith("#define ")]
    return {parts[1]: int(parts[2]) for parts in words if len(parts) == 3}


def _values(
    given: dict[str, int], numbers: dict[str, int], sizes: dict[str, int], bracketed: bool
) -> dict[str, int]:
    """The values of the constants under these definitions."""
    level = given.get("LEVEL", 0)
    found = {"MAX_GROUPS": sizes["MAX_GROUPS"]}
    if "SMALL" in given and "LARGE" not in given:
        pool = numbers["B"]
    else:
        pool = level * numbers["C"] if level > 2 else numbers["B"] * 8
    if "TRACE" in given:
        found["TRACE_DEPTH"] = numbers["D"]
        found["MAX_GROUPS"] = numbers["D"] + 1
    overhead = given.get("OVERHEAD", numbers["E"])
    if not level:
        attempts = 2 * numbers["F"]
    else:
        attempts = (level + 1) * numbers["F"] if bracketed else level + numbers["F"]
    cells = sizes["MAX_CELLS"]
    return found | {
        "POOL": pool,
        "OVERHEAD": overhead,
        "BUFFER": pool * numbers["A"] + overhead,
        "ATTEMPTS": attempts,
        "WINDOW": found["MAX_GROUPS"] * cells if "LARGE" in given else cells,
    }
