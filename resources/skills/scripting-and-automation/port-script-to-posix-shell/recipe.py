"""A bash script, ported to the POSIX shell and used."""

from __future__ import annotations

import re

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Log,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.tabular import differing

BASHISMS = r"""#!/bin/bash
# Problems by component of a service log.
set -u
quiet=0
if [[ ${1-} == -q ]]; then quiet=1; shift; fi
if (( $# != 1 )); then echo "usage: ${0##*/} [-q] LOG" >&2; exit 2; fi
if [[ ! -r $1 ]]; then echo "${0##*/}: cannot read $1" >&2; exit 3; fi

declare -A errors warnings latest
pattern='^([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}) ([A-Z]+) \[([^]]+)\] '
while IFS= read -r line || [[ -n $line ]]; do
  [[ $line =~ $pattern ]] || continue
  stamp=${BASH_REMATCH[1]} level=${BASH_REMATCH[2],,} part=${BASH_REMATCH[3]}
  : "${errors[$part]:=0}" "${warnings[$part]:=0}"
  case $level in
    error) (( errors[$part]++ )) ;;
    warning) (( warnings[$part]++ )) ;;
    *) continue ;;
  esac
  latest[$part]=${stamp:11:5}
done < "$1"

(( quiet )) || echo $'component\terrors\twarnings\tlatest'
readarray -t parts < <(printf '%s\n' "${!errors[@]}" | LC_ALL=C sort)
for part in "${parts[@]}"; do
  printf '%s\t%d\t%d\t%s\n' "$part" "${errors[$part]}" "${warnings[$part]}" "${latest[$part]:--}"
done
"""
PORT = r"""#!/bin/sh
# Problems by component of a service log.
set -u
quiet=0
if [ "${1-}" = -q ]; then quiet=1; shift; fi
if [ $# -ne 1 ]; then echo "usage: ${0##*/} [-q] LOG" >&2; exit 2; fi
if [ ! -r "$1" ]; then echo "${0##*/}: cannot read $1" >&2; exit 3; fi

[ "$quiet" -eq 1 ] || printf 'component\terrors\twarnings\tlatest\n'
LC_ALL=C awk '
  /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9:]+ [A-Z]+ \[[^]]+\] / && $2 ~ /^........$/ {
    part = substr($0, index($0, "[") + 1)
    part = substr(part, 1, index(part, "]") - 1)
    seen[part]
    if ($3 == "ERROR") errors[part]++
    else if ($3 == "WARNING") warnings[part]++
    else next
    latest[part] = substr($2, 1, 5)
  }
  END {
    for (part in seen)
      printf "%s\t%d\t%d\t%s\n", part, errors[part], warnings[part],
        part in latest ? latest[part] : "-"
  }' < "$1" | LC_ALL=C sort
"""
EVENT = re.compile(r"^(\d{4}-\d\d-\d\d [0-9:]{8}) ([A-Z]+) \[([^]]+)\] ")
COLUMNS = (
    Column("component", "category"),
    Column("errors", "count"),
    Column("warnings", "count"),
    Column("latest", "time"),
)
TRIAL = (
    "service starts [1]",
    "2026-01-05 07:00:01 INFO [quiet one] (aa01f3) 100% done \\n",
    "2026-01-05 07:03:09 ERROR [night shift] (aa01f4) cannot write C:\\temp",
    "Traceback (most recent call last):",
    "  2026-01-05 07:03:10 ERROR [indented] (aa01f5) no event",
    "2026-01-05 08:10:59 WARNING [night shift] (aa01f6) slow [retry] reply",
    "2026-01-05 08:11:00 DEBUG [night shift] (aa01f7) fine again",
    "2026-01-05 08:12:00 error [lower] (aa01f8) levels are in capitals",
    "2026-01-05 09:45:30 ERROR [zeta] (aa01f9) *",
    "2026-01-05 10:59:59 ERROR [alpha] (aa01fa) the last line has no end",
)


class PortScriptToPosixShell(Recipe):
    """What a bash script says about a log is there, from a port that plain shells run."""

    needs = (Pattern.of("log", format="service", storage="plain"),)
    gives = (Pattern.of("table", format="tsv", condition="clean", shape="summary"),)
    tools = (
        "bash", "cat", "chmod", "dash", "diff", "grep", "head", "shellcheck", "sort", "uniq",
    )  # fmt: skip
    packages = ("shellcheck",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Log)
        rows = problems(source.lines())
        if len(rows) < 2:
            raise Unsuitable("hardly any component")
        old = world.input(draw, ["problems", "log_problems", "trouble"], ".sh")
        new = world.output(draw, ["problems", "log_problems", "trouble"], ".sh")
        target = world.output(draw, ["problems", "trouble", "by_component"], ".tsv")
        result = summary(target, "problems by component", COLUMNS, rows, "tsv")
        here, there = quoted(source.path), quoted(target)
        was, now = quoted(old), quoted(new)
        wrong_port = PORT.replace("[^]]+\\] / &&", "[^] ]+\\] / &&")
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(old, BASHISMS.encode(), mode=0o755)],
            request=[
                f"The bash script `{old}` counts problems in a log such as `{source.path}`. The "
                "machine it moves to has no bash, so write "
                f"`{new}`, executable and beginning with `#!/bin/sh`: same option, same output, "
                "same exit codes, messages on standard error where the old one has them. It has "
                "to run under `dash`, and `shellcheck` must find nothing of severity `warning` or "
                f"above in it. Put what it says about that log, with the header, into `{target}`.",
                f"Please port `{old}` from bash to the POSIX shell as `{new}` (first line "
                "`#!/bin/sh`, executable). It must behave as before under `dash`: the option, "
                "every line of output, the exit codes, and what goes to standard error. "
                "`shellcheck` should not report anything of level `warning` or worse. Then save "
                f"its output for `{source.path}`, header included, as `{target}`; the old script "
                "stays.",
            ],
            steps=[
                look(
                    f"cat {was}",
                    "What the port has to do is what this script does, edge cases included.",
                    "Read the old script.",
                ),
                look(
                    f"shellcheck -s sh -f gcc {was} | grep -o 'In POSIX.*' | sort | uniq -c; "
                    f"grep -c '' {here}; dash {was} {here} | head -n 3",
                    "Maps, patterns, arithmetic commands and substitutions of processes are not "
                    "POSIX.",
                    "List what a plain shell does not know, and see how it fails.",
                    duration=0.5,
                    fails=True,
                ),
                do(
                    f"cat > {now} <<'PORT'\n{PORT}PORT\nchmod 755 {now}",
                    "The loop with its three maps is one awk program; the rest is a matter of "
                    "notation. A last line without an end still counts.",
                    "Write the port.",
                    duration=1.0,
                ),
                do(
                    f"dash {now} {here} > {there}",
                    "The script is written; now the log itself.",
                    "Run the port under dash and keep its output.",
                ),
                look(
                    f"shellcheck -S warning {now}; bash {was} {here} | diff - {there} && "
                    f"cat {there}; dash {now} || echo code $?; dash {now} /nowhere || echo code $?",
                    "Old and new have to agree, in the refusals as well.",
                    "Lint the port, compare both outputs, and try wrong calls.",
                    duration=0.7,
                ),
            ],
            checks=[
                shell_prints(
                    trial(now),
                    trial_text(),
                    about=f"{new} runs under dash as the old script ran under bash.",
                    paths=[new],
                    key="trial",
                    weight=2.0,
                ),
                shell_prints(
                    f"head -n 1 {now}; test -x {now}\nshellcheck -S warning -f gcc {now}",
                    "#!/bin/sh\n",
                    about=f"{new} is an executable for sh in which the linter finds no fault.",
                    paths=[new],
                    key="lint",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "warnings count as errors",
                            result.with_rows(
                                (r[0], str(int(r[1]) + int(r[2])), *r[2:]) for r in rows
                            ),
                        ),
                        (
                            "the latest event of any level",
                            result.with_rows(problems(source.lines(), any_level=True)),
                        ),
                    ],
                ),
                Wrong("the bash script under a new name", path=new, content=BASHISMS.encode()),
                Wrong("components end at a blank", path=new, content=wrong_port.encode()),
                Wrong(
                    "usage goes to standard output",
                    path=new,
                    content=PORT.replace(" >&2; exit 2", "; exit 2").encode(),
                ),
                Wrong("it cannot be executed", command=f"chmod 600 {now}"),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"dash {was} {here}",
                    symptom=r"declare: not found|Bad substitution|Syntax error",
                    diagnosis="Running it under dash does not make it POSIX; the constructs have "
                    "to be replaced.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"shellcheck --fix -s sh {was}",
                    symptom=r"unrecognized option `--fix'",
                    diagnosis="shellcheck only reports; it does not rewrite scripts.",
                ),
            ],
        )


def problems(lines: list[str], *, any_level: bool = False) -> list[Row]:
    """Errors, warnings and the time of the latest of both for each component, by name."""
    found: dict[str, list[str]] = {}
    for line in lines:
        event = EVENT.match(line)
        if event is None:
            continue
        stamp, level, part = event.groups()
        row = found.setdefault(part, [part, "0", "0", "-"])
        if level in ("ERROR", "WARNING"):
            place = 1 if level == "ERROR" else 2
            row[place] = str(int(row[place]) + 1)
        if any_level or level in ("ERROR", "WARNING"):
            row[3] = stamp[11:16]
    return [tuple(found[part]) for part in sorted(found)]


def trial(tool: str) -> str:
    """A bash script that runs the port on a log of its own, and in ways that it refuses."""
    lines = "\n".join(TRIAL)
    return f"""at=$(mktemp -d); trap 'rm -rf "$at"' EXIT; cd "$at"
cat > whole <<'END'
{lines}
END
head -c -1 whole > 'a log'
try() {{
  code=0; dash {tool} "$@" 2> err || code=$?; echo "exit $code"; test ! -s err || echo told
}}
try 'a log'
try -q 'a log'
try
try -q
try 'a log' whole
try missing"""


def trial_text() -> str:
    """What that prints when the port behaves like the script."""
    rows = ["\t".join(row) for row in problems(list(TRIAL))]
    header = "\t".join(column.name for column in COLUMNS)
    lines = [header, *rows, "exit 0", *rows, "exit 0"]
    lines += ["exit 2", "told"] * 3 + ["exit 3", "told"]
    return "".join(f"{line}\n" for line in lines)
