"""How many scenarios community skills tell, and how far they meet in one graph.

    python -m tests.benchmarks.scenarios [archive] [--pages archive]

Reads an archive of skills and the bundled library, and prints two columns: of the skills that pass
every filter, and of all, whatever the filters say of them. Pages of the tldr project take part if
named. Licences are not asked for.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))

from shellwright.graph.assemble import assemble  # noqa: E402
from shellwright.graph.build import graph_statistics  # noqa: E402
from shellwright.graph.embed import embed  # noqa: E402
from shellwright.graph.settings import Settings  # noqa: E402
from shellwright.recipe.start import start_scenarios  # noqa: E402
from shellwright.skills.document import Document  # noqa: E402
from shellwright.skills.filters.judge import judge  # noqa: E402
from shellwright.skills.found import FoundSkill  # noqa: E402
from shellwright.skills.library import executable, load_library, skill_id  # noqa: E402
from shellwright.skills.reading.document import read_document  # noqa: E402
from shellwright.skills.reading.tldr import read_page  # noqa: E402
from shellwright.skills.scenarios.infer import infer  # noqa: E402
from shellwright.skills.scraped import sketch_row  # noqa: E402
from shellwright.skills.sources.gather import gather  # noqa: E402
from shellwright.skills.sources.limits import Limits  # noqa: E402
from shellwright.skills.transitions import find_transitions  # noqa: E402

Row = dict[str, Any]
DATA = PROJECT.parent / "shared" / "data"


def found_in(archive: Path, kind: str) -> Sequence[FoundSkill]:
    """Return what an archive holds."""
    source = {"name": archive.stem, "kind": kind, "path": str(archive)}
    return gather(source, Path.cwd(), Path.cwd() / ".none", Limits()).skills


def read(archive: Path, kind: str) -> list[tuple[str, Document, bool]]:
    """Return id and document of every skill of an archive, and whether it passes all filters."""
    reading = read_page if kind == "tldr" else read_document
    found = []
    for skill in found_in(archive, kind):
        document = reading(skill)
        passed = all(verdict.passed for verdict in judge(skill, document))
        found.append((skill_id(kind, skill.path), document, passed))
    return found


def told(documents: Iterable[tuple[str, Document, bool]]) -> list[Row]:
    """Return the skills with their scenarios, as far as the graph reads them."""
    rows = []
    for name, document, passed in documents:
        pre, post = infer(document)
        row = {"id": name, "status": "ok", "transitions": [], "passed": passed}
        told_of = {"pre": [*map(sketch_row, pre)], "post": [*map(sketch_row, post)]}
        rows.append({**row, **told_of})
    return rows


def library() -> list[Row]:
    """Return the executable skills with their transitions."""
    skills = load_library(PROJECT / "resources" / "skills")
    pairs = find_transitions(executable(skills)).pairs
    return [
        {
            "id": skill_id("bundled", skill.name),
            "status": "ok",
            "pre": [],
            "post": [],
            "transitions": [{"pre": a.id, "post": b.id} for a, b in pairs[skill.name]],
        }
        for skill in skills
        if skill.name in pairs
    ]


def coverage(rows: Sequence[Row]) -> Row:
    """Return how many skills tell how much."""
    texts = Counter(
        text for row in rows for text in {each["text"] for each in (*row["pre"], *row["post"])}
    )
    return {
        "skills": len(rows),
        "with a pre and a post": sum(bool(row["pre"] and row["post"]) for row in rows),
        "without a pre": sum(not row["pre"] for row in rows),
        "with two or more pre": sum(len(row["pre"]) > 1 for row in rows),
        "with two or more post": sum(len(row["post"]) > 1 for row in rows),
        "with two or more of both": sum(min(len(row["pre"]), len(row["post"])) > 1 for row in rows),
        "sentences": len(texts),
        "sentences that two or more skills tell": sum(count > 1 for count in texts.values()),
    }


def meeting(rows: Sequence[Row], executables: Sequence[Row]) -> Row:
    """Return how far the skills meet in the graph, with the executable ones in it."""
    starts = {start.id for start in start_scenarios()}
    graph = assemble([*rows, *executables], starts, embed, Settings())
    ids = {row["id"] for row in rows}
    told_by: dict[str, set[str]] = {}
    used_by: dict[str, set[str]] = {}
    for each in graph.transitions:
        for end in (each["pre"], each["post"]):
            side = told_by if each["skill"] in ids else used_by
            side.setdefault(end, set()).add(each["skill"])
    meet = told_by.keys() & used_by.keys()
    from_start = {row["id"] for row in graph.scenarios if row["start"]} & told_by.keys()
    stats = graph_statistics(graph.scenarios, graph.transitions)
    both, plain = stats["scenarios_and_skills_as_nodes"], stats["scenarios_as_nodes"]
    return {
        "skills in the graph": len(set().union(*told_by.values())) if told_by else 0,
        "scenarios": len(told_by),
        "scenarios of two or more skills": sum(len(names) > 1 for names in told_by.values()),
        "scenarios of executable skills, too": len(meet),
        "of these, a task can start from": len(from_start),
        "skills at one of these": len(set().union(*(told_by[each] for each in meet)))
        if meet
        else 0,
        "transitions": sum(each["skill"] in ids for each in graph.transitions),
        "joined by alignment": sum(
            each["step"] == "align" and each["verdict"] == "accepted" for each in graph.judgements
        ),
        "largest component, scenarios": plain["largest_component_share"],
        "largest component, with skills": both["largest_component_share"],
        "judgements": len(graph.judgements),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    archive = DATA / "openclaw-skills.tar.gz"
    parser.add_argument("archive", type=Path, nargs="?", default=archive)
    parser.add_argument("--pages", type=Path, help="an archive of tldr pages")
    options = parser.parse_args()
    documents = read(options.archive, "archive")
    if options.pages:
        documents += read(options.pages, "tldr")
    began = time.process_time()
    rows = told(documents)
    took = time.process_time() - began
    executables = library()
    parts = [[row for row in rows if row["passed"]], rows]
    columns = [{**coverage(part), **meeting(part, executables)} for part in parts]
    print(f"{'':40}{'usable':>10}{'all':>10}")
    for name in columns[0]:
        print(f"{name:40}" + "".join(f"{column[name]:>10}" for column in columns))
    print(f"inference: {took:.1f} s of CPU time")


if __name__ == "__main__":
    main()
