"""Have a makefile follow changes of headers."""

from __future__ import annotations

import difflib
from dataclasses import replace

from shellwright.recipe import (
    Draw,
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
)
from shellwright.recipe.kinds.project import makefile


class TrackHeaderDependencies(Recipe):
    """The makefile compiles again what a changed header concerns, and nothing else."""

    needs = (Pattern.of("project", condition="stale", build="make"),)
    gives = (Pattern.of("project", condition="sound", build="make"),)
    tools = ("make", "cat", "grep", "patch", "touch", "cp", "rm", "tail")
    packages = ("gcc", "libc6-dev", "make", "patch")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Project)
        text = makefile(source.sources, tracking=True)
        result = replace(source, files={**source.files, "Makefile": text}, condition="sound")
        least = draw.integer(15, 35)
        place = quoted(source.path)
        old = source.files["Makefile"]
        changes = "".join(
            difflib.unified_diff(
                old.splitlines(keepends=True),
                text.splitlines(keepends=True),
                "a/Makefile",
                "b/Makefile",
                n=1,
            )
        )
        compiled = "make -n | grep -e ' -c ' | grep -o 'src/[^ ]*[.]c' | sort -u"
        later = sorted({*source.users("rules.h"), "src/csv.c"})
        built = ["src/csv.c", *source.users("sizes.h"), *later]
        follows = source.prints(
            "make -s >&2\n"
            f"sed -i 's/LEAST_VALUE 0/LEAST_VALUE {least}/' include/rules.h\nmake -s >&2\n"
            f'./tally < "$at/hidden.csv"\nmake -q\ntouch src/csv.c\n{compiled}\n'
            f"make -s >&2\ntouch include/sizes.h\n{compiled}\n"
            "sed -i '1i #include \"rules.h\"' src/csv.c\nmake -s >&2\n"
            f"touch include/rules.h\n{compiled}",
            source.result("/", source.hidden, least).text()
            + "".join(f"{name}\n" for name in built),
            "follows",
            f"A changed header in {source.path} is followed, and nothing is compiled in vain.",
        )
        always = old.replace("src/%.o: src/%.c\n", "src/%.o: src/%.c FORCE\n") + "\nFORCE:\n"
        one = old.replace("clean:", "src/main.o: include/rules.h include/csv.h\n\nclean:", 1)
        trial = (
            f"cp -r {place} /tmp/trial\nmake -s -C /tmp/trial\ntouch /tmp/trial/include/sizes.h\n"
            "make -n -C /tmp/trial | tail -n 8\nrm -rf /tmp/trial"
        )
        return Move(
            focus=result,
            makes=[result],
            checks=[follows],
            request=[
                (
                    f"Changes in a header under `{source.path}/include` have no effect until "
                    f"somebody runs `make clean`. Correct `{source.path}/Makefile` so that a plain "
                    "`make` compiles every source again that includes a changed header, directly "
                    "or through another header, and no other. It has to hold for headers that are "
                    f"included later, too. In `{source.path}` nothing but the makefile and build "
                    "products may differ."
                ),
                (
                    f"Please teach `{source.path}/Makefile` about headers. When a file in "
                    f"`{source.path}/include` changes, `make` should recompile exactly those "
                    "sources that include it, whether directly or by way of other headers, "
                    f"without a `make clean` before; when nothing in `{source.path}` changed it "
                    "should do nothing. Future includes must be covered as well. Leave sources "
                    "and headers alone."
                ),
            ],
            steps=[
                look(
                    f"cat {place}/Makefile; grep -n '#include \"' {place}/include/*.h",
                    f"The makefile of {source.path} seems not to know about headers.",
                    "Read it, and see how the headers include each other.",
                ),
                look(
                    trial,
                    "Objects depend on their source only. Some headers include others, so a list "
                    "by hand would soon be wrong.",
                    "Reproduce it in a copy: touch a header and ask what would be built.",
                    duration=2.0,
                ),
                do(
                    f"patch -s {place}/Makefile <<'PATCH'\n{changes}PATCH",
                    "A touched header leads to nothing. The compiler can write down the headers "
                    "of each object while it compiles.",
                    "Have it do so, include what it writes, and remove that in clean.",
                ),
                look(
                    trial,
                    "The same trial should now compile the users of that header.",
                    "Repeat it in a fresh copy.",
                    duration=2.0,
                ),
            ],
            wrong=[
                Wrong("everything is always built", f"{source.path}/Makefile", always.encode()),
                Wrong("one object knows two headers", f"{source.path}/Makefile", one.encode()),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"make --track-headers -C {place}",
                    symptom=r"unrecognized option '--track-headers'",
                    diagnosis="make has no such option; the compiler has to write the rules.",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command=f"make -C {place}/include",
                    symptom=r"No targets specified and no makefile found",
                    diagnosis="The headers are not built on their own; there is one makefile for "
                    "the whole project.",
                ),
            ],
        )
