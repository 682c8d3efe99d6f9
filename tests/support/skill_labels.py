"""The filters beside labels that people gave by reading: precision and recall."""

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from shellwright.skills.document import Document
from shellwright.skills.filters.judge import judge
from shellwright.skills.found import FoundSkill
from shellwright.skills.reading.document import read_document
from shellwright.skills.reading.tldr import read_page
from shellwright.skills.sources.gather import gather
from shellwright.skills.sources.limits import Limits

PROJECT = Path(__file__).resolve().parents[2]
LABELS = PROJECT / "tests" / "data" / "skill_labels.csv"
PAGE_LABELS = PROJECT / "tests" / "data" / "page_labels.csv"
ARCHIVE = PROJECT.parent / "shared" / "data" / "openclaw-skills.tar.gz"
PAGES = PROJECT.parent / "shared" / "data" / "tldr-pages.tar.gz"
FOLDER = "openclaw-skills/skills"
FILTERS = ("linux", "workflow", "safe", "verifiable")


@dataclass(frozen=True)
class Judged:
    """A skill of the sample: what its reader said, and what the filters say.

    `use` tells whether the filters were developed with its label at hand, or are held against it.
    """

    path: str
    stratum: str
    use: str
    labels: Mapping[str, bool]
    verdicts: Mapping[str, bool]


@dataclass(frozen=True)
class Score:
    """Counts of one filter. What counts as found is a refusal: a skill that fails."""

    both: int
    only_filter: int
    only_label: int

    @property
    def precision(self) -> float:
        """Share of the refusals that the reader agrees with."""
        return self.both / max(self.both + self.only_filter, 1)

    @property
    def recall(self) -> float:
        """Share of what the reader would refuse that is refused."""
        return self.both / max(self.both + self.only_label, 1)

    @property
    def precision_bounds(self) -> tuple[float, float]:
        """Where the precision lies with 95 % confidence."""
        return wilson(self.both, self.both + self.only_filter)

    @property
    def recall_bounds(self) -> tuple[float, float]:
        """Where the recall lies with 95 % confidence."""
        return wilson(self.both, self.both + self.only_label)


def wilson(found: int, of: int) -> tuple[float, float]:
    """Wilson's interval for a share, with 95 % confidence; all there is where nothing is known."""
    if of == 0:
        return 0.0, 1.0
    z = 1.959964
    share = found / of
    middle = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    below = 1 + z * z / of
    return max(0.0, (middle - half) / below), min(1.0, (middle + half) / below)


def judged(cache: Path) -> Iterator[Judged]:
    """Yield every labelled skill with its verdicts."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        labels = {f"{FOLDER}/{row['path']}": row for row in csv.DictReader(file)}
    source = {"name": "labelled", "kind": "archive", "path": str(ARCHIVE)}
    return _judged(gather(source, PROJECT, cache, Limits()).skills, read_document, labels)


def judged_pages(cache: Path) -> Iterator[Judged]:
    """Yield every labelled tldr page with its verdicts; its stratum is `page`."""
    with PAGE_LABELS.open(encoding="utf-8", newline="") as file:
        rows = [{**row, "stratum": "page"} for row in csv.DictReader(file)]
    labels = {row["path"].removeprefix("pages/"): row for row in rows}
    source = {"name": "labelled", "kind": "tldr", "path": str(PAGES)}
    return _judged(gather(source, PROJECT, cache, Limits()).skills, read_page, labels)


def _judged(
    skills: Iterable[FoundSkill],
    read: Callable[[FoundSkill], Document],
    labels: dict[str, dict[str, str]],
) -> Iterator[Judged]:
    for found in skills:
        row = labels.pop(found.path, None)
        if row is not None:
            verdicts = judge(found, read(found))
            yield Judged(
                found.path.removeprefix(f"{FOLDER}/"),
                row["stratum"],
                row["use"],
                {name: row[name] == "1" for name in FILTERS},
                {verdict.filter: verdict.passed for verdict in verdicts},
            )
    if labels:
        raise ValueError(f"labelled skills that are not in the archive: {sorted(labels)}")


def score(sample: list[Judged], name: str) -> Score:
    """Return the counts of one filter over the sample."""
    refused = [(not each.labels[name], not each.verdicts[name]) for each in sample]
    return Score(
        sum(label and verdict for label, verdict in refused),
        sum(verdict and not label for label, verdict in refused),
        sum(label and not verdict for label, verdict in refused),
    )
