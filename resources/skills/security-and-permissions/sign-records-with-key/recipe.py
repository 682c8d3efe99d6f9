"""Add a keyed checksum to each record."""

from __future__ import annotations

import hashlib
import hmac

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing, other_extents, unused_name

SIGNED = ("id", "date", "amount")


class SignRecordsWithKey(Recipe):
    """The records with a column of keyed checksums over three of their cells."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=other_extents("enriched"),
        ),
    )
    gives = (Pattern.of("table", condition="clean", shape="records", extent="enriched"),)
    tools = ("cat", "cut", "head", "mlr", "openssl", "paste", "tail", "wc")
    packages = ("miller", "openssl")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has(*SIGNED) or not source.rows:
            raise Unsuitable("a column is missing")
        places = [source.index(role) for role in SIGNED]
        names = [source.header[place] for place in places]
        if any(set(row[place]) & set('|,"') for row in source.rows for place in places):
            raise Unsuitable("a cell to be signed holds the separator")
        if any("\n" in cell for row in source.rows for cell in row):
            raise Unsuitable("a cell holds a line end")
        key, digits = draw.hex(64), draw.choice([16, 20, 24])
        added = unused_name(source, "mac", "record_mac")
        key_path = world.input(draw, ["signing", "record-signing", "mac"], ".key")
        target = world.output(draw, ["signed", "authenticated", "with_mac"], f".{source.format}")

        def signed(secret: bytes, end: str = "", last: bool = False) -> list[Row]:
            """The rows with the checksum under that key."""
            found = []
            for row in source.rows:
                message = "|".join(row[place] for place in places) + end
                digest = hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()
                found.append((*row, digest[-digits:] if last else digest[:digits]))
            return found

        rows = signed(bytes.fromhex(key))
        result = source.with_rows(
            rows,
            path=target,
            columns=(*source.columns, Column(added, "mac")),
            extent="enriched",
            noun=f"signed {source.noun}",
        )
        here, there, secret = quoted(source.path), quoted(target), quoted(key_path)
        glue = "paste -d," if source.format == "csv" else "paste"
        pick = f"mlr --i{source.format} --onidx --ofs '|' cut -o -f {','.join(names)} {here}"
        sign = f'openssl dgst -sha256 -r -mac HMAC -macopt hexkey:"$(cat {secret})"'
        first = "|".join(source.rows[0][place] for place in places)
        form = "|".join(names)
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(key_path, f"{key}\n".encode(), mode=0o600)],
            request=[
                f"The receiver of `{source.path}` wants to notice tampering. Write it to "
                f"`{target}`, same format, columns and order, with a last column `{added}`: the "
                f"first `{digits}` digits of the HMAC-SHA256, in lower-case hex, of the cells "
                f"`{form}` as they stand there, joined by a bar and without a line end. The key "
                f"is in `{key_path}`, in hexadecimal.",
                f"Please sign the records in `{source.path}`. `{target}` has the same rows and "
                f"columns in the same format, and `{added}` as an additional last column, which "
                f"holds the leading `{digits}` hex digits (lower case) of an HMAC with SHA-256 "
                f"over `{form}`, the texts of those cells with a bar between them and no line "
                f"end after. `{key_path}` holds the key's bytes, written in hexadecimal.",
            ],
            steps=[
                look(
                    f"head -n 3 {here}; tail -n 1 {here}; wc -c {secret}; {pick} | head -n 2",
                    "I need the cells that are signed, with the right separator, and the length "
                    "of the key.",
                    "Look at the table, the size of the key file and the first texts to sign.",
                ),
                do(
                    f"{{ echo {added}\n  {pick} |\n"
                    "  while IFS= read -r text; do\n"
                    f'    printf %s "$text" | {sign} | cut -c 1-{digits}\n'
                    f"  done\n}} | {glue} {here} - > {there}",
                    "The key is in hex digits, so it has to be decoded before it is used.",
                    "Sign text by text and paste the column to the table.",
                ),
                look(
                    f"head -n 3 {there}; wc -l < {there}; printf %s {quoted(first)} | {sign}",
                    "Each record should have its checksum, and the first can be computed by hand.",
                    "Read the first rows, count, and sign the first text once more.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("the key was taken as letters", result.with_rows(signed(key.encode()))),
                    (
                        "a line end was signed as well",
                        result.with_rows(signed(bytes.fromhex(key), "\n")),
                    ),
                    (
                        "the last digits",
                        result.with_rows(signed(bytes.fromhex(key), last=True)),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"openssl hmac -sha256 -keyfile {secret} {here}",
                    symptom=r"Invalid command 'hmac'",
                    diagnosis="openssl has no command of that name; dgst makes an HMAC when it is "
                    "given a key.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"printf %s {quoted(first)} | openssl dgst -sha256 -mac HMAC -macopt "
                    f"hexkey:{secret}",
                    symptom=r"[Ee]rror|odd number of digits|illegal hex digit",
                    diagnosis="The option wants the digits of the key, not the name of the file.",
                ),
            ],
        )
