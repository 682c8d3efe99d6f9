"""A wrapper that repeats what fails for the time being, written and used."""

from __future__ import annotations

import hashlib

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Tree,
    Unsuitable,
    World,
    Wrong,
    byte_sorted,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.tabular import differing

HANDOVER = """#!/bin/sh
# Hands a file over to the partner: @name@ FILE
# Ends with 0 when it is accepted, 75 when the line is busy (try again), 65 when it is refused.
[ $# -eq 1 ] && [ -r "$1" ] || { echo "usage: @name@ FILE" >&2; exit 64; }
sum=$(md5sum < "$1" | cut -c 1-2)
case $sum in
  @refused@?) echo "refused: $1" >&2; exit 65 ;;
esac
state=${HANDOVER_STATE:-/tmp/.@key@-handover}
mkdir -p "$state"
number=$(md5sum < "$1" | cut -c 1-32)
printf x >> "$state/$number"
busy=$(printf '%d' "0x${sum#?}")
if [ "$(wc -c < "$state/$number")" -le $((busy % 6)) ]; then
  echo "line busy" >&2
  exit 75
fi
rm -f "$state/$number"
"""
WRAPPER = """#!/bin/bash
# Repeats a command while it ends with 75.
usage() { echo "usage: ${0##*/} [-n ATTEMPTS] [-d SECONDS] [-r FILE] COMMAND..." >&2; exit 64; }
attempts=3 delay=1 record=
while getopts n:d:r: option; do
  case $option in
    n) attempts=$OPTARG ;;
    d) delay=$OPTARG ;;
    r) record=$OPTARG ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
[[ $# -gt 0 && $attempts =~ ^[1-9][0-9]*$ && $delay =~ ^[0-9]+([.][0-9]+)?$ ]] || usage

made=0 code=75
while [ "$code" -eq 75 ] && [ "$made" -lt "$attempts" ]; do
  if [ "$made" -gt 0 ]; then
    sleep "$delay"
    delay=$(awk -v last="$delay" 'BEGIN { print last * 2 }')
  fi
  made=$((made + 1)) code=0
  "$@" || code=$?
done
if [ -n "$record" ]; then echo "$made" > "$record"; fi
exit "$code"
"""
#: Stands in for the command and for sleep in the trial; both write down what they are given.
FAKES = """cat > work <<'END'
#!/bin/sh
printf '[%s]' "$@" >> calls; echo >> calls
code=$(head -n 1 codes); sed -i 1d codes
exit "$code"
END
mkdir bin
cat > bin/sleep <<'END'
#!/bin/sh
awk -v given="$1" 'BEGIN { printf "sleep %g\\n", given }' >> calls
END
chmod +x work bin/sleep
export PATH="$PWD/bin:$PATH"
"""
COLUMNS = (Column("file", "file"), Column("attempts", "count"), Column("outcome", "status"))


class RetryFlakyHandover(Recipe):
    """One row a file: how many attempts the handover took and how it ended."""

    needs = (Pattern.of("tree", content="documents", condition=("tidy", "misnamed")),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "bash",
        "cat",
        "chmod",
        "cut",
        "find",
        "head",
        "mktemp",
        "rm",
        "shellcheck",
        "sort",
        "tail",
        "uniq",
        "wc",
    )
    packages = ("shellcheck",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        if any(set(file.name) & set(',"\n') or file.target for file in source.files):
            raise Unsuitable("a name would need quotes in the table")
        sums = {file.name: hashlib.md5(file.content).hexdigest() for file in source.files}
        if len(set(sums.values())) < len(sums):
            raise Unsuitable("two files of the same content would share their attempts")
        refused = draw.choice([value[0] for value in sums.values()])
        most = draw.integer(3, 4)
        names = byte_sorted(sums)
        rows = [outcome(name, sums[name], refused, most) for name in names]
        if len({row[2] for row in rows}) < 3:
            raise Unsuitable("not every outcome occurs")
        program = world.input(draw, ["hand_over", "transmit", "deliver"], ".sh")
        script = world.output(draw, ["retry", "again", "persist"], ".sh")
        target = world.output(draw, ["handover", "delivery_record", "transmissions"], ".csv")
        result = summary(target, "record of the handover", COLUMNS, rows)
        text = HANDOVER.replace("@name@", program.rpartition("/")[2])
        text = text.replace("@key@", world.theme.key).replace("@refused@", refused)
        here, there, tool, send = (quoted(path) for path in (source.path, target, script, program))
        loop = (
            f"record=$(mktemp)\n"
            f"(cd {here} && find . -type f -printf '%P\\0' | LC_ALL=C sort -z) |\n"
            "  while IFS= read -r -d '' name; do\n"
            "    code=0\n"
            f'    bash {tool} -n {most} -d 0.01 -r "$record" {send} {here}/"$name" \\\n'
            "      2> /dev/null < /dev/null || code=$?\n"
            "    case $code in 0) end=accepted ;; 65) end=refused ;; *) end=busy ;; esac\n"
            '    echo "$name,$(cat "$record"),$end"\n'
            f"  done > {there}.part\n"
            f"(echo file,attempts,outcome; cat {there}.part) > {there}\n"
            f'rm {there}.part "$record"'
        )
        rules = (
            "It takes `[-n ATTEMPTS] [-d SECONDS] [-r FILE] COMMAND...`, by default `3` attempts "
            "and `1` second; it runs the command, repeats it while it ends with `75`, waits the "
            "given seconds (fractions are allowed) before the second attempt and twice as long "
            "before each further one (by the `sleep` that `PATH` finds), ends with the last exit "
            "code, and writes the number of attempts into the file of `-r`. No command, an unknown "
            "option, or numbers that make no sense (`0` attempts, too) end it with `64` and a "
            "message on standard error."
        )
        table = (
            "with the header `file,attempts,outcome`, names relative to the folder and in byte "
            "order, the outcome `accepted`, `refused` (exit code `65`) or `busy`"
        )
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(program, text.encode(), mode=0o755)],
            request=[
                f"The line over which `{program}` hands a file to our partner is often busy. Write "
                f"`{script}`, an executable bash script that is patient in our place. {rules} With "
                f"it, hand over each file in `{source.path}` once, in at most `{most}` attempts "
                f"each (make the waits short), and record that in `{target}`: CSV {table}.",
                f"Every file in `{source.path}` has to go through `{program}`, which fails "
                f"now and then, so we want a wrapper, the executable bash script `{script}`. "
                f"{rules} Send every file once through it, with up to `{most}` attempts and waits "
                f"as short as you like, and keep a CSV file `{target}` of it {table}.",
            ],
            steps=[
                look(
                    f"cat {send}; find {here} -type f | wc -l; find {here} -type f | head -n 8",
                    "It matters which failures pass and which do not.",
                    "Read the program for its exit codes, and see the files.",
                ),
                do(
                    f"cat > {tool} <<'WRAPPER'\n{WRAPPER}WRAPPER\nchmod 755 {tool}",
                    "75 is worth another attempt, 65 never is. The program keeps count of "
                    "attempts, so every file may be sent only once.",
                    "Write the wrapper; it passes the command on word by word.",
                    duration=1.0,
                ),
                look(
                    f"shellcheck {tool}; bash {tool} -n 0 true || echo code $?; "
                    f"bash {tool} -n 2 -d 0.01 bash -c 'exit 75' || echo code $?; "
                    f"bash {tool} bash -c 'exit 7' || echo code $?",
                    "I try it on harmless commands before it touches the line.",
                    "Lint it, and see three exit codes come back.",
                    duration=0.6,
                ),
                do(
                    loop,
                    "The wrapper does what it should; a failure must not stop the loop.",
                    "Hand over file by file and record attempts and outcome.",
                    duration=3.0,
                ),
                look(
                    f"tail -n +2 {there} | cut -d , -f 2,3 | sort | uniq -c; head -n 8 {there}",
                    "There should be one row for each file.",
                    "Count rows by attempts and outcome.",
                ),
            ],
            checks=[
                shell_prints(
                    trial(tool),
                    TRIAL_TEXT,
                    about=f"{script} repeats, waits and gives up as agreed.",
                    paths=[script],
                    key="trial",
                    weight=2.0,
                )
            ],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "one attempt more was allowed",
                            result.with_rows(outcome(n, sums[n], refused, most + 1) for n in names),
                        ),
                        (
                            "what was refused was repeated",
                            result.with_rows(
                                (r[0], str(most), r[2]) if r[2] == "refused" else r for r in rows
                            ),
                        ),
                        (
                            "repetitions instead of attempts",
                            result.with_rows((r[0], str(int(r[1]) - 1), r[2]) for r in rows),
                        ),
                    ],
                ),
                Wrong(
                    "the wait stays the same",
                    path=script,
                    content=WRAPPER.replace("last * 2", "last").encode(),
                ),
                Wrong(
                    "every failure is repeated",
                    path=script,
                    content=WRAPPER.replace('"$code" -eq 75', '"$code" -ne 0').encode(),
                ),
                Wrong(
                    "words of the command are taken apart",
                    path=script,
                    content=WRAPPER.replace('  "$@" ||', "  $* ||").encode(),
                ),
                Wrong(
                    "it waits after the last attempt, too",
                    path=script,
                    content=WRAPPER.replace(
                        '  "$@" || code=$?\n',
                        '  "$@" || code=$?\n  [ "$code" -ne 75 ] || sleep "$delay"\n',
                    ).encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command=f"bash {tool} -n many true",
                    symptom=r"usage: .* COMMAND",
                    diagnosis="The number of attempts has to be a number.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"timeout --retries {most} 5 {send} /dev/null",
                    symptom=r"unrecognized option '--retries'",
                    diagnosis="timeout limits the time of one run and repeats nothing.",
                ),
            ],
        )


def outcome(name: str, digest: str, refused: str, most: int) -> Row:
    """The row of a file, from its content's digest, as the program decides by it."""
    if digest[0] == refused:
        return (name, "1", "refused")
    busy = int(digest[1], 16) % 6
    return (name, str(min(busy + 1, most)), "accepted" if busy < most else "busy")


def trial(tool: str) -> str:
    """A bash script that wraps a command whose exit codes are laid down, and shows its calls."""
    return f"""at=$(mktemp -d); trap 'rm -rf "$at"' EXIT; cd "$at"
{FAKES}
try() {{
  printf '%s\\n' $1 > codes; shift; : > calls; code=0
  {tool} "$@" 2> err || code=$?
  echo "exit $code"; test ! -s err || echo told; cat calls
}}
try '75 75 0' ./work 'a b' '*' ''
try '75 75 75 75 75 0' -n 5 -d 0.5 ./work
try '75 65 0' -r made -n 4 ./work -n 1
cat made
try '3' ./work
try '75 75' -d 2 -n 1 -r made ./work
cat made
try 0
try 0 -n 0 ./work
try 0 -n x ./work
try 0 -d -1 ./work
try 0 -q ./work"""


TRIAL_TEXT = """exit 0
[a b][*][]
sleep 1
[a b][*][]
sleep 2
[a b][*][]
exit 75
[]
sleep 0.5
[]
sleep 1
[]
sleep 2
[]
sleep 4
[]
exit 65
[-n][1]
sleep 1
[-n][1]
2
exit 3
[]
exit 75
[]
1
exit 64
told
exit 64
told
exit 64
told
exit 64
told
exit 64
told
"""
