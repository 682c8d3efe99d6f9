"""A script that opens an operator's console for all services in tmux."""

from __future__ import annotations

from shellwright.recipe import (
    Check,
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Snapshot,
    Unit,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.kinds.snapshot import unit_text
from shellwright.recipe.tabular import differing

SCRIPT = """#!/bin/bash
# @name@ UNITS SESSION: opens a console with a window for each service.
set -euo pipefail
export LC_ALL=C
if (( $# != 2 )); then
    echo "usage: @name@ UNITS SESSION" >&2
    exit 64
fi
units=$(realpath -- "$1") session=$2
if tmux has-session -t "=$session" 2> /dev/null; then
    exit 0
fi
number=@first@
for file in "$units"/*.service; do
    name=${file##*/}
    name=${name%.service}
    if (( number == @first@ )); then
        tmux new-session -d -s "$session" -n "$name" -x 160 -y 48 -c "$units" 'exec sleep 86400'
        tmux set-option -t "=$session:" history-limit @history@
        tmux set-option -t "=$session:" base-index @first@
        tmux move-window -r -t "=$session:"
    else
        tmux new-window -d -t "=$session:$number" -n "$name" -c "$units" 'exec sleep 86400'
    fi
    tmux set-option -w -t "=$session:$number" automatic-rename off
    tmux set-option -w -t "=$session:$number" remain-on-exit on
    tmux split-window -d @split@ -t "=$session:$number" -c "$units"
    tmux respawn-pane -k -t "=$session:$number" -c "$units" "cat '$name.service'"
    number=$(( number + 1 ))
done
tmux select-window -t "=$session:@first@"
"""


class OpenOperatorConsole(Recipe):
    """The script opens the console for any units, and its windows are listed for these."""

    needs = (Pattern.of("snapshot", of="units"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("bash", "cat", "chmod", "grep", "head", "ls", "sed", "sleep", "tmux", "wc")
    packages = ("tmux",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Snapshot)
        units = sorted(source.units, key=lambda unit: unit.name)
        if len(units) < 4 or any(len(unit.name) > 60 for unit in units):
            raise Unsuitable("too few services")
        first = draw.choice([1, 10, 100])
        history = draw.choice([5000, 8000, 20000])
        beside = draw.chance(0.5)
        session = draw.choice(["console", "desk", "night-shift", world.theme.key])
        tool = world.output(draw, ["open_console", "console", "operator"], ".sh")
        target = world.output(draw, ["windows", "console_windows", "layout"], ".csv")
        text = (
            SCRIPT.replace("@name@", tool.rpartition("/")[2])
            .replace("@first@", str(first))
            .replace("@history@", str(history))
            .replace("@split@", "-h" if beside else "-v")
        )
        columns = (
            Column("window", "rank"),
            Column("name", "name"),
            Column("panes", "count"),
            Column("lines", "count"),
        )

        def windows(start: int, panes: int, skip: int = 0) -> list[Row]:
            return [
                (str(n), unit.name.removesuffix(".service"), str(panes), str(shown(unit) - skip))
                for n, unit in enumerate(units, start)
            ]

        result = summary(target, "windows of the console", columns, windows(first, 2))
        head = ",".join(result.header)
        here, there, it = quoted(source.path), quoted(target), quoted(tool)
        where = "beside each other" if beside else "one above the other"
        rules = (
            "For each `.service` file there is a window, in byte order of the names, named like "
            f"the file without its ending, and numbered from `{first}`. A window has two panes, "
            f"{where}, both with the folder of units as their working directory: the "
            f"{'left' if beside else 'upper'} one has run `cat` on the service's file and stays "
            "when that has ended, so that its text can be read; the other one is an interactive "
            f"shell. The session has a size of 160 by 48 and a `history-limit` of `{history}`, "
            "set for this session only. Names of windows do not change by themselves, and the "
            "first window is the current one"
        )
        again = (
            "If there is a session of exactly that name already, it is left alone, with exit code "
            "`0`; called with other than two arguments, the script ends with `64`"
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Every shift sets up its tmux console by hand. Write an executable bash script "
                f"`{tool}`, called as `UNITS SESSION`, that opens a detached session of that name "
                f"for a folder of unit files like `{source.path}`, on tmux's default server. "
                f"{rules}. {again}. List what it opens for `{source.path}` in `{target}`, a CSV "
                f"with the header `{head}`: number and name of each window, its panes, and how "
                "many lines that are not blank the service's file has. Close the session again.",
                f"I would like our console to come up by itself: `{tool}` (bash, executable; "
                "arguments `UNITS SESSION`) is to open a detached tmux session for the unit files "
                f"in a folder such as `{source.path}`, on the default server. {rules}. {again}. "
                f"Try it with `{source.path}` and record the windows in `{target}`: CSV, header "
                f"`{head}`, a row a window in order with its number, name, count of panes, and "
                "the count of lines in its service's file that are not blank. Leave no session "
                "behind.",
            ],
            steps=[
                look(
                    f"ls {here}; cat {here}/{units[0].name}; tmux -V; tmux ls",
                    "Which services are there, and is a console open already?",
                    "List the units, read one, and ask for sessions.",
                ),
                do(
                    f"cat > {it} <<'SCRIPT'\n{text}SCRIPT\nchmod 755 {it}",
                    f"The first window gets its number {first} only if the index is set for the "
                    "session and the windows are renumbered, as `-g` is not allowed. A pane that "
                    "ends before `remain-on-exit` is set would be gone, so it starts with a sleep.",
                    "Write the script.",
                    duration=1.2,
                ),
                do(
                    f"bash {it} {here} {session}\nsleep 0.5\n{{\n  echo {head}\n"
                    f"  tmux list-windows -t ={session} -F "
                    "'#{window_index} #{window_name} #{window_panes}' |\n"
                    "    while read -r number name panes; do\n"
                    f'      echo "$number,$name,$panes,$(grep -c . {here}/$name.service)"\n'
                    f"    done\n}} > {there}\ntmux kill-session -t ={session}",
                    f"{len(units)} windows with two panes each should open.",
                    "Open the console, list its windows, and close it.",
                    duration=1.5,
                ),
                look(
                    f"bash {it} {here} {session}; sleep 0.5; "
                    f"tmux list-panes -s -t ={session} -F '#{{window_index}}.#{{pane_index}} "
                    "#{pane_dead} #{pane_current_path} #{pane_width}x#{pane_height}' | head -n 4; "
                    f"tmux capture-pane -p -t ={session}:{first}.0 | grep -c .; "
                    f"tmux show-options -t ={session}: history-limit; bash {it} {here} {session}; "
                    f'echo "again $?"; tmux kill-session -t ={session}',
                    "Folders, sizes, the text of a dead pane, and a second call.",
                    "Look at the panes, call it again, and close the session.",
                ),
                look(
                    f"wc -l {there}; head -n 3 {there}; sed -n '$p' {there}; tmux ls",
                    "The list has to have a row for each service, and no session may be left.",
                    "Read the list.",
                ),
            ],
            checks=[opens(tool, first, history, beside, draw.child("trial"))],
            wrong=[
                *differing(
                    result,
                    [
                        ("numbered from 0", result.with_rows(windows(0, 2))),
                        ("one pane a window", result.with_rows(windows(first, 1))),
                        ("without the heading", result.with_rows(windows(first, 2, 1))),
                    ],
                ),
                Wrong(
                    "a second call builds again",
                    path=tool,
                    content=text.replace(
                        "    exit 0\n", '    tmux kill-session -t "=$2"\n'
                    ).encode(),
                ),
                Wrong(
                    "options for everybody",
                    path=tool,
                    content=text.replace(
                        'set-option -t "=$session:" history', "set-option -g history"
                    ).encode(),
                ),
                Wrong(
                    "panes the other way",
                    path=tool,
                    content=text.replace("split-window -d -h", "split-window -d -x")
                    .replace("split-window -d -v", "split-window -d -h")
                    .replace("split-window -d -x", "split-window -d -v")
                    .encode(),
                ),
                Wrong(
                    "panes close",
                    path=tool,
                    content=text.replace("remain-on-exit on", "remain-on-exit off").encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"tmux new-session -s {session}",
                    symptom=r"open terminal failed|sessions should be nested",
                    diagnosis="Without -d it wants a terminal for itself.",
                    recovery=f"tmux kill-session -t ={session} || true",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command="tmux new -d -s x; tmux list-tabs; tmux kill-session -t x",
                    symptom=r"unknown command: list-tabs",
                    diagnosis="They are called windows: list-windows.",
                ),
            ],
        )


def shown(unit: Unit) -> int:
    """How many lines of a unit's file are not blank."""
    return sum(bool(line) for line in unit_text(unit).splitlines())


def opens(tool: str, first: int, history: int, beside: bool, draw: Draw) -> Check:
    """A console for other units is as asked for, next to a session with a longer name."""
    names = sorted(draw.sample(("mail", "Web", "a.b", "queue-2", "cron_x"), 3))
    files = "".join(
        f"printf '[Unit]\\n# {name}\\n\\n\\nAfter=x\\n' > 'the units/{name}.service'\n"
        for name in names
    )
    # A program's end is known before the last of its output is drawn: hence the second wait below.
    form = "#{window_index} #{window_name} #{window_panes} #{window_width}x#{window_height}"
    panes = "#{pane_dead}"
    script = f"""at=$(mktemp -d); cd "$at"; unset TMUX
export TMUX_TMPDIR=$at TERM=screen HOME=$at SHELL=/bin/bash
trap 'tmux kill-server 2> /dev/null; rm -rf "$at"' EXIT
mkdir 'the units'; touch 'the units/notes.txt'
{files}tmux -f /dev/null new-session -d -s ops-old -x 80 -y 24 'sleep 60'
before=$(tmux show-options -g)
code=0; {quoted(tool)} 'the units' ops > log 2>&1 || code=$?; echo "code $code"
for _ in $(seq 30); do
  [ "$(tmux list-panes -s -t =ops -F '#{{pane_dead}}' | grep -c 1)" = {len(names)} ] && break
  sleep 0.1
done
tmux list-windows -t =ops -F '{form}'
tmux list-panes -s -t =ops -F '{panes}'
tmux list-panes -s -t =ops -F '#{{pane_current_path}}' | grep . | sort -u | sed 's,.*/,,'
tmux list-panes -s -t =ops -F '#{{pane_left}} #{{pane_top}}' | sort -u | wc -l
tmux list-panes -s -t =ops -F '#{{pane_{"top" if beside else "left"}}}' | sort -u
n={first}
for name in {" ".join(names)}; do
  one=$(tmux list-panes -t =ops:$n -F '#{{pane_dead}} #{{pane_id}}' | sort -r | head -n 1)
  for _ in $(seq 20); do
    line=$(tmux capture-pane -p -S - -t "${{one#* }}" | grep . | sed -n 2p || true)
    [ -z "$line" ] || break
    sleep 0.1
  done
  echo "$line"
  tmux show-options -w -v -t =ops:$n automatic-rename
  n=$(( n + 1 ))
done
tmux display-message -p -t =ops: '#{{window_index}}'
tmux show-options -v -t =ops: history-limit
[ "$before" = "$(tmux show-options -g)" ] && echo untouched
all=$(tmux list-panes -a -F '#{{pane_id}}')
code=0; {quoted(tool)} 'the units' ops > log 2>&1 || code=$?; echo "code $code"
[ "$all" = "$(tmux list-panes -a -F '#{{pane_id}}')" ] && echo same
code=0; {quoted(tool)} 'the units' > log 2>&1 || code=$?; echo "code $code\""""
    lines = ["code 0", *(f"{n} {name} 2 160x48" for n, name in enumerate(names, first))]
    lines += ["1", "0"] * len(names)
    lines += ["the units", "2", "0"]
    for name in names:
        lines += [f"# {name}", "off"]
    lines += [str(first), str(history), "untouched", "code 0", "same", "code 64"]
    return shell_prints(
        script,
        "".join(f"{line}\n" for line in lines),
        about=f"{tool} opens a console for other units, once.",
        paths=[tool],
        key="console",
        weight=2.0,
    )
