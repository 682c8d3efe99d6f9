"""Repair the autotools input of a program, install it and pack a release."""

from __future__ import annotations

import difflib

from shellwright.recipe import (
    Check,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Project,
    Recipe,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)

CONFIGURE = """AC_INIT([tally], [@VERSION@], [desk@example.org])
AC_CONFIG_SRCDIR([src/main.c])
AM_INIT_AUTOMAKE([foreign subdir-objects])
AC_PROG_CC
AM_PROG_AR
AC_PROG_RANLIB
AC_SEARCH_LIBS([lround], [m])
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
"""
#: Lines that got lost from configure.ac, and what is said without them.
LOST = {
    "AC_PROG_RANLIB\n": "nothing looks for the program that indexes the library",
    "AC_SEARCH_LIBS([lround], [m])\n": "nothing searches for the library with lround",
    "AC_CONFIG_FILES([Makefile])\n": "configure is not told to write a makefile",
}


class MendAutotoolsInput(Recipe):
    """The input of autotools gives a release and an installed program, whose output is there."""

    needs = (Pattern.of("project", condition=("stale", "sound"), build="make"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "cat", "ls", "cp", "rm", "mkdir", "autoreconf", "aclocal", "autoconf",
        "automake", "make", "patch", "tar", "tail", "head",
    )  # fmt: skip
    packages = ("autoconf", "automake", "gcc", "libc6-dev", "make", "patch", "tar")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Project)
        old = f"{draw.integer(1, 4)}.{draw.integer(0, 9)}"
        version = f"{old}.{draw.integer(1, 9)}"
        prefix = world.output(draw, ["tally", "installed", f"tally-{version}-inst"])
        target = world.output(draw, ["tally_out", "sums", "figures"], ".csv")
        release = f"{target.rpartition('/')[0]}/tally-{version}.tar.gz"
        world.take([release])
        lost = draw.sample(list(LOST), 2)
        missing = draw.choice(["src/report.c", "src/csv.c", "src/groups.c"])
        headers = sorted(n for n in source.files if n.endswith(".h"))
        library = [n for n in source.sources if n != "src/main.c"]
        configure = CONFIGURE.replace("@VERSION@", version)
        broken = CONFIGURE.replace("@VERSION@", old)
        for line in lost:
            broken = broken.replace(line, "")
        right = _makefile([*library, *headers], "$(srcdir)/include")
        wrong = _makefile([n for n in library if n != missing], "include")
        at, there, out = quoted(source.path), quoted(target), quoted(prefix)
        given, packed = quoted(source.given.path), quoted(release)
        files = [
            Entry(f"{source.path}/configure.ac", broken.encode()),
            Entry(f"{source.path}/Makefile.am", wrong.encode()),
        ]
        repair = _patch("configure.ac", broken, configure) + _patch("Makefile.am", wrong, right)
        result = source.result(target)
        copy = f"rm -rf /tmp/boot && cp -r {at} /tmp/boot && cd /tmp/boot"
        return Move(
            focus=result,
            makes=[result],
            # What is mended in place is no input that has to stay as it was.
            removes=[entry.path for entry in files],
            brings=files,
            checks=_checks(source, prefix, release, version, headers, broken),
            request=[
                f"`{source.path}` also has a `configure.ac` and a `Makefile.am`, which no longer "
                "work since a merge lost some of their lines. Mend these two, so that "
                "the folder bootstraps with `autoreconf -i`, configures and builds in a folder "
                "outside of the sources, and `make dist` packs every `.c` and `.h` file of `src` "
                f"and `include`. All the sources but `src/main.c` stay in the convenience library "
                f"`libtally.a`, and the version becomes `{version}`. No other file of the folder "
                "changes, its plain `Makefile` neither, and no generated file stays there. Then "
                "install under the "
                f"prefix `{prefix}`, put the release at `{release}`, and save what the installed "
                f"`tally` prints for `{source.given.path}` on standard input as `{target}`.",
                f"I would like to release `tally` from `{source.path}` as version `{version}`, but "
                "its autotools input is damaged: lines are missing from `configure.ac` and "
                "`Makefile.am`. Put both right and touch no other file of the folder (the plain "
                "`Makefile` is used by others), nor leave generated ones there. "
                "What I need is that `autoreconf -i` runs through, that a build outside of the "
                "source folder works, that `libtally.a` is made of all sources except "
                "`src/main.c`, and that the archive of `make dist` has every `.c` and `.h` file "
                "from `src` and `include`. That archive goes to "
                f"`{release}`, the program is installed with the prefix `{prefix}`, and its output "
                f"for `{source.given.path}` (standard input) is wanted as `{target}`.",
            ],
            steps=[
                look(
                    f"cd {at} && cat configure.ac Makefile.am && ls src include && {copy} && "
                    "autoreconf -i 2>&1 | tail -n 12",
                    f"A merge damaged the autotools input of {source.path}.",
                    "Read both files beside what lies there, and try to bootstrap a copy.",
                    duration=4.0,
                    fails=True,
                ),
                do(
                    f"patch -s -p1 -d {at} <<'PATCH'\n{repair}PATCH",
                    f"In configure.ac {LOST[lost[0]]}, and {LOST[lost[1]]}. In Makefile.am "
                    f"{missing} is missing, no header is listed, and the include path only holds "
                    "inside of the sources.",
                    "Put the lines back, list the headers too, and set the version.",
                ),
                do(
                    f"{copy} && aclocal && autoconf && automake --add-missing --copy > "
                    "/tmp/automake.log 2>&1 && mkdir -p /tmp/boot/out && cd /tmp/boot/out && "
                    '"$PWD/../configure" -q --disable-dependency-tracking '
                    f"--prefix={out} > /tmp/configure.log && make -s > /tmp/make.log && make -s "
                    f"install > /tmp/install.log && make -s dist && cp tally-{version}.tar.gz "
                    f"{packed}",
                    "The folder must stay clean, and its Makefile must not be overwritten.",
                    "Bootstrap a copy stage by stage, build beside it, install and pack.",
                    duration=8.0,
                ),
                do(
                    f'(cd {out}/bin && "$PWD/tally" < {given} > {there})',
                    "The program is installed.",
                    "Run it on the records.",
                ),
                look(
                    f"tar -tzf {packed} | head -n 60; ls {at}; cat {there}",
                    "All headers and sources have to be in the tarball.",
                    "List the release and read the result.",
                ),
            ],
            wrong=[
                Wrong(
                    "headers are not packed",
                    command=f"cd /tmp && rm -rf w && mkdir w && tar -xzf {packed} -C w && rm "
                    f"w/*/{headers[0]} && tar -czf {packed} -C w tally-{version}",
                ),
                Wrong(
                    "the damaged input is still there",
                    path=f"{source.path}/configure.ac",
                    content=broken.encode(),
                ),
                Wrong("generated files are left", command=f"touch {at}/aclocal.m4"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"cd {at} && ./configure --version",
                    symptom=r"No such file",
                    diagnosis="configure is generated and not there before bootstrapping.",
                ),
                Mistake(
                    "analysis",
                    before=1,
                    command=f"{copy} && automake --add-missing --copy 2>&1 | head -n 6",
                    symptom=r"aclocal|AM_INIT_AUTOMAKE",
                    diagnosis="Without aclocal the macros of automake are unknown; that is not the "
                    "damage, only the wrong order of stages.",
                ),
            ],
        )


def _makefile(sources: list[str], include: str) -> str:
    """The Makefile.am with these files in the library."""
    listed = " \\\n    ".join(sources)
    return (
        f"AM_CPPFLAGS = -I{include}\n\n"
        f"noinst_LIBRARIES = libtally.a\nlibtally_a_SOURCES = {listed}\n\n"
        "bin_PROGRAMS = tally\ntally_SOURCES = src/main.c\ntally_LDADD = libtally.a\n"
    )


def _patch(name: str, before: str, after: str) -> str:
    return "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True),
            after.splitlines(keepends=True),
            f"a/{name}",
            f"b/{name}",
            n=2,
        )
    )


def _checks(
    source: Project, prefix: str, release: str, version: str, headers: list[str], old: str
) -> list[Check]:
    """The release is complete and made from the folder, which is clean; the program works."""
    names = sorted([*source.sources, *headers])
    root, packed = quoted(source.path), quoted(release)
    unpack = f"at=$(mktemp -d)\ntar -xzf {packed} -C $at\ncd $at/tally-{version}\n"
    rows = f"<<'ROWS'\n{source.hidden.text()}ROWS\n"
    text = source.result("/", source.hidden).text()
    listing = "".join(f"./{name}\n" for name in sorted([*source.files, "Makefile.am",
                                                         "configure.ac"]))  # fmt: skip
    return [
        shell_prints(
            f"{unpack}find src include -name '*.[ch]' | sort\n./configure --version | head -n 1\n"
            f"for f in configure.ac Makefile.am {' '.join(names)}; do cmp $f {root}/$f; done\n"
            "grep -q RANLIB configure\ngrep -c '^libtally.a:' Makefile.in\n",
            "".join(f"{name}\n" for name in names) + f"tally configure {version}\n" + "1\n",
            about=f"{release} is complete, made from the mended input, and ready to configure.",
            paths=[release],
            key="release",
            weight=3.0,
        ),
        shell_prints(
            f"{unpack}gcc -std=gnu11 -Iinclude -o $at/tally src/*.c -lm\n$at/tally {rows}",
            text,
            about=f"The sources in {release} are those of the program.",
            paths=[release],
            key="sources",
        ),
        shell_prints(
            f"{quoted(prefix)}/bin/tally {rows}",
            text,
            about=f"The program in {prefix} is right about other data.",
            paths=[prefix],
            key="installed",
        ),
        shell_prints(
            f"cd {root}\nfind . -type f | LC_ALL=C sort\n"
            f"! cmp -s configure.ac - <<'OLD'\n{old}OLD\n",
            listing,
            about=f"{source.path} has mended input and no further files.",
            paths=[source.path],
            key="clean",
        ),
    ]
