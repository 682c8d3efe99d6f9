"""Rotate the logs of a tree by a policy."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from shellwright.recipe import (
    Check,
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
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
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (Column("log", "path"), Column("rotated", "flag"), Column("bytes", "count"))


class RotateLogsByPolicy(Recipe):
    """A logrotate configuration that keeps a policy, a rotated tree, and a list of its logs."""

    needs = (Pattern.of("tree", content="documents", condition=("tidy", "copies", "crlf")),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "find", "gawk", "logrotate", "ls", "mktemp", "rm", "sort")
    packages = ("gawk", "logrotate")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        logs = [f for f in source.files if f.name.endswith(".log")]
        sizes = sorted({len(f.content) for f in logs})
        if len(sizes) < 2 or any(f.name.count("/") != 1 or f.target for f in logs):
            raise Unsuitable("fewer than two sizes of logs, or logs elsewhere in the tree")
        low, high = max(pairwise(sizes), key=lambda pair: pair[1] - pair[0])
        limit = (low + high) // 2
        if not low < limit < high:
            raise Unsuitable("the logs are almost of one size")
        keep = draw.integer(2, 5)
        mode = draw.choice(["0600", "0640", "0660"])
        conf = world.output(draw, ["rotation", "logs", "policy"], ".conf")
        target = world.output(draw, ["rotated", "log_sizes", "rotation"], ".csv")
        files: list[TreeFile] = []
        rows: list[Row] = []
        for file in source.files:
            big = file in logs and len(file.content) > limit
            if big:
                files.append(replace(file, content=b"", mode=int(mode, 8)))
            files.append(file.renamed(f"{file.name}.1") if big else file)
            if file in logs:
                rows.append((file.name, "yes" if big else "no", str(len(file.content))))
        rows.sort(key=lambda row: row[0].encode())
        after = source.with_files(files)
        result = summary(target, "logs and whether they were rotated", COLUMNS, rows)
        here, there, config = quoted(source.path), quoted(target), quoted(conf)
        head = ",".join(result.header)
        text = policy(source.path, limit, keep, mode)
        script = f"""cat > {config} <<'CONF'
{text}CONF
state=$(mktemp)
find {here} -mindepth 2 -maxdepth 2 -name '*.log' -printf '%P %s\\n' | LC_ALL=C sort > "$state.old"
logrotate -s "$state" {config}
{{
  echo {head}
  while read -r name size; do
    if [ -e {here}/"$name.1" ]; then echo "$name,yes,$size"; else echo "$name,no,$size"; fi
  done < "$state.old"
}} > {there}
rm -f "$state" "$state.old\""""
        others = [
            ("compressed at once", text.replace("    delaycompress\n", "")),
            ("not compressed", text.replace("    compress\n    delaycompress\n", "")),
            ("one generation less", text.replace(f"rotate {keep}", f"rotate {keep - 1}")),
            ("no new log", text.replace(f"create {mode}", "nocreate")),
            ("any size", text.replace(f"size {limit}", "size 1")),
            ("copied and truncated", text.replace(f"create {mode}", "copytruncate")),
        ]
        return Move(
            focus=result,
            makes=[result, after],
            checks=[keeps_policy(source.path, conf, limit, keep, mode)],
            request=[
                f"Nobody rotates the logs in `{source.path}`. Write a logrotate configuration "
                f"`{conf}` for all files `*.log` in the folders directly below it (name them by "
                f"absolute paths). Whatever the calendar says, a log of more than `{limit}` bytes "
                f"is rotated and a smaller one is left alone; `{keep}` old generations are kept, "
                "numbered from `.1`; all but the newest of them are gzipped; in place of the old "
                f"log there is a new, empty one with mode `{mode}`. Then have one rotation carried "
                f"out with it and list the logs in `{target}`: CSV with the header `{head}`, "
                "rotated being `yes` or `no` and bytes the size before, sorted by name relative "
                "to the tree in byte order.",
                f"Set up log rotation for `{source.path}`, as a logrotate configuration in "
                f"`{conf}` with absolute paths, and let it run once. The policy: it covers `*.log` "
                f"one folder below; the only criterion is the size, over `{limit}` bytes (no log "
                f"has exactly that); keep `{keep}` generations named `.1` and so on, gzip those "
                "older than the newest generation, and create the log anew, empty, with mode "
                f"`{mode}`. Afterwards put a list of all these logs into `{target}`, a CSV with "
                f"the header `{head}`: path relative to the tree, `yes` or `no`, and how large the "
                "log was before, in byte order of the paths.",
            ],
            steps=[
                look(
                    f"find {here} -name '*.log' -printf '%s %P\\n' | sort -n",
                    "Which logs are there, how large are they, and were any rotated before?",
                    "List the logs by size.",
                ),
                do(
                    script,
                    f"Only logs larger than {limit} bytes are due. With size as the only "
                    "criterion even the first run rotates.",
                    "Write the configuration, note the sizes, rotate once, and write the list.",
                ),
                look(
                    f"logrotate -d -s /dev/null {config} 2>&1 | gawk '/^considering|rotating/' ; "
                    f"ls -l {here}/*/*.log*; cat {there}",
                    "Once more it should not find anything to rotate.",
                    "Let it say what it would do now, and look at the files.",
                ),
            ],
            wrong=[
                *[
                    Wrong(name, path=conf, content=other.encode())
                    for name, other in others
                    if other != text
                ],
                *differing(
                    result,
                    [
                        (
                            "sizes afterwards",
                            result.with_rows(
                                (r[0], r[1], "0" if r[1] == "yes" else r[2]) for r in rows
                            ),
                        ),
                        ("only those rotated", result.with_rows(r for r in rows if r[1] == "yes")),
                        ("all rotated", result.with_rows((r[0], "yes", r[2]) for r in rows)),
                    ],
                ),
            ],
            mistakes=[
                Mistake(
                    "requirement",
                    before=1,
                    command="logrotate -d /etc/logrotate.conf -s /var/lib/logrotate/mine; "
                    "touch /var/lib/logrotate/mine",
                    symptom=r"Read-only file system|Permission denied",
                    diagnosis="The system's state is out of reach for me; a state file of my own "
                    "has to be named.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"logrotate --dry-run {config}",
                    symptom=r"unknown option|--dry-run",
                    diagnosis="The trial run is called --debug, or -d.",
                ),
            ],
        )


def policy(root: str, limit: int, keep: int, mode: str) -> str:
    """The configuration."""
    return (
        f"{root}/*/*.log {{\n    size {limit}\n    rotate {keep}\n    compress\n"
        f"    delaycompress\n    missingok\n    create {mode}\n}}\n"
    )


def rotated(files: dict[str, str], log: str, keep: int) -> dict[str, str]:
    """The files (content by name) after a rotation of one log."""
    old = {n: files.pop(g) for n in range(1, keep + 1)
           if (g := f"{log}.{n}" + (".gz" if n > 1 else "")) in files}  # fmt: skip
    for n, content in old.items():
        if n < keep:
            files[f"{log}.{n + 1}.gz"] = content
    return files | {f"{log}.1": files[log], log: ""}


def keeps_policy(root: str, conf: str, limit: int, keep: int, mode: str) -> Check:
    """Two rotations of logs that nobody has seen leave what the policy says."""
    big, small = limit + 40, max(1, limit - 40)
    files = {"a/app.log": "A" * big, "b/web.log": "W" * big, "b/calm.log": "c" * small,
             "b/notes.txt": "n" * big}  # fmt: skip
    files |= {f"a/app.log.{n}{'.gz' if n > 1 else ''}": str(n) * n for n in range(1, keep + 1)}
    make = "\n".join(
        f"echo -n '{text}' {'| gzip -n ' if name.endswith('.gz') else ''}> {name}"
        for name, text in files.items()
    )
    files = rotated(rotated(files, "a/app.log", keep), "b/web.log", keep)
    files = rotated(files | {"a/app.log": "E" * (big + 3)}, "a/app.log", keep)
    lines = [f"{n} {len(files[n])}{files[n][:1]}" for n in byte_sorted(files)]
    script = f"""at=$(mktemp -d); mkdir -p "$at/logs/a" "$at/logs/b"; cd "$at/logs"
{make}
sed "s#{root}#$at/logs#g" {quoted(conf)} > "$at/conf"
chmod 644 "$at/conf"
logrotate -s "$at/state" "$at/conf"
stat -c %a a/app.log b/web.log
echo -n '{"E" * (big + 3)}' >> a/app.log
logrotate -s "$at/state" "$at/conf"
find . -type f -printf '%P\\n' | sort | while read -r name; do
  case $name in *.gz) zcat "$name" ;; *) cat "$name" ;; esac > "$at/text"
  echo "$name $(wc -c < "$at/text")$(head -c 1 "$at/text")"
done"""
    shown = mode.lstrip("0")
    return shell_prints(
        script,
        "".join(f"{line}\n" for line in [shown, shown, *lines]),
        about=f"{conf} keeps the policy for other logs, in two rotations.",
        paths=[conf],
        key="policy",
        weight=2.0,
    )
