"""A spool folder of change orders, worked off by a script under a lock."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Settings,
    Tree,
    TreeFile,
    Unsuitable,
    World,
    Wrong,
    byte_sorted,
    do,
    look,
    quoted,
    shell_prints,
)
from shellwright.recipe.kinds.settings import READER

SCRIPT = r"""#!/bin/bash
# Applies the change orders of a spool folder to an INI file.
set -euo pipefail
export LC_ALL=C
if [ $# -ne 2 ] || [ ! -d "$1" ] || [ ! -f "$2" ]; then
  echo "usage: ${0##*/} SPOOL SETTINGS" >&2
  exit 64
fi
spool=$1 settings=$2
exec 9> "$settings.lock"
flock -n 9 || { echo "${0##*/}: somebody else is at work" >&2; exit 75; }

new=$(mktemp)
trap 'rm -f "$new"' EXIT
field() { grep -m 1 "^$1=" "$2" | cut -d = -f 2-; }

apply() {
  SECTION=$(field section "$1") && KEY=$(field key "$1") && VALUE=$(field value "$1") || return 1
  export SECTION KEY VALUE
  awk '
    /^\[.*\]$/ { inside = $0 == "[" ENVIRON["SECTION"] "]" }
    inside && !/^#/ && (at = index($0, "=")) {
      name = substr($0, 1, at - 1)
      gsub(/^[ \t]+|[ \t]+$/, "", name)
      if (name == ENVIRON["KEY"]) { print name " = " ENVIRON["VALUE"]; found = 1; next }
    }
    { print }
    END { exit !found }' "$settings" > "$new" && cat "$new" > "$settings"
}

finished=0 failed=0
shopt -s nullglob
for order in "$spool"/*.order; do
  if apply "$order"; then
    to=$spool/done finished=$((finished + 1))
  else
    to=$spool/failed failed=$((failed + 1))
  fi
  mkdir -p "$to"
  mv -- "$order" "$to/"
done
echo "$finished done, $failed failed"
[ "$failed" -eq 0 ]
"""
TRIAL_INI = """# keep me
[one]
port = 1
path = /a

[two words]
port = 2
"""
TRIAL = {
    "10.order": "section=one\nkey=port\nvalue=10\n",
    "9 b.order": "value=a = b; \\1 & $HOME\n# why\nkey=port\nsection=two words\n",
    "9.order": "section=one\nkey=port\nvalue=9\n",
    "A.order": "section=three\nkey=port\nvalue=4\n",
    "B.order": "section=one\nkey=por\nvalue=5\n",
    "C.order": "section=one\nkey=path\n",
    "D.order.part": "section=one\nkey=path\nvalue=/not\n",
}


class WorkOffChangeOrders(Recipe):
    """Settings carry what the orders in a spool folder say, and each order is filed."""

    needs = (Pattern.of("settings", condition="drifted"),)
    gives = (Pattern.of("settings", condition="agreed"),)
    tools = (
        "bash",
        "cat",
        "chmod",
        "find",
        "flock",
        "head",
        "ls",
        "sort",
        "tail",
        "wc",
    )
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Settings)
        spool = world.input(draw, ["spool", "orders", "queue"])
        script = world.output(draw, ["work_off", "apply_orders", "worker"], ".sh")
        orders = ordered(source, draw)
        values, failed = worked_off(source.values, orders)
        if values == source.values or len(failed) < 3:
            raise Unsuitable("the orders change nothing, or all of them can be carried out")
        result = dataclasses.replace(source, values=values, condition="agreed")
        before = Tree(
            path=spool,
            noun="change orders",
            files=tuple(TreeFile(name, text.encode()) for name, text in sorted(orders.items())),
        )
        after = before.with_files(file.renamed(filed(file.name, failed)) for file in before.files)
        here, queue, tool = quoted(source.path), quoted(spool), quoted(script)
        rules = (
            "It takes `SPOOL SETTINGS` and deals with the files named `*.order` in byte order of "
            "their names; others are still being written and stay. An order has lines "
            "`section=`, `key=` and `value=`, in any order, perhaps with comments; the value is "
            "all that follows the first equals sign. If that section has that key, it gets the "
            "value and the order moves to the subfolder `done`; if not, or if a line is missing, "
            "the order moves to `failed` as it is. Comments and all other settings stay. It prints "
            "a line such as `7 done, 2 failed` and ends with `1` if any failed, else with `0`; "
            "with `64` and a message on standard error if it is called wrongly, as with a folder "
            "or a file that is not there. While somebody holds an advisory lock (the one of "
            "`flock`) on the file `SETTINGS.lock` beside the settings, it ends at once with `75`, "
            "a message on standard error and nothing touched, and it holds that lock itself while "
            "it works."
        )
        wrong_values = [
            worked_off(source.values, {n: orders[n] for n in reversed(list(orders))}, False)[0],
            worked_off(source.values, {n.removesuffix(".part"): t for n, t in orders.items()})[0],
        ]
        return Move(
            focus=result,
            makes=[result, after],
            brings=before.entries(),
            request=[
                f"Changes to `{source.path}` arrive as orders in the folder `{spool}`, and from "
                f"now on a scheduler is to work them off with `{script}`, an executable bash "
                f"script that you write. {rules} Let it work off what lies there now.",
                f"Please write `{script}` (bash, executable), which carries out the change orders "
                f"that people drop into a folder. {rules} Then use it for the orders in `{spool}` "
                f"on the settings in `{source.path}`.",
            ],
            steps=[
                look(
                    f"ls {queue}; tail -n +1 {queue}/*.order | head -n 30; cat {here} | head -n 24",
                    "Orders may be incomplete, or name settings that do not exist.",
                    "Look at the folder, some orders, and the settings.",
                ),
                do(
                    f"cat > {tool} <<'SCRIPT'\n{SCRIPT}SCRIPT\nchmod 755 {tool}",
                    "The kernel keeps the lock for as long as the script lives. Values go to awk "
                    "through the environment, so that no sign in them is special.",
                    "Write the worker: lock first, then order by order.",
                    duration=1.2,
                ),
                look(
                    f"flock {here}.lock bash {tool} {queue} {here} || echo code $?; "
                    f"bash {tool} {queue} || echo code $?; ls {queue} | wc -l",
                    "I want to see that it keeps its hands off while the lock is taken.",
                    "Run it under the lock and with an argument missing.",
                    duration=0.5,
                ),
                do(
                    f"bash {tool} {queue} {here} || [ $? -eq 1 ]",
                    "It stands back as it should, and the orders are still waiting.",
                    "Work them off; some are expected to fail.",
                    duration=0.6,
                ),
                look(
                    f"find {queue} -type f | sort; cat {here} | head -n 40",
                    "Which orders failed, and did they have to?",
                    "See where the orders went, and read the settings.",
                ),
            ],
            checks=[
                shell_prints(
                    trial(tool),
                    trial_text(),
                    about=f"{script} works off another folder, and stands back from a lock.",
                    paths=[script],
                    key="trial",
                    weight=2.0,
                )
            ],
            wrong=[
                *(
                    answer
                    for name, other in zip(
                        ("the first order wins", "unfinished orders count"),
                        wrong_values,
                        strict=True,
                    )
                    if sorted(other) != sorted(values)
                    for answer in dataclasses.replace(result, values=other).as_wrong(name)
                ),
                Wrong(
                    "there is no lock",
                    path=script,
                    content=SCRIPT.replace("flock -n 9 ||", "true ||").encode(),
                ),
                Wrong(
                    "it waits for the lock",
                    path=script,
                    content=SCRIPT.replace("flock -n 9", "flock -w 2 9 || true").encode(),
                ),
                Wrong(
                    "it says nothing when it gives up",
                    path=script,
                    content=SCRIPT.replace(" >&2", " > /dev/null").encode(),
                ),
                Wrong(
                    "the value ends at an equals sign",
                    path=script,
                    content=SCRIPT.replace("-f 2-", "-f 2").encode(),
                ),
                Wrong("failed orders were thrown away", command=f"rm -r {queue}/failed"),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"flock --try {here}.lock true",
                    symptom=r"unrecognized option '--try'",
                    diagnosis="The option that does not wait is -n.",
                ),
                Mistake(
                    "verification",
                    before=3,
                    command=f"ls {queue}/done",
                    symptom=r"No such file or directory",
                    diagnosis="Nothing has been worked off yet; the worker makes that folder.",
                ),
            ],
        )


def ordered(source: Settings, draw: Draw) -> dict[str, str]:
    """Orders by file name: good ones, two for one setting, faulty ones, unfinished ones."""
    picks = draw.sample(source.values, 9)
    texts = []
    for number, (section, key, _) in enumerate(picks):
        value = draw.choice([str(draw.integer(1, 99)), f"host={key}.example", "see note; later"])
        lines = [f"section={section}", f"key={key}", f"value={value} {number}"]
        if draw.chance(0.3):
            lines.append(f"# asked for by {draw.hex(4)}")
        texts.append("".join(f"{line}\n" for line in draw.shuffled(lines)))
    section, key, value = picks[0]
    texts += [
        f"section={section}\nkey={key}\nvalue={value}9\n",
        f"section={section}\nkey={key}_limit\nvalue=5\n",
        f"section={section}-old\nkey={key}\nvalue=5\n",
        f"section={section}\nkey={picks[1][1]}\n",
    ]
    names = [f"03-{day:02d} {draw.hex(4)}.order" for day in draw.sample(range(1, 29), len(texts))]
    found = dict(sorted(zip(names, texts, strict=True)))
    found[f"03-30 {draw.hex(4)}.order.part"] = (
        f"section={picks[2][0]}\nkey={picks[2][1]}\nvalue=unfinished\n"
    )
    return found


def worked_off(
    values: tuple[tuple[str, str, str], ...], orders: dict[str, str], sort: bool = True
) -> tuple[tuple[tuple[str, str, str], ...], set[str]]:
    """The settings after all orders, and the names of those that failed."""
    found = {(section, key): value for section, key, value in values}
    failed = set()
    names: Iterable[str] = byte_sorted(orders) if sort else orders
    for name in names:
        if not name.endswith(".order"):
            continue
        lines = [line.partition("=") for line in orders[name].splitlines() if line[0] != "#"]
        order = {field: value for field, _, value in lines}
        place = (order.get("section", ""), order.get("key", ""))
        if place in found and "value" in order:
            found[place] = order["value"]
        else:
            failed.add(name)
    return tuple((section, key, found[section, key]) for section, key, _ in values), failed


def filed(name: str, failed: set[str]) -> str:
    """Where an order lies afterwards."""
    if not name.endswith(".order"):
        return name
    return f"failed/{name}" if name in failed else f"done/{name}"


def trial(tool: str) -> str:
    """A bash script that has another spool folder worked off, with the lock taken at first."""
    puts = "\n".join(f"printf '%s' {quoted(text)} > the\\ spool/{quoted(name)}"
                     for name, text in TRIAL.items())  # fmt: skip
    return f"""at=$(mktemp -d); trap 'rm -rf "$at"' EXIT; cd "$at"
mkdir 'the spool'
cat > 'a b.ini' <<'END'
{TRIAL_INI}END
{puts}
try() {{
  code=0; {tool} "$@" 2> err || code=$?
  echo "exit $code"
  [ "$code" -le 1 ] || [ ! -s err ] || echo told
}}
try
try 'the spool'
try missing 'a b.ini'
exec 8> 'a b.ini.lock'; flock 8
try 'the spool' 'a b.ini' 8>&-
ls 'the spool' | wc -l
flock -u 8
try 'the spool' 'a b.ini' 8>&-
find 'the spool' -type f | sort
cat 'the spool/failed/C.order'
python3 - 'a b.ini' <<'END'
{READER}END
head -n 1 'a b.ini'
try 'the spool' 'a b.ini' 8>&-"""


def trial_text() -> str:
    """What that prints when the worker does what it should."""
    values = (("one", "port", "1"), ("one", "path", "/a"), ("two words", "port", "2"))
    after, failed = worked_off(values, TRIAL)
    finished = sum(name.endswith(".order") for name in TRIAL) - len(failed)
    lines = ["exit 64", "told"] * 3 + ["exit 75", "told", str(len(TRIAL))]
    lines += [f"{finished} done, {len(failed)} failed", "exit 1"]
    lines += byte_sorted(f"the spool/{filed(name, failed)}" for name in TRIAL)
    lines += TRIAL["C.order"].splitlines() + sorted(" ".join(value) for value in after)
    lines += ["# keep me", "0 done, 0 failed", "exit 0"]
    return "".join(f"{line}\n" for line in lines)
