"""Give records a creditor reference with check digits, and test what payers typed."""

from __future__ import annotations

import re

from shellwright.recipe import (
    Column,
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
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing, unused_name

#: Turns lines of letters and digits into digits alone, A as 10 to Z as 35.
DIGITS = """{ out = ""
  for (n = 1; n <= length($0); n++) {
    c = substr($0, n, 1); at = index("ABCDEFGHIJKLMNOPQRSTUVWXYZ", c)
    out = out (at ? at + 9 : c)
  }
  print out }
"""


class NumberPaymentReferences(Recipe):
    """The records with a reference each; a list of typed references that cannot be right."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "selected", "merged"),
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="enriched"),)
    tools = ("awk", "bc", "cat", "comm", "dc", "head", "mkdir", "mlr", "paste", "sed", "sort",
             "tr", "wc")  # fmt: skip
    packages = ("bc", "dc", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        ids = source.values("id")
        bare = [_bare(i) for i in ids]
        if len({*bare}) < len(ids) or len(ids) < 12 or any(not 4 <= len(b) <= 21 for b in bare):
            raise Unsuitable("ids that are no references")
        key, form = source.name("id"), source.format
        added = unused_name(source, "reference", "payment_reference")
        references = [f"RF{_check(b):02d}{b}" for b in bare]
        typed = _typed(draw, references)
        given = world.input(draw, ["typed_references", "bank_references", "from_the_bank"], ".txt")
        target = world.output(draw, ["referenced", "with_reference", "open_items"], f".{form}")
        refused = world.output(draw, ["refused", "questions", "unclear_references"], ".txt")

        def made(values: list[str]) -> Table:
            return source.with_rows(
                ((*row, value) for row, value in zip(source.rows, values, strict=True)),
                path=target,
                columns=(*source.columns, Column(added, "reference")),
                extent="enriched",
                noun=f"{source.noun} with references",
            )

        result = made(references)
        known = {*references}
        lines = []
        for text in sorted({_bare(line) for line in typed}):
            if not _holds(text):
                lines.append(f"{text} mistyped")
            elif text not in known:
                lines.append(f"{text} unknown")
        finding = Report(path=refused, noun="unclear references", value=lines, format="text")
        unknown_only = [
            f"{text} unknown" for text in sorted({_bare(line) for line in typed} - known)
        ]
        here, there, at, out = (quoted(path) for path in (source.path, target, given, refused))
        work = "/tmp/references"
        first = bare[0]
        number = _digits(first + "RF00")
        rule = (
            f"`RF`, two check digits and the `{key}` in capitals without all characters but "
            "letters and digits"
        )
        test = (
            "the number that its first four characters give when they are moved to the end and all "
            "letters replaced as above has to be `1` modulo `97`"
        )
        return Move(
            focus=result,
            makes=[result, finding],
            brings=[Entry(given, "".join(f"{line}\n" for line in typed).encode())],
            request=[
                f"From now on payers quote an ISO 11649 reference. Give each row of "
                f"`{source.path}` one in a last column `{added}` and save that, same order and "
                f"format, as `{target}`. A reference is {rule}. For the check digits append "
                "`RF00` to that bare number, replace each letter by a number from `10` for A to "
                "`35` for Z, take the whole modulo `97` and subtract that from `98`; write two "
                f"digits. `{given}` has what came from the bank, one a line, with blanks, hyphens "
                "and small letters as people type them: bring those to capitals, letters and "
                f"digits only. Into `{refused}` goes each of them that no record has, once and in "
                "byte order, followed by a blank and `mistyped` where its check digits are wrong "
                f"({test}), else `unknown`.",
                f"Please put creditor references on the records in `{source.path}`: `{target}`, in "
                f"the same order and format, has a last column `{added}` with {rule}. They "
                "follow ISO 11649: behind the bare number put `RF00`, write `10` to `35` for A to "
                "Z, divide by `97`, and `98` minus the rest, with two digits, is what goes "
                f"between. Then look at `{given}`, the references that payers have typed so far. "
                "After removing everything but letters and digits and turning to capitals, list "
                f"those that lead to no record in `{refused}`: each once, sorted by bytes, a line "
                "with the reference, a blank, and why. That is `mistyped` if its check digits do "
                f"not hold ({test}), otherwise `unknown`.",
            ],
            steps=[
                look(
                    f"mlr --i{form} --opprint head -n 3 then cut -f {key} {here}; wc -l {at}; "
                    f"head -n 5 {at}",
                    "What do the numbers look like, and what did the payers type?",
                    "Read some of both.",
                ),
                look(
                    f"echo {number} % 97 | bc",
                    "I try the rule on the first of them by hand, with RF00 behind it and all "
                    "letters replaced.",
                    "Compute its rest with unlimited precision.",
                ),
                do(
                    f"mkdir -p {work}\ncat > {work}/digits.awk <<'EOF'\n{DIGITS}EOF\n"
                    f"mlr --i{form} --onidx cut -f {key} {here} > {work}/ids\n"
                    f"tr a-z A-Z < {work}/ids | tr -cd 'A-Z0-9\\n' > {work}/bare\n"
                    f"sed 's/$/RF00/' {work}/bare | awk -f {work}/digits.awk | "
                    f"sed 's/.*/98 & 97 % - p/' | dc > {work}/check\n"
                    f"paste {work}/ids {work}/check {work}/bare | awk -F '\\t' 'BEGIN "
                    f'{{ print "{key},{added}" }} {{ printf "%s,RF%02d%s\\n", $1, $2, $3 }}\' '
                    f"> {work}/references.csv\n"
                    f"mlr --i{form} --o{form} join -i csv -j {key} -f {work}/references.csv then "
                    f"cut -o -f {','.join(result.header)} {here} > {there}",
                    f"{number} is longer than the shell's arithmetic bears in general, so all "
                    "of them go through dc.",
                    "Compute the check digits of all ids and join the references.",
                ),
                do(
                    f"tr a-z A-Z < {at} | tr -cd 'A-Z0-9\\n' | LC_ALL=C sort -u "
                    f"> {work}/typed\n"
                    f"sed -E 's/^(....)(.*)/\\2\\1/' {work}/typed | awk -f {work}/digits.awk | "
                    f"sed 's/$/ 97 % p/' | dc | paste -d ' ' {work}/typed - > {work}/rests\n"
                    f"mlr --i{form} --onidx cut -f {added} {there} | LC_ALL=C sort > {work}/known\n"
                    f"LC_ALL=C comm -23 {work}/typed {work}/known > {work}/lost\n"
                    "awk 'NR == FNR { rest[$1] = $2; next } { print $1, rest[$1] == 1 ? "
                    f'"unknown" : "mistyped" }}\' {work}/rests {work}/lost '
                    f"> {out}",
                    "A typed reference with the rest 1 is well-formed; whether there is such a "
                    "record is another question.",
                    "Normalise and test the typed ones, and keep those without a record.",
                ),
                look(
                    f"cat {out}; head -n 3 {there}",
                    "How many were mistyped, and what became of the others?",
                    "Read both results.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "the rest itself as check digits",
                            made([f"RF{98 - _check(b):02d}{b}" for b in bare]),
                        ),
                        ("prefix in front of the number", made([_fronted(b) for b in bare])),
                        ("without leading zeros", made([f"RF{_check(b)}{b}" for b in bare])),
                    ],
                ),
                Wrong(
                    "check digits not tested",
                    path=refused,
                    content="".join(f"{line}\n" for line in unknown_only).encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"echo '{first}RF00 97 % p' | dc",
                    symptom=r"stack empty|unimplemented|stack register",
                    diagnosis="Letters are commands to dc; they have to become digits first.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command=f"echo '{number} mod 97' | bc",
                    symptom=r"syntax error|parse error",
                    diagnosis="bc knows no such word; it writes the remainder as a percent sign.",
                ),
            ],
        )


def _bare(text: str) -> str:
    """Letters and digits alone, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _digits(text: str) -> str:
    """A as 10 to Z as 35."""
    return "".join(str(int(letter, 36)) for letter in text)


def _check(bare: str) -> int:
    """The check digits of a bare number."""
    return 98 - int(_digits(bare + "RF00")) % 97


def _fronted(bare: str) -> str:
    """The reference with the prefix on the wrong side when the rest is taken."""
    return f"RF{98 - int(_digits('RF00' + bare)) % 97:02d}{bare}"


def _holds(text: str) -> bool:
    """Whether the check digits are right."""
    return len(text) > 4 and int(_digits(text[4:] + text[:4])) % 97 == 1


def _typed(draw: Draw, references: list[str]) -> list[str]:
    """References as people type them: most are right, some are not."""
    lines: list[str] = []
    for text in draw.sample(references, 14):
        chunks = [text[n : n + 4] for n in range(0, len(text), 4)]
        lines.append(
            draw.choice((" ".join(chunks), text.lower(), "-".join(chunks), f" {text}", text))
        )
    for text in draw.sample(references, 5):
        place = draw.integer(4, len(text) - 2)
        swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        other = text[:-1] + str((int(text[-1], 36) + 3) % 10)
        lines.append(draw.choice((swapped, other)) if swapped != text else other)
    for number in draw.sample(range(100, 999), 3):
        bare = f"Q{number}X"
        lines.append(f"rf{_check(bare):02d} {bare}")
    lines.append(lines[-1].upper())
    return draw.shuffled(lines)
