"""How well the procedural filters agree with people who read the skills.

    python -m tests.benchmarks.skill_filters [--disagreements]

The sample is 740 skills of a community collection: 240 drawn at random, 350 drawn among those
with words that unsafe skills use, and 60 and 90 drawn among those that `verifiable` let pass and
refused. Each was labelled by one reader who had not seen what the filters say. 520 of the labels
were at hand when the filters were written; the other 220 were held out, but the filters have been
mended since these had been measured: their figures are no longer those of a sample that nobody
has seen. Besides, 320 tldr pages drawn at random: half of the labels were at hand, half were held
out and measured before and after the rules on who asks at a terminal, which were written without
them. Precision and recall are of refusals, each with Wilson's interval of 95 %; only what was
drawn at random tells what to expect of a collection as a whole. Where nearly all are refused these
say little of the few that pass: how many the reader and the filter let pass, and how many both,
stands beside them, for all filters together as well.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))

from tests.support.skill_labels import FILTERS, Judged, judged, judged_pages, score  # noqa: E402


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--disagreements", action="store_true", help="name those of the development part"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sample = [*judged(Path(folder)), *judged_pages(Path(folder))]
    for use, stratum in sorted({(each.use, each.stratum) for each in sample}):
        part = [each for each in sample if (each.use, each.stratum) == (use, stratum)]
        print(f"{stratum}, {use}: {len(part)}")
        print(
            f"{'filter':12}{'by reader':>11}{'by filter':>11}{'precision':>20}{'recall':>20}"
            f"{'passed by reader, filter, both':>33}"
        )
        for name in FILTERS:
            found = score(part, name)
            by_reader, by_filter = found.both + found.only_label, found.both + found.only_filter
            precision = _share(found.precision, found.precision_bounds)
            recall = _share(found.recall, found.recall_bounds)
            passed = _passed(part, [name])
            print(f"{name:12}{by_reader:11}{by_filter:11}{precision:>20}{recall:>20}{passed:>33}")
        print(f"{'together':12}{_passed(part, FILTERS):>95}")
    if options.disagreements:
        for name in FILTERS:
            for each in sample:
                if each.use == "development" and each.labels[name] != each.verdicts[name]:
                    side = "missed" if each.verdicts[name] else "refused in error"
                    print(f"{name:12}{side:18}{each.path}")


def _passed(part: Sequence[Judged], names: Sequence[str]) -> str:
    """How many skills pass these filters: by the reader, by the judge, and by both."""
    reader = [all(each.labels[name] for name in names) for each in part]
    judge = [all(each.verdicts[name] for name in names) for each in part]
    both = sum(one and other for one, other in zip(reader, judge, strict=True))
    return f"{sum(reader)}, {sum(judge)}, {both}"


def _share(share: float, bounds: tuple[float, float]) -> str:
    return f"{share:.3f} ({bounds[0]:.2f}-{bounds[1]:.2f})"


if __name__ == "__main__":
    main()
