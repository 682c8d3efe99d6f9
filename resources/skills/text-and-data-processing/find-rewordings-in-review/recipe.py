"""List what a review changed in documents whose lines were broken anew."""

from __future__ import annotations

import dataclasses
import textwrap

from shellwright.recipe import (
    PEOPLE,
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Tree,
    Unsuitable,
    World,
    byte_sorted,
    do,
    look,
    quoted,
)

#: Words that a reviewer puts in; none occurs in the documents.
ADDED = ("again", "provisionally", "reportedly", "urgently", "twice", "meanwhile", "allegedly")
#: A change on one line: old and new, old alone, new alone.
SPLIT = (
    r"s/^ *\[-(.*)-\] \{\+(.*)\+\}$/\1\t\2/p; t; s/^ *\[-(.*)-\]$/\1\t/p; t; "
    r"s/^ *\{\+(.*)\+\}$/\t\1/p"
)


class FindRewordingsInReview(Recipe):
    """A table has a row for each word that differs between two sets of documents."""

    needs = (Pattern.of("tree", content="documents", condition="tidy"),)
    gives = (
        Pattern.of("table", format="csv", condition="clean", shape="listing", extent="compared"),
    )
    tools = ("cut", "diff", "dwdiff", "find", "grep", "head", "mlr", "sed", "sort", "tr", "uniq",
             "wc", "wdiff")  # fmt: skip
    packages = ("wdiff", "dwdiff", "miller", "diffutils")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        names = byte_sorted(file.name for file in source.files if not file.target)
        texts = {file.name: file.content.decode("utf-8", "replace") for file in source.files}
        width = draw.choice([38, 44, 52])
        rows: list[Row] = []
        entries: list[Entry] = []
        folder = world.input(draw, ["reviewed", "back_from_review", "returned"])
        touched = set(draw.sample(names, max(4, len(names) // 3)))
        for name in names:
            words = texts[name].split()
            if any(mark in texts[name] for mark in ("[-", "-]", "{+", "+}", "\t")):
                raise Unsuitable("the texts contain the marks of a comparison")
            changes: list[tuple[str, str]] = []
            if name in touched:
                words, changes = reworded(words, draw)
            rows += [(name, *change) for change in changes]
            text = "\n".join(textwrap.wrap(" ".join(words), width, break_on_hyphens=False))
            entries.append(Entry(f"{folder}/{name}", f"{text}\n".encode()))
        entries = [
            Entry.folder(folder),
            *(Entry.folder(f"{folder}/{inner}") for inner in source.folders()),
            *entries,
        ]
        if len({row[0] for row in rows}) < 3 or not any(row[1] == "" for row in rows):
            raise Unsuitable("too few changes, or no word was added")
        target = world.output(draw, ["rewordings", "changed_words", "review_changes"], ".csv")
        result = Table(
            path=target,
            noun="changes made in review",
            columns=(Column("file", "file"), Column("before", "note"), Column("after", "note")),
            rows=tuple(rows),
            shape="listing",
            extent="compared",
        )
        here, fresh, there = quoted(source.path), quoted(folder), quoted(target)
        replaced = [row for row in rows if row[1] and row[2]]
        sample = rows[0][0]
        pair = f"{quoted(f'{source.path}/{sample}')} {quoted(f'{folder}/{sample}')}"
        listing = "find . -type f -printf '%P\\n' | LC_ALL=C sort"
        only = lambda kept: dataclasses.replace(result, rows=tuple(kept))  # noqa: E731
        return Move(
            focus=result,
            makes=[result],
            brings=entries,
            request=[
                f"The papers in `{source.path}` went through a review and came back as "
                f"`{folder}`, same names, but with the lines broken anew by somebody's mail "
                f"program. Which words were really changed? List them in `{target}` "
                "(comma-separated) with the columns `file`, `before`, `after`: a row for each "
                "place, with the word as it was and as it is now, blank in `before` where a word "
                "was added and blank in `after` where one was dropped. A word is whatever stands "
                "between white space, punctuation included. `file` is the name relative to the "
                "folder; files in the order of their bytes, and places as they follow in the text.",
                f"Somebody reviewed what is in `{source.path}`; `{folder}` holds the same files "
                "afterwards. Line breaks and blank lines are all different and mean "
                f"nothing. I want the changes of wording in a CSV file `{target}`, header "
                "`file`, `before`, `after`, one line per changed place: relative file name, old "
                "word, new word. Leave `before` blank for an added word and `after` blank for a "
                "word that was taken out. Anything between white space counts as one word, along "
                "with its commas and brackets. Sort by file name (bytes), then by place in the "
                "text.",
            ],
            steps=[
                look(
                    f"diff -rq {here} {fresh}; diff -r {here} {fresh} | grep -c '^<' || true",
                    "Two folders with the same names, and the lines were broken anew.",
                    "See which files differ, and in how many lines.",
                ),
                look(
                    f"diff {pair} | head -n 8 || true",
                    f"{sample} is in both, as are all others.",
                    "See what a comparison by lines makes of it.",
                ),
                look(
                    f"dwdiff -s -1 -2 -3 {pair} | sort -u; wdiff -n -3 {pair}; true",
                    "As expected, nearly every line differs. Words have to be compared instead.",
                    f"Compare {sample} by words.",
                ),
                do(
                    f"cd {here} && {listing} | while IFS= read -r name; do\n"
                    "  { wdiff -n -3 <(tr '\\n' ' ' < \"$name\") "
                    f"<(tr '\\n' ' ' < {fresh}/\"$name\") || true; }} | "
                    f"sed -n -E '{SPLIT}' | "
                    'sed "s|^|$name\\t|"\n'
                    "done | mlr --itsv --ocsv --implicit-csv-header label file,before,after "
                    f"> {there}",
                    f"In {sample} single words differ, each on a line with its marks: old and new, "
                    "or only one of the two.",
                    "Compare every pair by words, each text as one line so that a change cannot be "
                    "torn apart, and turn the marks into columns.",
                ),
                look(
                    f"head -n 4 {there}; wc -l {there}; cut -d , -f 1 {there} | uniq -c; "
                    f"dwdiff -s -1 -2 -3 {pair} | sort -u",
                    "Several changes in a few files would be plausible; the counts of the sample "
                    "have to fit.",
                    "Read the table, count by file and compare with the statistics.",
                ),
            ],
            wrong=[
                *only(replaced).as_wrong("added and dropped words are missing"),
                *only((f, new, old) for f, old, new in rows).as_wrong("old and new mixed up"),
                *only((f, bare(old), bare(new)) for f, old, new in rows).as_wrong(
                    "words without their punctuation"
                ),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=3,
                    command=f"diff -rqw {here} {fresh} | wc -l",
                    symptom=rf"(?m)^\s*{len(names)}$",
                    diagnosis="-w ignores blanks within a line, not where lines break: still "
                    "every file counts as changed. It takes a comparison by words.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command=f"diff --word-diff {pair}",
                    symptom=r"unrecognized option '--word-diff'",
                    diagnosis="--word-diff belongs to git; here wdiff compares by words.",
                ),
            ],
        )


def bare(word: str) -> str:
    """The word without what a regular expression for letters and digits would leave out."""
    return word.strip("(),.:;\"'")


def reworded(words: list[str], draw: Draw) -> tuple[list[str], list[tuple[str, str]]]:
    """The words with a few changes, far from each other, and these as old and new words."""
    after: list[str] = []
    changes: list[tuple[str, str]] = []
    due = draw.integer(4, 9)
    for place, word in enumerate(words):
        near = words[max(0, place - 2) : place] + words[place + 1 : place + 3]
        if place < due or word in near or place > len(words) - 3:
            after.append(word)
            continue
        kind = draw.choice(["figure", "figure", "add", "drop", "name"])
        due = place + draw.integer(6, 30)
        if kind == "drop" and word != "-":
            changes.append((word, ""))
            continue
        new = word
        if kind == "add":
            extra = draw.choice(ADDED)
            changes.append(("", extra))
            after.append(extra)
        elif word.startswith("(") and word[1:-1].isdigit():
            new = f"({int(word[1:-1]) + 1000})"
        elif kind == "name" and word.isalpha():
            new = f"{draw.choice(PEOPLE).split()[-1]}-{word}"
        if new != word:
            changes.append((word, new))
        after.append(new)
    return after, changes
