"""Convert a Windows-1252 table with CRLF line ends to UTF-8 with LF."""

from __future__ import annotations

import shlex

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    text_equals,
)


class ConvertLegacyExport(Recipe):
    """The same text, encoded in UTF-8, with line ends of one byte."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="legacy", shape="records"),)
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="records"),)
    tools = ("iconv", "dos2unix", "file", "uchardet", "grep", "head", "xxd", "cmp", "unix2dos")
    packages = ("file", "uchardet", "xxd", "dos2unix")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        old = source.content()
        if not any(byte > 0x7F for byte in old) or "€" not in old.decode("cp1252"):
            raise Unsuitable("no letters that need another encoding")
        target = world.output(draw, ["utf8", "converted", "modern"], f".{source.format}")
        result = source.with_rows(source.rows, path=target, condition="clean", noun=source.noun)
        here, there = shlex.quote(source.path), shlex.quote(target)
        text = result.text()
        check = text_equals(
            target, text, about=f"{target} is the same text in UTF-8 with plain line ends."
        )
        return Move(
            focus=result,
            makes=[result],
            checks=[check],
            request=[
                (
                    f"`{source.path}` comes in `Windows-1252` with `CRLF` line ends, which our "
                    f"tools choke on. I need the same text in `{target}`, in `UTF-8` with `LF` "
                    "line ends and without a byte order mark. No other byte of it may change: "
                    "quotes, separators, accents and the euro sign all have to survive."
                ),
                (
                    f"The accents in `{source.path}` come out as rubbish here, because the file is "
                    f"`Windows-1252` and has `CRLF` at its line ends. Put a version of it into "
                    f"`{target}` that is `UTF-8` (no byte order mark) and ends its lines with "
                    "`LF`. It must be the same text otherwise, character for character."
                ),
                (
                    f"We need `{source.path}` in a form that current software reads. Now: "
                    f"`Windows-1252`, each line ended by `CRLF`. Wanted, as `{target}`: `UTF-8` "
                    "without a BOM, each line ended by `LF`. Besides these two things the files "
                    "must say the same, down to quoting and delimiters, with € and accented "
                    "letters intact."
                ),
                (
                    f"Could you re-encode `{source.path}`? It was written as `Windows-1252` and "
                    f"breaks its lines with `CRLF`, whereas `{target}` has to be `UTF-8`, must "
                    "not begin with a byte order mark, and breaks lines with `LF` alone. Every "
                    "character, the euro sign among them, should read as it was meant."
                ),
                (
                    f"Check list for `{target}`: valid `UTF-8`; no mark in front; `LF` only; the "
                    f"characters those that `{source.path}` holds if you read it as "
                    "`Windows-1252` and disregard its `CRLF`; no field given other quotes, "
                    "trimmed or moved."
                ),
            ],
            steps=[
                look(
                    f"file {here}; uchardet {here}; head -n 2 {here} | xxd | head -n 4",
                    f"{source.path} is said to be Windows-1252 with CRLF.",
                    "Ask what the file looks like, and see the line ends in a hex dump.",
                ),
                look(
                    f"LC_ALL=C grep -n -m 3 -P '[\\x80-\\xff]' {here} | xxd | head -n 12",
                    "Do the lines end as under Windows? And the guess of the encoding needs a "
                    "look at the bytes.",
                    "Dump the first lines that have bytes beyond ASCII.",
                ),
                do(
                    f"iconv -f CP1252 -t UTF-8 {here} | dos2unix > {there}",
                    "Letters beyond ASCII are one byte each, which fits Windows-1252; ISO-8859-1 "
                    "would not even have a euro sign.",
                    "Convert to UTF-8 and drop the carriage returns.",
                ),
                look(
                    f"file {there}; iconv -f UTF-8 -t CP1252 {there} | unix2dos | cmp - {here} "
                    "&& echo same",
                    "The way back should lead to the original, byte for byte.",
                    "Look at the new encoding and compare after converting back.",
                ),
            ],
            wrong=[
                Wrong(
                    "CRLF line ends were left",
                    path=target,
                    content=text.replace("\n", "\r\n").encode(),
                ),
                Wrong(
                    "read as ISO-8859-1, so the euro sign became a control character",
                    path=target,
                    content=old.decode("latin-1").replace("\r", "").encode(),
                ),
                Wrong("converted twice", path=target, content=_twice(text)),
                Wrong(
                    "accents were replaced by question marks",
                    path=target,
                    content=text.encode("ascii", "replace"),
                ),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"iconv -f UTF-8 -t UTF-8 {here} | dos2unix > {there}",
                    symptom=r"illegal input sequence|cannot convert",
                    diagnosis="The file is not UTF-8: a single byte stands for an accented letter. "
                    "The encoding to convert from is CP1252.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"iconv -f WINDOWS-1252-CRLF -t UTF-8 {here} > {there}",
                    symptom=r"iconv: (failed to start conversion|conversion .* unsupported)",
                    diagnosis="iconv knows encodings, not line ends; the carriage returns have to "
                    "go separately.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )


def _twice(text: str) -> bytes:
    """What comes out when UTF-8 is taken for Windows-1252 and converted again."""
    return text.encode().decode("cp1252", "replace").encode()
