"""Repair a script that loses updates when workers run it at the same time, and use it."""

from __future__ import annotations

from collections import Counter

from shellwright.recipe import (
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Table,
    Unsuitable,
    World,
    Wrong,
    byte_sorted,
    do,
    look,
    quoted,
    shell_prints,
)

#: Adds a part to the totals; several of them at a time lose additions.
SCRIPT = """#!/bin/bash
# Adds the counts of a part to the totals: @name@ PART TOTALS
# Both are lines of name, tab, number; the totals are kept sorted by name.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: ${0##*/} PART TOTALS" >&2; exit 64; }
[ -r "$1" ] || { echo "${0##*/}: cannot read $1" >&2; exit 66; }
touch "$2"
sum=$(cat "$1" "$2" | awk -F '\\t' '{ n[$1] += $2 } END { for (k in n) print k "\\t" n[k] }')
sleep 0.05
printf '%s\\n' "$sum" | LC_ALL=C sort > "$2"
"""
GUARDED = """#!/bin/bash
# Adds the counts of a part to the totals: @name@ PART TOTALS
# Both are lines of name, tab, number; the totals are kept sorted by name.
# Several may run at a time: TOTALS.lock is locked from the first read to the replacement.
# @WAIT@ says how many seconds to wait for it (@wait@).
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: ${0##*/} PART TOTALS" >&2; exit 64; }
[ -r "$1" ] || { echo "${0##*/}: cannot read $1" >&2; exit 66; }
exec 9>> "$2.lock"
flock -w "${@WAIT@:-@wait@}" 9 || { echo "${0##*/}: $2 is busy" >&2; exit 75; }
[ -e "$2" ] || : > "$2"
part=$(mktemp "$2.XXXXXX")
trap 'rm -f -- "$part"' EXIT
cat "$1" "$2" | awk -F '\\t' '{ n[$1] += $2 } END { for (k in n) print k "\\t" n[k] }' |
  LC_ALL=C sort > "$part"
chmod 644 "$part"
mv -- "$part" "$2"
"""
#: A part while somebody else holds the lock, another one that waits for it, then many at once.
TRIAL = """work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf 'a b\\t2\\nc\\t1\\n' > one
printf 'c\\t40\\n' > totals
hold() {
  rm -f held release
  flock -o totals.lock bash -c 'touch held; until [ -e release ]; do sleep 0.02; done' &
  until [ -e held ]; do sleep 0.02; done
}
hold
code=0
@WAIT@=0.1 timeout 9 bash @tool@ one totals 2> message || code=$?
echo "busy $code, $(wc -l < totals) line, $(test -s message && echo told)"
touch release
wait
hold
@WAIT@=9 bash @tool@ one totals &
sleep 0.4
printf 'c\\t90\\n' > totals
touch release
wait
cat totals
for k in $(seq 8); do
  printf 'a b\\t%d\\nx%d\\t1\\n' "$k" $((k % 3)) > "part$k"
  @WAIT@=9 bash @tool@ "part$k" fresh &
done
wait
cat fresh
for arguments in one 'nowhere totals' 'one totals more'; do
  code=0
  bash @tool@ $arguments 2> /dev/null || code=$?
  echo "refused $code"
done
rm -f held release message one part?
find . -type f | grep -vE '^./(totals|fresh)([.]lock)?$' || true
"""
TRIAL_TEXT = """busy 75, 1 line, told
a b\t2
c\t91
a b\t36
x0\t2
x1\t3
x2\t3
refused 64
refused 66
refused 64
"""
#: Reads before it has the lock.
LATE = GUARDED.replace("exec 9>>", 'touch "$2"; sum=$(cat "$1" "$2")\nexec 9>>').replace(
    'cat "$1" "$2" | awk', "printf '%s\\n' \"$sum\" | awk"
)


class GuardSharedTotals(Recipe):
    """The totals of all parts, by a script that several workers can run at a time."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent="full",
        ),
    )
    gives = (Pattern.of("report", format="text"),)
    tools = ("awk", "cat", "chmod", "datamash", "diff", "find", "flock", "ls", "mktemp", "nproc",
             "parallel", "rm", "shellcheck", "sort", "tail", "wc")  # fmt: skip
    packages = ("datamash", "diffutils", "parallel", "shellcheck")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not world.focus_is_given():
            raise Unsuitable("the parts are there before the table is")
        if not source.has("category", "count"):
            raise Unsuitable("no counts by category")
        group, count = source.name("category"), source.name("count")
        pairs = list(zip(source.values("category"), source.values("count"), strict=True))
        if len(pairs) < 24 or any({*name} & {*"\t\\"} for name, _ in pairs):
            raise Unsuitable("too few records")
        number = draw.integer(8, 12)
        parts = {
            f"desk-{n + 1:02d}.tsv": "".join(f"{a}\t{b}\n" for a, b in pairs[n::number])
            for n in range(number)
        }
        folder = world.input(draw, ["desks", "parts", "shares"])
        old = world.input(draw, ["tally", "add_up", "add_part"], ".sh")
        script = world.output(draw, ["tally_safe", "add_locked", "guarded_tally"], ".sh")
        target = world.output(draw, ["totals", "shared_totals", "grand_totals"], ".tsv")
        sums: Counter[str] = Counter()
        for name, value in pairs:
            sums[name] += int(value)
        names = byte_sorted(sums)
        result = Report(
            path=target,
            noun="shared totals",
            value=[f"{name}\t{sums[name]}" for name in names],
            format="text",
        )
        wait, variable = draw.choice(("5", "8", "10")), draw.choice(("TALLY_WAIT", "LOCK_WAIT"))

        def named(text: str, path: str) -> str:
            named = text.replace("@name@", path.rpartition("/")[2])
            return named.replace("@wait@", wait).replace("@WAIT@", variable)

        here, there, tool, broken = (quoted(path) for path in (folder, target, script, old))
        first = parts["desk-01.tsv"].splitlines()
        lost = list(result.value)
        lost[0] = f"{names[0]}\t{sums[names[0]] - int(first[0].split(chr(9))[1])}"
        rule = (
            "the exclusive `flock` lock on the file `TOTALS.lock` (the name of the totals with "
            "`.lock`), which other programs of ours take as well, is held from before the totals "
            f"are read until they are replaced; if it cannot be had within `{wait}` seconds, or "
            f"those that the environment variable `{variable}` names (fractions too), the script "
            "gives up with exit code `75`, a message on standard error and nothing changed; the "
            "totals are "
            "replaced by renaming a finished file in the same folder, and no other files stay; "
            "arguments, exit codes and everything else are as before"
        )
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry.folder(folder),
                *[Entry(f"{folder}/{name}", text.encode()) for name, text in parts.items()],
                Entry(old, named(SCRIPT, old).encode(), mode=0o755),
            ],
            checks=[
                shell_prints(
                    named(TRIAL.replace("@tool@", tool), script),
                    TRIAL_TEXT,
                    about=f"{script} waits for the lock, gives up in time and loses nothing.",
                    paths=[script],
                    key="trial",
                    weight=2.0,
                ),
                shell_prints(
                    f"stat -c %A {tool} | cut -c 4",
                    "x\n",
                    about=f"{script} is executable.",
                    paths=[script],
                    key="mode",
                ),
            ],
            request=[
                f"Our desks add their shares of the `{count}` by `{group}` in `{source.path}` to "
                f"common totals with `{old}`, and "
                "since they do it at the same time, additions get lost. Write a version that can "
                f"be run by many at once, `{script}`, executable and for bash: {rule}. "
                f"With it, add up all `.tsv` files in `{folder}`, each once and starting from "
                f"nothing, into `{target}`.",
                f"`{old}` adds a part to a file of totals (the parts hold the `{count}` by "
                f"`{group}` from `{source.path}`), but when several desks run it together the "
                f"sums come out too low. I need `{script}`, an executable bash script that does "
                f"the same safely: {rule}. Leave the old one where it is. Then produce new "
                f"totals in `{target}` from the `.tsv` files in `{folder}`, each of which "
                "has to be in there exactly once.",
            ],
            steps=[
                look(
                    f"cat {broken}; ls {here}",
                    "Where can an addition get lost between two runs?",
                    "Read the script and list the parts.",
                ),
                look(
                    f"ls {here} | wc -l; cat {here}/desk-01.tsv | tail -n 3",
                    "How many parts are there, and what do they look like?",
                    "Count the parts and read the end of one.",
                ),
                look(
                    f"cd {here} && cat *.tsv | datamash sum 2; for n in 1 2 3; do\n"
                    f"  ls *.tsv | parallel -j 8 bash {broken} {{}} /tmp/lossy\n"
                    # A reader that takes lines as they come: one may be torn.
                    "  awk -F '\\t' '{ n += $2 } END { print n }' /tmp/lossy; rm -f /tmp/lossy\n"
                    "done",
                    "It reads, computes and then writes: whoever reads in between loses. I want to "
                    "see it happen.",
                    f"Run the {number} parts at once, three times, away from the real totals.",
                    1.5,
                ),
                do(
                    f"cat > {tool} <<'SCRIPT'\n{named(GUARDED, script)}SCRIPT\nchmod 755 {tool}",
                    "The lock must be there before the first read, on a file of its own, because "
                    "the totals are replaced.",
                    "Write the guarded version.",
                    1.0,
                ),
                look(
                    f'shellcheck {tool}; work=$(mktemp -d); cd "$work" && {variable}=0.2 flock '
                    "t.lock "
                    f'bash {tool} {here}/desk-01.tsv t || echo code $?; ls -A; rm -r "$work"',
                    "Somebody else holding the lock must be enough to stop it.",
                    "Lint it, and run it while the lock is taken.",
                    1.5,
                ),
                do(
                    f"find {here} -name '*.tsv' | parallel -j \"$(nproc)\" bash {tool} {{}} "
                    f"{there}",
                    "It gives up with 75 and leaves nothing behind, as it should.",
                    "Add up all parts, as many at a time as there are processors; 75 may be tried "
                    "again.",
                    1.0,
                ),
                look(
                    f"cat {here}/*.tsv | datamash -s -g 1 sum 2 | LC_ALL=C sort | diff - {there} "
                    f"&& wc -l {there}",
                    "Are the sums the same as in one pass over all parts?",
                    "Compare with a sum that nobody shares.",
                ),
            ],
            wrong=[
                Wrong(
                    "an addition is lost",
                    path=target,
                    content="".join(f"{line}\n" for line in lost).encode(),
                ),
                Wrong("the old script", path=script, content=named(SCRIPT, script).encode()),
                Wrong(
                    "the totals themselves are locked",
                    path=script,
                    content=named(GUARDED.replace('"$2.lock"', '"$2"'), script).encode(),
                ),
                Wrong("read before the lock", path=script, content=named(LATE, script).encode()),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command="bash -c 'flock -w 1 9 && echo locked'",
                    symptom=r"Bad file descriptor",
                    diagnosis="The descriptor has to be opened on the lock file first.",
                ),
                Mistake(
                    "hallucination",
                    before=5,
                    command=f"parallel --retry-on 75 bash {tool} ::: {here}/desk-01.tsv",
                    symptom=r"Unknown option: retry-on",
                    diagnosis="There is no such option; --retries exists, but waiting is enough.",
                ),
            ],
        )
