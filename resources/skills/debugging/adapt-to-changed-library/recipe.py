"""Adapt a C++ program to a library that has changed its interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.cppsources import (
    HEADER,
    LIBRARY,
    MAIN,
    MAKEFILE,
    PRINT,
    PUT,
    READ,
    REPORT_H,
)
from shellwright.recipe.kinds.codebase import Codebase, Trial, patch_between, unseen
from shellwright.recipe.tabular import differing, tally


@dataclass(frozen=True)
class Changed:
    """A function of the library: how it was declared, called and mangled, and how it is now."""

    old: str
    new: str
    symbol: str
    shown: str
    call: str
    adapted: str
    user: str
    note: str


CHANGES = (
    Changed(
        "    void add(const char *name, long value);\n",
        "    void add(const char *name, long long value, int times);\n",
        "_ZN6ledger4Book3addEPKcl", "ledger::Book::add(char const*, long)",
        "book.add(cells[key], std::atol(cells[value]))",
        "book.add(cells[key], std::atol(cells[value]), 1)",
        "read.cc",
        "`Book::add` takes a `long long`, and how often the value counts.",
    ),
    Changed(
        "    long total(int place) const;\n",
        "    long total(int place, bool cents) const;\n",
        "_ZNK6ledger4Book5totalEi", "ledger::Book::total(int) const",
        "book.total(place)", "book.total(place, false)",
        "print.cc",
        "`Book::total` says whether to multiply by 100 (`true`) or not.",
    ),
    Changed(
        "    const char *name(int place) const;\n",
        "    const char *name(unsigned place) const;\n",
        "_ZNK6ledger4Book4nameEi", "ledger::Book::name(int) const",
        "book.name(place)", "book.name(static_cast<unsigned>(place))",
        "print.cc",
        "`Book::name` counts places without sign.",
    ),
    Changed(
        "void put_cell(const char *text);\n",
        "namespace text {\nvoid put_cell(const char *text);\n}\n",
        "_ZN6ledger8put_cellEPKc", "ledger::put_cell(char const*)",
        "ledger::put_cell(", "ledger::text::put_cell(",
        "print.cc",
        "`put_cell` has moved to the namespace `ledger::text`.",
    ),
)  # fmt: skip


class AdaptToChangedLibrary(Recipe):
    """A program fits a new library; what it missed and what it prints is there."""

    needs = (
        Pattern.of(
            "table", format="csv", condition="clean", shape="records", extent=("full", "enriched")
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "cat", "ls", "make", "tail", "nm", "eu-nm", "objdump", "c++filt", "comm", "sort", "awk",
        "grep", "patch", "rm", "sed", "tr", "cut",
    )  # fmt: skip
    packages = ("binutils", "elfutils", "g++", "libc6-dev", "make", "mawk", "patch")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        role = draw.choice(["category", "person", "status"])
        if not source.has(role, "count") or len(source.header) > 60:
            raise Unsuitable(f"no column with the role {role}, or no counts")
        changes = sorted(draw.sample(CHANGES, 3), key=lambda change: change.symbol)
        target = world.output(draw, ["ledger", "report", "sums"], ".csv")
        listing = world.output(draw, ["missing_symbols", "lost_symbols", "undefined"], ".csv")
        place = world.input(draw, [f"{world.theme.key}-ledger", "ledger-report", "ledger"])
        words = {"@KEY@": source.name(role), "@VALUE@": source.name("count")}
        old = {"src/read.cc": READ, "src/print.cc": PRINT}
        for name, text in old.items():
            for mark, word in words.items():
                text = text.replace(mark, word)
            old[name] = text
        new = dict(old)
        for change in changes:
            name = f"src/{change.user}"
            new[name] = new[name].replace(change.call, change.adapted)
        files = {
            "NEWS.md": _news(changes),
            "lib/ledger.cc": _library(changes),
            "lib/ledger.h": _header(changes),
            "src/main.cc": MAIN,
            "src/report.h": REPORT_H,
        }
        stale = {"src/ledger.h": _header([]), "Makefile": MAKEFILE}
        broken = Codebase(path=place, noun="report program", files=files | old | stale)
        hidden = unseen(source, world.theme, draw.child("hidden"))
        fixed = replace(
            broken,
            files=files | new | {"Makefile": MAKEFILE},
            hidden=hidden,
            editable=("src/read.cc", "src/print.cc"),
            trials=(
                Trial(
                    'test ! -e src/ledger.h\nmake -s report >&2\n./report < "$at/hidden.csv"\n',
                    _report(hidden, role, "/").text(),
                    "fits",
                    f"{place} builds with the new library and is right about other data.",
                ),
            ),
        )
        users = {c.symbol: f"src/{c.user}" for c in changes}
        columns = [
            Column("symbol", "symbol"),
            Column("function", "function"),
            Column("file", "file"),
        ]
        rows = [(c.symbol, c.shown, users[c.symbol]) for c in changes]
        lost = summary(listing, "symbols that the library lost", columns, rows)
        result = _report(source, role, target)
        at, given, there, list_ = (quoted(p) for p in (place, source.path, target, listing))
        needed = "nm --undefined-only build/*.o | awk 'NF == 2 {print $2}' | sort -u"
        return Move(
            focus=result,
            makes=[fixed, lost, result],
            removes=[f"{place}/src/ledger.h"],
            brings=broken.entries(),
            request=[
                f"Since `lib` in `{place}` was replaced by the new release of the library, "
                "`make report` stops at the link. Tell me first what the program's objects, as "
                f"they compile now, need and the library no longer has: `{listing}`, a CSV file "
                "with the columns `symbol,function,file` (mangled name, the function as a "
                "demangler prints it, source file as `src/NAME.cc`), sorted by symbol in byte "
                "order. Then adapt "
                "`src/read.cc` and `src/print.cc` to the new interface, which `NEWS.md` explains, "
                "and delete the old copy `src/ledger.h`. Nothing else changes, and the figures "
                f"stay what they were. What `report` prints for `{source.path}` on standard input "
                f"goes to `{target}`.",
                f"The report program in `{place}` has to move to the library's new release, which "
                "lies in `lib` (what changed is in `NEWS.md`). So far it does not link. I want "
                f"two things in writing: in `{listing}` the symbols that its objects ask "
                "for in vain as things stand, as CSV with `symbol,function,file`, that is the "
                "mangled name, the demangled one, and the source that uses it (`src/NAME.cc`), "
                "in byte order of the symbols; and, once it works, in "
                f"`{target}` what `report` prints for `{source.path}` on standard input. "
                "For that, bring the calls in `src/read.cc` and `src/print.cc` up to date "
                "without changing any result, and remove `src/ledger.h`, an old copy of the "
                "header; all other files stay. `make report` has to work from scratch.",
            ],
            steps=[
                look(
                    f"cd {at} && cat NEWS.md Makefile && ls lib src && make report 2>&1 | tail "
                    "-n 12",
                    f"{place} compiles and does not link, so it was compiled against something "
                    "else than the library.",
                    "Read what changed and see what the linker misses.",
                    duration=2.5,
                    fails=True,
                ),
                look(
                    f"cd {at} && objdump -T build/libledger.so | grep ledger | c++filt; eu-nm -D "
                    "--undefined-only build/libledger.so | tail -n 6",
                    "src/ledger.h is found before the one in lib, and is the old one.",
                    "See what the library offers instead.",
                ),
                do(
                    f"cd {at} && (make -s -k report > /tmp/make.log 2>&1 || true) && {needed} > "
                    "/tmp/needed && nm --defined-only -D build/libledger.so > /tmp/own && nm "
                    "--defined-only build/*.o >> /tmp/own && awk 'NF == 3 {print $3}' /tmp/own | "
                    "sort -u > /tmp/offered && (echo symbol,function,file; LC_ALL=C comm -23 "
                    "/tmp/needed /tmp/offered | grep ledger | while read -r s; do f=$(grep -l $s "
                    "build/*.o | sed 's|build/|src/|; s|o$|cc|'); n=$(echo $s | c++filt); case $n "
                    "in *,*) n=\"\\\"$n\\\"\";; esac; echo \"$s,$n,$f\"; done) > "
                    f"{list_}",
                    "What the objects need, less what they and the library define; system symbols "
                    "are not ours.",
                    "Subtract the two lists and name the functions and files.",
                    duration=1.0,
                ),
                do(
                    f"{patch_between(broken, fixed)}\nrm -f {at}/src/ledger.h",
                    f"Three calls to adapt: {', '.join(c.shown for c in changes)}.",
                    "Adapt the calls as the notes say, and remove the old header.",
                ),
                do(
                    f'cd {at} && make -s -B report && "$PWD/report" < {given} > {there}',
                    "The compiler now sees the right header.",
                    "Build anew and run it on the records.",
                    duration=2.5,
                ),
                look(
                    f"cat {list_}; tail -n 4 {there}; cut -d, -f1 {there} | tr '\\n' ' '",
                    "Is the list of symbols plausible, and do the groups look right?",
                    "Read both results.",
                ),
            ],
            wrong=[
                *differing(
                    lost,
                    [("only two of the symbols", lost.with_rows(rows[:2]))],
                ),
                *differing(
                    result,
                    [
                        ("sums in hundredths", result.with_rows(
                            (n, c, f"{s}00") for n, c, s in result.rows
                        )),
                    ],
                ),
                Wrong("the old header is back", command=f"cp {at}/lib/ledger.h {at}/src/"),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=3,
                    command=f"cd {at} && make -s report LDFLAGS=-lstdc++ 2>&1 | tail -n 4",
                    symptom=r"undefined reference",
                    diagnosis="No further library will help: the functions are gone in this form.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"cd {at} && nm -D build/libledger.a",
                    symptom=r"No such file",
                    diagnosis="The library is a shared one, libledger.so.",
                ),
            ],
        )  # fmt: skip


def _header(changes: Sequence[Changed]) -> str:
    """The header, with these functions as they are now and the others as they were."""
    text = HEADER
    for change, mark in zip(CHANGES, ("@ADD@", "@TOTAL@", "@NAME@", "@PUT@"), strict=True):
        text = text.replace(mark, change.new if change in changes else change.old)
    return text


def _library(changes: Sequence[Changed]) -> str:
    """The library with these functions as they are now."""
    add, total, name, put = (change in changes for change in CHANGES)
    arguments = "long long value, int times" if add else "long value"
    counted = "long Book::total(int place"
    parts = {
        "@ADD@": f"void Book::add(const char *name, {arguments})",
        "@TIMES@": " * times" if add else "",
        "@TOTAL@": f"{counted}, bool cents) const {{ return cents ? 100 * sums[place] : "
        "sums[place]; }"
        if total
        else f"{counted}) const {{ return sums[place]; }}",
        "@NAME@": f"const char *Book::name({'unsigned' if name else 'int'} place) const "
        "{ return names[place]; }",
        "@PUT@": f"namespace text {{\n\n{PUT}\n}}\n" if put else PUT,
    }
    text = LIBRARY
    for mark, part in parts.items():
        text = text.replace(mark, part)
    return text


def _news(changes: Sequence[Changed]) -> str:
    """The release notes."""
    lines = "".join(f"- {change.note}\n" for change in changes)
    return f"# Changes in this release\n\n{lines}- Faster start.\n"


def _report(table: Table, role: str, path: str) -> Table:
    """Records and sum of the counts of each group."""
    return tally(table, role, path, f"sums by {table.name(role)}")
