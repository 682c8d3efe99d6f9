"""Credentials in a folder of documents, counted by file."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Tree,
    Unsuitable,
    World,
    byte_sorted,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.credentials import KINDS, counted
from shellwright.recipe.tabular import differing

COLUMNS = (Column("file", "path"), *(Column(kind, "count") for kind in KINDS))
#: The patterns of the search, as grep takes them.
SEARCHES = {
    "passwords": "[Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd] *[:=] *[^[:space:]]",
    "urls": "https?://[^[:space:]/@:]+:[^[:space:]/@]+@",
    "tokens": "tok_[0-9a-f]{24}",
}
PROGRAM = """{ file = $1; sub(/:[0-9]+$/, "", file); n = $1; sub(/.*:/, "", n)
    hits[file, $2] = n; if (n > 0) found[file] }
  END { for (f in found)
    printf "%s,%d,%d,%d\\n", f, hits[f, "passwords"], hits[f, "urls"], hits[f, "tokens"] }"""


class CountExposedCredentials(Recipe):
    """One row a file with credentials: how many lines with each kind of them."""

    needs = (Pattern.of("tree", content="documents", condition="leaky"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("awk", "cat", "grep", "head", "sed", "sort")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        texts = {file.name: file.content.decode() for file in source.files if not file.target}
        if any(set(name) & set(' ,:"\\\t\n') for name in texts):
            raise Unsuitable("a name would have to be quoted")
        rows: list[Row] = []
        for name in byte_sorted(texts):
            counts = [counted(texts[name], kind) for kind in KINDS]
            if any(counts):
                rows.append((name, *map(str, counts)))
        if len(rows) < 3:
            raise Unsuitable("hardly any credentials")
        target = world.output(draw, ["exposed", "credentials", "leaks"], ".csv")
        result = summary(target, "files with credentials", COLUMNS, rows)
        here, there, head = quoted(source.path), quoted(target), ",".join(result.header)
        search = "\n".join(
            f"  grep -rcE '{pattern}' . | sed 's/$/\\t{kind}/'"
            for kind, pattern in SEARCHES.items()
        )
        script = (
            f"(cd {here}\n{search}) | sed 's/^[.][/]//' |\n  awk -F '\\t' '{PROGRAM}' |\n"
            f"  LC_ALL=C sort -t, -k1,1 | sed '1i {head}' > {there}"
        )
        loose = [
            (name, *map(str, counts))
            for name in byte_sorted(texts)
            if any(
                counts := [
                    sum("password" in line.lower() for line in texts[name].splitlines()),
                    counted(texts[name], "urls"),
                    sum("tok_" in line for line in texts[name].splitlines()),
                ]
            )
        ]
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Before `{source.path}` is shared I want to know which files have credentials in "
                f"them. Write `{target}`, CSV with the header `{head}`: the path relative to the "
                "folder, then how many lines contain a password (the word in any case, then `:` "
                "or `=` with optional blanks before it, and a value), a web address with a login "
                "in it (`https://name:secret@host`, or the same with `http`), and an access token "
                "(`tok_` and 24 lower-case hex digits). Files without any are left out; sort by "
                "path in byte order. No secret may appear in it.",
                f"Make an inventory of the credentials in `{source.path}` as `{target}`, a CSV "
                f"file with the header `{head}`, one row for each file that has any, paths "
                "relative to the folder and in byte order. Count lines: with a password, which is "
                "that word in any spelling of case followed by `:` or `=` (blanks may stand "
                "between) and a value; with an `http` or https address that carries a login, as "
                "in `https://name:secret@host`; with a token, `tok_` plus 24 lower-case hex "
                "digits. The secrets themselves must not be in the table.",
            ],
            steps=[
                look(
                    f"grep -rnEi 'password|://|tok_' {here} | head -n 16",
                    "Words alone are no finding; I want to see how people wrote these things down.",
                    "Show lines that might hold a credential.",
                ),
                do(
                    script,
                    "Some lines only talk about passwords or name a plain address. Each kind "
                    "needs a pattern that asks for the value too.",
                    "Count the matching lines by file and kind, and put the counts side by side.",
                ),
                look(
                    f"cat {there}; grep -rhE -e '{SEARCHES['passwords']}' -e '{SEARCHES['urls']}' "
                    f"-e '{SEARCHES['tokens']}' -c {here} | awk '{{ n += $1 }} END {{ print n }}'",
                    "Which files are exposed, and how many hits are there between them?",
                    "Read the table and count the matching lines in another way.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("the words alone were counted", result.with_rows(loose)),
                    (
                        "paths begin with a dot",
                        result.with_rows((f"./{row[0]}", *row[1:]) for row in rows),
                    ),
                    (
                        "files without credentials are listed",
                        result.with_rows(
                            (name, *(str(counted(texts[name], kind)) for kind in KINDS))
                            for name in byte_sorted(texts)
                        ),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"grep -rcE 'tok_[0-9a-f]{{24' {here} | head -n 3; "
                    f"grep -cE '[a-f' -r {here}",
                    symptom=r"[Uu]nmatched \[",
                    diagnosis="The brackets of the pattern do not close.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"grep --find-secrets -r {here}",
                    symptom=r"unrecognized option '--find-secrets'",
                    diagnosis="grep has no notion of a secret; each form needs its pattern.",
                ),
            ],
        )
