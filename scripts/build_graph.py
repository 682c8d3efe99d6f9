"""Build the skill graph: scenario and transition tables, GraphML and statistics."""

import json

from shellwright import tables
from shellwright.graph.build import build_rows, graph_statistics, graphml, scenario_graph
from shellwright.job import Job, log, run
from shellwright.recipe.start import start_scenarios
from shellwright.store import write_text


def main(job: Job) -> None:
    """Read the skills and write the graph in its four forms."""
    skills = tables.read_table(job.input("skills"), "skill")
    scenarios, transitions = build_rows(skills, {start.id for start in start_scenarios()})
    stats = graph_statistics(scenarios, transitions)
    tables.write_table(job.output("scenarios"), "scenario", scenarios)
    tables.write_table(job.output("transitions"), "transition", transitions)
    write_text(job.output("graphml"), graphml(scenario_graph(scenarios, transitions)))
    write_text(job.output("stats"), json.dumps(stats, indent=2) + "\n")
    log.info("graph: %d scenarios, %d transitions", len(scenarios), len(transitions))


if __name__ == "__main__":
    run(main, globals()["snakemake"])
