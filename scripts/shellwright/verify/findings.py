"""A finding of the lint gate."""

from dataclasses import dataclass


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
