"""A finding of the lint gate."""

from dataclasses import dataclass, replace
from typing import Self

MOST = 300  # characters of a text; a name or a message may come from a bundle, at any length


@dataclass(frozen=True)
class Finding:
    """What is wrong, where (file and line in the bundle), and what to do about it."""

    rule: str
    file: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.file}:{self.line}: {self.message}. {self.remedy}"

    def plain(self) -> Self:
        """The finding in texts of bounded length that can be printed and stored anywhere."""
        return replace(self, file=printable(self.file), message=printable(self.message))


def printable(text: str) -> str:
    """The text with control characters and what is not UTF-8 escaped, and cut where it is long."""
    short = text if len(text) <= MOST else text[: MOST - 3] + "..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in short)
