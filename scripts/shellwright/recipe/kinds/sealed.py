"""Sealed files: a table or log, encrypted with a passphrase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shellwright.recipe.checks import Check
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds import log as logs
from shellwright.recipe.kinds import table as tables
from shellwright.recipe.kinds.log import Log
from shellwright.recipe.kinds.table import Table
from shellwright.recipe.resource import Entry, Resource
from shellwright.recipe.sealing import sealed
from shellwright.recipe.shell import quoted, shell_prints
from shellwright.recipe.themes import Theme

TABLES = ("csv", "tsv", "jsonl")
LOGS = ("service", "access")
LETTERS = "abcdefghijkmnopqrstuvwxyz23456789"


@dataclass(frozen=True, kw_only=True)
class Sealed(Resource):
    """A file at `path` in the format of `openssl enc`, AES-256-CBC with PBKDF2, in base64.

    `holds` is the format of what is in it. An `incoming` one came with the passphrase, the first
    line of the file `passphrase_path`, and is known to the byte. An `outgoing` one was made by a
    skill of the file `payload.path` and is known up to its salt.
    """

    kind: ClassVar[str] = "sealed"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {
        "direction": ("incoming", "outgoing"),
        "holds": (*TABLES, *LOGS),
    }

    payload: Table | Log
    passphrase: str
    passphrase_path: str
    rounds: int
    salt: bytes = b"shellwri"
    direction: str = "incoming"

    def state(self) -> dict[str, str]:
        return {"direction": self.direction, "holds": self.payload.format}

    def content(self) -> bytes:
        """The bytes of the file, under this salt."""
        plain = self.payload.entries()[0].content
        return sealed(plain, self.passphrase, self.rounds, self.salt)

    def entries(self) -> list[Entry]:
        found = [Entry(self.path, self.content())]
        if self.direction == "incoming":
            found.append(passphrase_file(self.passphrase_path, self.passphrase))
        return found

    def options(self) -> str:
        """What `openssl enc` has to be told, beside the direction and the files."""
        return (
            f"-aes-256-cbc -pbkdf2 -md sha256 -iter {self.rounds} -a "
            f"-pass file:{quoted(self.passphrase_path)}"
        )

    def checks(self) -> list[Check]:
        options = self.options().replace(" -a ", " ")
        return [
            shell_prints(
                f'raw=$(mktemp)\nbase64 -d {quoted(self.path)} > "$raw"\n'
                'head -c 8 "$raw"; echo\n'
                f'openssl enc -d {options} -in "$raw" | cmp - {quoted(self.payload.path)}\n'
                'rm "$raw"; echo same',
                "Salted__\nsame\n",
                about=f"{self.path} can be decrypted and then is {self.payload.path}.",
                paths=[self.path],
                key="opened",
                weight=2.0,
            )
        ]

    def situation(self) -> str:
        return (
            f"`{self.path}` holds the {self.payload.noun} as they were sent to us: encrypted in "
            f"OpenSSL's format with AES-256-CBC and written as base64. The key comes from the "
            f"first line of `{self.passphrase_path}` through PBKDF2 (SHA-256, "
            f"`{self.rounds}` iterations)."
        )


def passphrase_file(path: str, passphrase: str) -> Entry:
    """The file with a passphrase in its first line and a remark in the second."""
    return Entry(path, f"{passphrase}\n(valid for this exchange only)\n".encode(), mode=0o600)


def drawn_passphrase(draw: Draw) -> str:
    """Four groups of letters and digits."""
    return "-".join("".join(draw.choice(LETTERS) for _ in range(5)) for _ in range(4))


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Sealed:
    """An encrypted clean table of records, or an encrypted log."""
    form, inner = state["holds"], path.removesuffix(".enc")
    payload: Table | Log
    if form in TABLES:
        given = {"format": form, "condition": "clean", "shape": "records", "extent": "full"}
        payload = tables.generate(given, theme, draw.child("inner"), inner)
    else:
        given = {"format": form, "storage": "plain"}
        payload = logs.generate(given, theme, draw.child("inner"), inner)
    return Sealed(
        path=path,
        noun=f"encrypted {payload.noun}",
        payload=payload,
        passphrase=drawn_passphrase(draw),
        passphrase_path=f"{path.rpartition('/')[0]}/passphrase.txt",
        rounds=draw.choice([12_000, 20_000, 50_000, 75_000]),
        salt=draw.bytes(8),
    )


def _file_name(state: dict[str, str], theme: Theme) -> str:
    stem = f"{theme.key}.log" if state["holds"] in LOGS else f"{theme.records}.{state['holds']}"
    return f"{stem}.enc"


KIND = Kind(
    Sealed,
    tuple({"direction": "incoming", "holds": what} for what in Sealed.domain["holds"]),
    generate,
    _file_name,
)
