"""Split a long text into the files that are in it."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    World,
    Wrong,
    do,
    look,
    quoted,
    summary,
    times_kept,
)
from shellwright.recipe.kinds.transfer import MARKER, Transfer

COLUMNS = (Column("path", "path"), Column("announced", "count"), Column("found", "count"))


class SplitBatchExport(Recipe):
    """Every complete file of a batch lies in a folder; a table names the incomplete ones."""

    needs = (Pattern.of("transfer", form="batch"),)
    gives = (Pattern.of("tree", content="documents", condition="tidy"),)
    tools = (
        *("cat", "csplit", "dirname", "find", "grep", "head", "ls", "mkdir", "mktemp", "rm"),
        *("sed", "sort", "tail", "touch", "wc"),
    )
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Transfer)
        tree = source.payload
        assert isinstance(tree, Tree)
        again, talker = source.fact("again"), source.fact("talker")[0]
        rows = sorted((source.fact("broken 0"), source.fact("broken 1")))
        result = tree.at(world.output(draw, ["split", "files", "unpacked"]))
        table = summary(
            world.output(draw, ["incomplete", "rejected", "cut_short"], ".csv"),
            "list of incomplete files",
            COLUMNS,
            rows,
        )
        here, there, out = quoted(source.path), quoted(result.path), quoted(table.path)
        pattern = f"^{MARKER} [^ ]+ [0-9T:Z-]+ [0-9]+$"
        basic = f"/^{MARKER} [^ ]* [0-9T:Z-]* [0-9]*$/"
        script = (
            "work=$(mktemp -d)\n"
            f"csplit -s -z -n 4 -f \"$work/piece-\" {here} '{basic}' '{{*}}'\n"
            f"mkdir -p {there}\n"
            'for piece in "$work"/piece-*; do\n'
            '  read -r _ name stamp lines < "$piece"\n'
            '  found=$(($(wc -l < "$piece") - 1))\n'
            '  if [ "$found" -ne "$lines" ]; then echo "$name,$lines,$found"; continue; fi\n'
            f'  mkdir -p "$(dirname {there}/"$name")"\n'
            f'  tail -n +2 "$piece" > {there}/"$name" && touch -d "$stamp" {there}/"$name"\n'
            f"done | LC_ALL=C sort | sed '1i path,announced,found' > {out}\n"
            'rm -r "$work"'
        )
        lost = rows[0][0]
        return Move(
            focus=result,
            makes=[table, result],
            request=[
                f"Take `{source.path}` apart. A file begins with a line of exactly four words, "
                f"`{MARKER}`, its path, its modification time (UTC) and the number of its lines; "
                "they follow, up to the next such line or the end. Write the files below "
                f"`{result.path}` with that path and that modification time. If a path comes "
                "more than once, its last section counts. A section with another number of lines "
                "than announced was cut short: do not write that file, but list it in "
                f"`{table.path}` (CSV, header `path,announced,found`, sorted by path, numbers "
                "of lines). Lines that only begin like a marker are text.",
                f"The batch `{source.path}` has to become files again, in `{result.path}`. "
                f"Its sections start with `{MARKER}`, path, time of modification in UTC and "
                "number of lines, these four words and nothing more (anything else that starts "
                "that way belongs to the text). Path and time are to be restored; a later section "
                "of the same path replaces an earlier one. Where fewer lines are there than the "
                f"marker says, leave that file out and report it in `{table.path}`, a CSV "
                "`path,announced,found` with both numbers of lines, ordered by path.",
            ],
            steps=[
                look(
                    f"wc -l {here}; head -n 5 {here}; grep -c '^{MARKER}' {here}; "
                    f"grep -cE '{pattern}' {here}; grep '^{MARKER}' {here} | "
                    f"grep -vE '{pattern}'",
                    "How regular are the markers? One that does not fit would spoil the split.",
                    "Count marker lines, and show those that do not have the full form.",
                ),
                do(
                    f"({script})",
                    "Only full lines are real markers; one that stands inside of a text is none. "
                    "The pieces come in order, so a later one overwrites an earlier one of the "
                    "same path.",
                    "Cut at full markers, write each complete piece with its date, list the rest.",
                    0.6,
                ),
                look(
                    f"find {there} -type f | wc -l; cat {out}; "
                    f"ls -l --time-style=long-iso {there}/{quoted(again[0])}",
                    "Did every complete piece come out, and is each incomplete one in the report?",
                    "Count the files, read the report, look at one that came twice.",
                ),
            ],
            checks=[times_kept(result)],
            wrong=[
                Wrong(
                    "an incomplete file was written",
                    command=f"mkdir -p {quoted(f'{result.path}/{lost}'.rpartition('/')[0])} && "
                    f"echo cut > {quoted(f'{result.path}/{lost}')}",
                ),
                Wrong(
                    "the earlier version stayed",
                    command="sed -i '$s/.*/(earlier draft)/' "
                    + quoted(f"{result.path}/{again[0]}"),
                ),
                Wrong(
                    "files have the time of the split",
                    command=f"touch -d '2026-03-03' {quoted(f'{result.path}/{talker}')}",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"(cd /tmp && csplit -s -f t- {here} '{basic}' '{{900}}')",
                    symptom=r"csplit: .*match not found on repetition",
                    diagnosis="A fixed number of repetitions must be met exactly; {*} repeats as "
                    "often as there are markers.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"csplit --names-from-line {here} '/{MARKER}/'",
                    symptom=r"csplit: unrecognized option '--names-from-line'",
                    diagnosis="csplit numbers its pieces; the names have to be read from them.",
                ),
            ],
        )
