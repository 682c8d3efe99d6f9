"""Bring a stack of patches to a new release of a program."""

from __future__ import annotations

import difflib
import hashlib

from shellwright.recipe import (
    Check,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Project,
    Recipe,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)

WHILE = "    while (at < used && strcmp(groups[at].name, name) != 0)\n"
FULL = "    if (at == MAX_GROUPS)\n        exit(3);\n"
SAID = (
    "    if (at == MAX_GROUPS) {\n"
    '        fputs("tally: too many groups\\n", stderr);\n        exit(@CODE@);\n    }\n'
)
PRINTED = "               lround((double)list[at].sum / (double)list[at].records));\n"
ENDED = "        *out = '\\0';\n"


class RebasePatchStack(Recipe):
    """The local patches fit a new release, and what the patched program says is there."""

    needs = (Pattern.of("project", condition=("stale", "sound"), build="make"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "diffstat", "quilt", "patch", "sed", "rm", "cp", "make", "tail", "grep", "ls")
    packages = ("diffstat", "gcc", "libc6-dev", "make", "patch", "quilt")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Project)
        target = world.output(draw, ["patched", "our_tally", "tally"], ".csv")
        least, code = draw.integer(8, 30), draw.integer(4, 9)
        values = [int(cell) for cell in source.hidden.values("count")]
        if not any(value == least for value in values):
            least = sorted(values)[len(values) // 3]
        was = draw.integer(1, 5)
        if least in (0, was):
            raise Unsuitable("the limit of the patch is the one of the release")
        texts = dict(source.files)
        # What the last release looked like where it differs from the new one.
        old = {
            "include/rules.h": texts["include/rules.h"].replace(
                "LEAST_VALUE 0", f"LEAST_VALUE {was}"
            ),
            "src/groups.c": texts["src/groups.c"].replace(
                WHILE, "    while (at < used && strcmp(name, groups[at].name))\n"
            ),
            "src/report.c": texts["src/report.c"].replace("#include <math.h>\n", ""),
            "src/csv.c": texts["src/csv.c"].replace(ENDED, ""),
        }
        said = SAID.replace("@CODE@", str(code))

        def patched(name: str, text: str) -> str:
            return {
                "include/rules.h": text.replace(f"LEAST_VALUE {was}", f"LEAST_VALUE {least}"),
                "src/groups.c": text.replace(FULL, said).replace(
                    "#include <stdlib.h>\n", "#include <stdio.h>\n#include <stdlib.h>\n"
                ),
                "src/report.c": text.replace(PRINTED, PRINTED + "    fflush(stdout);\n"),
                "src/csv.c": text if ENDED in text else text.replace(
                    "        char end = *in++;\n", "        char end = *in++;\n" + ENDED
                ),
            }[name]  # fmt: skip

        team = world.theme.team.removeprefix("the ")
        stack = {
            "least-value.patch": (
                "include/rules.h",
                f"Leave out records with less than {least} {world.theme.count_column}.",
            ),
            "say-too-many.patch": (
                "src/groups.c",
                f"Say so when there are too many groups, and exit with {code}.",
            ),
            "flush-output.patch": (
                "src/report.c",
                "Flush the output, for the pipe to the archive.",
            ),
            "end-of-cell.patch": ("src/csv.c", "End the last cell of a line. Sent to upstream."),
        }
        series = draw.shuffled(stack)
        patches = {
            name: f"{why}\n\nKept by {team}.\n\n" + _diff(file, old[file], patched(file, old[file]))
            for name, (file, why) in stack.items()
        }
        kept = [name for name in series if name != "end-of-cell.patch"]
        final = {
            file: patched(file, texts[file].replace("LEAST_VALUE 0", f"LEAST_VALUE {was}"))
            for name, (file, _) in stack.items()
            if name in kept
        }
        result = source.result(target, least=least)
        at, there, given = quoted(source.path), quoted(target), quoted(source.given.path)
        folder = f"{source.path}/patches"
        brought = [Entry(f"{folder}/{name}", text.encode()) for name, text in patches.items()]
        brought.append(Entry(f"{folder}/series", "".join(f"{n}\n" for n in series).encode()))
        return Move(
            focus=result,
            makes=[result],
            # What is mended in place is no input that has to stay as it was.
            removes=[folder],
            brings=brought,
            checks=_checks(source, kept, {n: stack[n] for n in kept}, final, least),
            request=[
                f"`{source.path}` holds the sources of a new release, and in `{folder}` are our "
                "local patches, made for the one before (`series` gives their order, each "
                "begins with what it is for). Bring them to the new release: a patch whose change "
                "the release has already goes away, file and line; the others keep their names, "
                "order and descriptions, touch the same files as before, and apply one after the "
                "other with `-p1` without fuzz or offsets. Where a patch no longer fits, redo the "
                "change that it describes. The sources themselves stay as released, and nothing "
                f"but `series` and patches is left in `{folder}`. Then build `tally` with all "
                "patches somewhere else, let it read "
                f"`{source.given.path}` on standard input, and save the output as `{target}`.",
                f"We carry patches for the program in `{source.path}`; now its sources have been "
                f"replaced by those of the next release, and half of `{folder}` no longer applies. "
                "Please refresh the stack: all patches in `series` have to apply in turn (`-p1`) "
                "with neither offsets nor fuzz, doing what their descriptions say to the files "
                "that they are about; names, order and descriptions stay. What the release "
                "contains already is dropped, from the folder and from `series`. Do not leave the "
                "patches applied, or anything else behind: the sources are exactly those of the "
                "release afterwards. What `tally`, with our patches, prints for "
                f"`{source.given.path}` on standard input goes to `{target}`.",
            ],
            steps=[
                look(
                    f"cd {at} && cat patches/series && diffstat patches/*.patch && for p in $(cat "
                    "patches/series); do patch -p1 --dry-run -f -i patches/$p; done",
                    "There are patches for the last release, and the sources of the new one.",
                    "See what each is about and how it fares against the release by itself.",
                ),
                look(
                    f"cd {at} && cat patches/least-value.patch include/rules.h",
                    "One is there already, one fails, one needs fuzz and one an offset.",
                    "Read the one that fails beside the file as it is now.",
                ),
                do(
                    f"cd {at} && export QUILT_PATCHES=patches QUILT_NO_DIFF_TIMESTAMPS=1 "
                    "QUILT_NO_DIFF_INDEX=1 && quilt delete -r end-of-cell.patch && for p in "
                    f"{' '.join(kept)}; do quilt push -q -f > /tmp/push.log || sed -i "
                    f"'s/LEAST_VALUE 0/LEAST_VALUE {least}/' include/rules.h; rm -f "
                    "include/*.rej; quilt refresh -p ab; done; quilt pop -a -q; rm -rf .pc "
                    "patches/*~",
                    "The end of a cell is set in the release. For least-value the old limit was "
                    f"{was} and is 0 now; what counts is that ours is {least}.",
                    "Drop the one, redo the other by hand, refresh all, and take them off again.",
                    duration=2.0,
                ),
                do(
                    f"rm -rf /tmp/ours && cp -r {at} /tmp/ours && cd /tmp/ours && for p in $(cat "
                    "patches/series); do patch -p1 -F0 -i patches/$p; done && make -s -B tally && "
                    f'"$PWD/tally" < {given} > {there}',
                    "The stack is refreshed and popped.",
                    "Apply it to a copy without any fuzz, build that and run it.",
                    duration=2.0,
                ),
                look(
                    f"cd {at} && tail -n 3 {there}; grep -c . patches/series; ls patches . && "
                    "diffstat patches/*.patch",
                    "The patches that are left should apply in order, with no traces of quilt.",
                    "Look at the result and at what lies in the folders.",
                ),
            ],
            wrong=[
                Wrong(
                    "a patch that is no longer needed is kept",
                    command=f"cd {at} && echo end-of-cell.patch >> patches/series",
                ),
                Wrong(
                    "a patch still needs fuzz",
                    path=f"{folder}/say-too-many.patch",
                    content=patches["say-too-many.patch"].encode(),
                ),
                Wrong(
                    "the descriptions are lost",
                    command=f"cd {at} && sed -i '1,/^$/d' patches/flush-output.patch",
                ),
                *source.result(target, least=least + 1).as_wrong("another limit"),
                *source.result(target).as_wrong("the output of the bare release"),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=2,
                    command=f"cd {at} && cp -r . /tmp/all && cd /tmp/all && quilt push -a",
                    symptom=r"does not apply|can be reverse-applied|FAILED",
                    diagnosis="The stack as it is cannot be pushed; the patches have to be dealt "
                    "with one by one.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"cd {at} && quilt rebase",
                    symptom=r"not found|[Uu]sage|nrecognized|not a",
                    diagnosis="There is no such command; pushing and refreshing is the way.",
                ),
            ],
        )


def _diff(name: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(lines)


def _checks(
    source: Project,
    kept: list[str],
    stack: dict[str, tuple[str, str]],
    final: dict[str, str],
    least: int,
) -> list[Check]:
    """The stack applies cleanly to the release and leads to the expected sources."""
    root = quoted(source.path)
    clean = (
        f"at=$(mktemp -d)\ncp -r {root} $at/copy\ncd $at/copy\ncat patches/series\n"
        "ls -A patches | sort\nfor p in $(cat patches/series); do head -n 1 patches/$p; "
        'patch -p1 -F0 -f -i patches/$p > $at/log || echo "$p fails"; grep -E '
        "'offset|fuzz|FAILED' $at/log || true; sed -n 's|^+++ [^/]*/\\([^ \\t]*\\).*|\\1|p' "
        f"patches/$p; done\nsha256sum {' '.join(sorted(final))}\n"
    )
    listing = "".join(f"{name}\n" for name in kept)
    listing += "".join(f"{name}\n" for name in sorted([*kept, "series"]))
    listing += "".join(f"{stack[name][1]}\n{stack[name][0]}\n" for name in kept)
    for name, text in sorted(final.items()):
        listing += f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
    return [
        shell_prints(
            clean,
            listing,
            about=f"The patches of {source.path} apply without fuzz and do what they say.",
            paths=[f"{source.path}/patches"],
            key="applies",
            weight=4.0,
        ),
    ]
