"""What is left out of a source, in bounded space."""

from __future__ import annotations

from dataclasses import dataclass, field

from shellwright.skills.found import Refusal

#: Refusals that are listed one by one; the rest are counted.
MOST_REFUSALS = 1000
_LONGEST_SHOWN = 200


@dataclass
class Report:
    """Collects refusals. `close` says how many were not listed."""

    refusals: list[Refusal] = field(default_factory=list)
    _unlisted: int = 0

    def refuse(self, path: str | bytes, reason: str, count: int = 1) -> None:
        """Notes that `path` is left out; the empty path is the source itself. `count` is the number
        of files where a line stands for several."""
        if len(self.refusals) < MOST_REFUSALS:
            self.refusals.append(Refusal(shown(path), reason, count=count))
        else:
            self._unlisted += 1

    def stop(self, reason: str) -> None:
        """Notes why the source is not read to its end, or not at all; that is always listed."""
        self.refusals.append(Refusal("", reason, stops=True))

    def close(self) -> None:
        """Ends the list."""
        if self._unlisted:
            self.refusals.append(Refusal("", f"{self._unlisted} more refusals are not listed"))
            self._unlisted = 0


def shown(path: str | bytes) -> str:
    """A path as it may be shown: on one line, of bounded length, without control characters."""
    raw = path if isinstance(path, bytes) else path.encode(errors="surrogateescape")
    text = raw.decode(errors="replace")
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return clean if len(clean) <= _LONGEST_SHOWN else clean[: _LONGEST_SHOWN - 1] + "…"
