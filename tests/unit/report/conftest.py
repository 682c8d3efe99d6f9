"""Makes ``tiny_build`` importable: the tables of a tiny build."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "corpus"))
