"""Make an index of terms over a folder of documents."""

from __future__ import annotations

import re

from shellwright.recipe import (
    PEOPLE,
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Row,
    Table,
    Tree,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import backticked, differing

HITS = "/tmp/hits.tsv"


class IndexTermsOfDocuments(Recipe):
    """A table has a row for each term and document, with line numbers; unused terms are listed."""

    needs = (Pattern.of("tree", content="documents", condition="tidy"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing", extent="full"),)
    tools = ("ag", "awk", "cat", "cut", "find", "grep", "head", "mlr", "ptx", "sed", "sort",
             "uniq", "wc")  # fmt: skip
    packages = ("silversearcher-ag", "miller")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        texts = {f.name: f.content.decode("utf-8", "replace") for f in source.files if not f.target}
        everything = "\n".join(texts.values())
        kinds = draw.choice([(".txt", ".md"), (".txt", ".log"), (".txt",)])
        terms = chosen_terms(world, everything, draw)
        rows = indexed(texts, terms, kinds)
        used = {row[0] for row in rows}
        unused = [term for term in terms if term not in used]
        if len(used) < 4 or not unused or any(set(name) & set(':,\t"') for name in texts):
            raise Unsuitable("too few terms occur, or names with marks")
        given = world.input(draw, ["terms", "keywords", "index_terms"], ".txt")
        target = world.output(draw, ["index", "term_index", "places"], ".csv")
        rest = world.output(draw, ["unused_terms", "without_place", "not_found"], ".txt")
        result = Table(
            path=target,
            noun="index of terms",
            columns=(Column("term", "term"), Column("file", "file"), Column("lines", "note")),
            rows=tuple(rows),
            shape="listing",
        )
        listed = Report(
            path=rest, noun="terms without a place", value=unused, format="text", weight=1.0
        )
        here, there, words, left = (quoted(p) for p in (source.path, target, given, rest))
        pattern = "|".join(kind[1:] for kind in kinds)
        files = " -o ".join(f"-name '*{kind}'" for kind in kinds)
        suffixes = backticked(f"*{kind}" for kind in kinds)
        loop = (
            f"cd {here}\nwhile IFS= read -r term; do\n  {{ ag --nocolor --nogroup --numbers -i -w "
            f"-Q -G '\\.({pattern})$' -- \"$term\" . < /dev/null || true; }} | sed -E "
            "'s/^(\\.\\/)?([^:]+):([0-9]+):.*/\\2\\t\\3/' | LC_ALL=C sort -t $'\\t' -k 1,1 -k 2,2n "
            "| "
            f'sed "s|^|$term\\t|"\ndone < {words} > {HITS}'
        )
        return Move(
            focus=result,
            makes=[result, listed],
            brings=[Entry(given, "".join(f"{term}\n" for term in terms).encode())],
            request=[
                f"The papers in `{source.path}` need an index. For every term in `{given}` (one a "
                f"line) and every {suffixes} file that contains it, `{target}` gets a line: "
                "comma-separated, header `term,file,lines`, with the term as it is in the list, "
                "the name of the file relative to the folder, and the numbers of the lines with "
                "blanks in between. Only whole words count (no letter, digit or underscore before "
                "or after), upper or lower case does not matter. Terms in the order of the list, "
                f"files of a term in the order of their bytes. Terms that get no line at all go to "
                f"`{rest}`, one a line in the order of the list.",
                f"Please index `{source.path}`: in which {suffixes} files, and on which lines, do "
                f"the terms listed in `{given}` stand? Take a term only as a whole word, so not "
                "next to a letter, digit or underscore, and regardless of case. I need a CSV file "
                f"`{target}` with the header `term,file,lines`: the term as listed, the file "
                "relative to the folder, its line numbers in ascending order, separated by a "
                "blank. Keep the order of the list, and sort the files of a term by bytes. "
                "Whatever "
                f"term gets no line there belongs into `{rest}`, a line each, same order.",
            ],
            steps=[
                look(
                    f"cat {words}; find {here} -type f | sed 's/.*\\.//' | sort | uniq -c",
                    "A list of terms and a folder of papers of several types.",
                    "Read the terms and count the file types.",
                ),
                look(
                    f"cd {here} && find . -type f \\( {files} \\) | sort | head -n 6 | while read "
                    "-r "
                    f"name; do ptx -A -f -o <(grep -v ' ' {words}) -w 100 \"$name\"; done | "
                    "head -n 20",
                    "Some terms have several words. A concordance of a few files shows how they "
                    "are used.",
                    "See the single words in context, with file and line.",
                ),
                do(
                    loop,
                    "ag finds whole words literally and in any case, but in no fixed order, and it "
                    "would read the list itself if it got it as standard input.",
                    "Collect term, file and line for every hit, sorted within a term.",
                ),
                do(
                    f"mlr --itsv --ocsv --implicit-csv-header -S label term,file,lines then nest "
                    f"--implode --values --across-records -f lines --nested-fs ' ' {HITS} "
                    f"> {there}",
                    "The hits are in order and can be put together by term.",
                    "Gather the lines of one term and file into one row.",
                ),
                do(
                    f"grep -vxFf <(cut -f 1 {HITS} | sort -u) {words} > {left}",
                    "The terms without a hit go into a list of their own.",
                    "List the terms without a hit in the order of the list.",
                ),
                look(
                    f"head -n 8 {there}; wc -l {there}; cat {left}; awk -F '\\t' '{{ print $1 }}' "
                    f"{HITS} | uniq -c",
                    "Does the index name only terms of the list, and do the hits look plausible?",
                    "Read the index, the list, and the hits per term.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "parts of words count",
                        result.with_rows(indexed(texts, terms, kinds, edge="")),
                    ),
                    (
                        "case matters",
                        result.with_rows(indexed(texts, terms, kinds, flags=0)),
                    ),
                    (
                        "files of every type",
                        result.with_rows(indexed(texts, terms, (".txt", ".md", ".log"))),
                    ),
                    ("terms in alphabetical order", result.with_rows(sorted(rows))),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"ag --whole-word -i {quoted(terms[0])} {here}",
                    symptom=r"unrecognized option '--whole-word'",
                    diagnosis="The option is -w, --word-regexp.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"ptx -A -x -o {words} {here}/*",
                    symptom=r"invalid option|Is a directory",
                    diagnosis="ptx reads files, not folders, and knows single words only; it is "
                    "good for looking, not for this list.",
                ),
            ],
        )


def chosen_terms(world: World, text: str, draw: Draw) -> list[str]:
    """Terms in drawn order: words of the documents, parts of words, names, and some without use."""
    words = sorted(set(re.findall(r"[A-Za-z]{4,}", text)))
    names = [name for name in PEOPLE if name in text]
    if len(words) < 20 or len(names) < 3:
        raise Unsuitable("too few words")
    common = [word.lower() for word in draw.sample(words, 4)]
    parts = [word[:-1].lower() for word in draw.sample([w for w in words if len(w) > 5], 2)]
    absent = draw.sample([name for name in PEOPLE if name not in text] or ["Nobody Atall"], 2)
    places = draw.sample([c for c in world.theme.categories if c in text], 2)
    terms = [*common, *parts, *draw.sample(names, 2), *absent, *places]
    seen: dict[str, str] = {}
    for term in draw.shuffled(terms):
        seen.setdefault(term.lower(), term)
    return list(seen.values())


def indexed(
    texts: dict[str, str],
    terms: list[str],
    kinds: tuple[str, ...],
    edge: str = r"\w",
    flags: int = re.IGNORECASE,
) -> list[Row]:
    """A row for each term and document that has it, with the numbers of the lines."""
    rows: list[Row] = []
    for term in terms:
        around = f"(?<!{edge}){re.escape(term)}(?!{edge})" if edge else re.escape(term)
        for name in sorted(texts, key=str.encode):
            if not name.endswith(kinds):
                continue
            lines = [
                str(number)
                for number, line in enumerate(texts[name].splitlines(), 1)
                if re.search(around, line, flags | re.ASCII)
            ]
            if lines:
                rows.append((term, name, " ".join(lines)))
    return rows
