"""The fields of work that an executable skill can belong to.

They are the eleven categories of TermiGen (arXiv 2602.07274, Table 5), so that the library can be
held against that taxonomy. `category`, a skill's folder, says what it works on; its field says what
sort of work it is.
"""

FIELDS = (
    "software-build",
    "system-administration",
    "security-forensics",
    "data-processing",
    "machine-learning",
    "algorithms-puzzles",
    "software-development",
    "scientific-computing",
    "interactive-environments",
    "distributed-parallel",
    "verification-graphics",
)
