"""How well the procedural filters agree with people who read the skills.

    python -m tests.benchmarks.skill_filters [--disagreements]

The sample is 190 skills of a community collection: 110 drawn at random, 80 drawn among those with
words that unsafe skills use. Each was labelled by one reader, who did not know the filters.
Precision and recall are of refusals.
"""

import argparse
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))

from tests.support.skill_labels import FILTERS, judged, score  # noqa: E402


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--disagreements", action="store_true", help="name the skills")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sample = list(judged(Path(folder)))
    print(f"{len(sample)} skills")
    print(f"{'filter':12}{'refused by reader':>19}{'by filter':>11}{'precision':>11}{'recall':>8}")
    for name in FILTERS:
        found = score(sample, name)
        by_reader, by_filter = found.both + found.only_label, found.both + found.only_filter
        print(f"{name:12}{by_reader:19}{by_filter:11}{found.precision:11.3f}{found.recall:8.3f}")
    for stratum in ("random", "suspect"):
        part = [each for each in sample if each.stratum == stratum]
        found = score(part, "safe")
        print(f"safe, {stratum}: precision {found.precision:.3f}, recall {found.recall:.3f}")
    if options.disagreements:
        for name in FILTERS:
            for each in sample:
                if each.labels[name] != each.verdicts[name]:
                    side = "missed" if each.verdicts[name] else "refused in error"
                    print(f"{name:12}{side:18}{each.path}")


if __name__ == "__main__":
    main()
