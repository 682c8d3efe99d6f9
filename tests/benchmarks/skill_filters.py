"""How well the procedural filters agree with people who read the skills.

    python -m tests.benchmarks.skill_filters [--disagreements]

The sample is 590 skills of a community collection: 240 drawn at random, 350 drawn among those with
words that unsafe skills use. Each was labelled by one reader before the filters had judged it. The
filters were developed with 370 of the labels at hand; the other 220 only measure. Precision and
recall are of refusals.
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
    parser.add_argument(
        "--disagreements", action="store_true", help="name those of the development part"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sample = list(judged(Path(folder)))
    for use in ("development", "held-out", "all"):
        part = [each for each in sample if use in (each.use, "all")]
        print(f"{use}: {len(part)} skills")
        print(f"{'filter':12}{'by reader':>11}{'by filter':>11}{'precision':>11}{'recall':>8}")
        for name in FILTERS:
            found = score(part, name)
            by_reader, by_filter = found.both + found.only_label, found.both + found.only_filter
            shares = f"{found.precision:11.3f}{found.recall:8.3f}"
            print(f"{name:12}{by_reader:11}{by_filter:11}{shares}")
    if options.disagreements:
        for name in FILTERS:
            for each in sample:
                if each.use == "development" and each.labels[name] != each.verdicts[name]:
                    side = "missed" if each.verdicts[name] else "refused in error"
                    print(f"{name:12}{side:18}{each.path}")


if __name__ == "__main__":
    main()
