"""Build the skill graph: its tables, GraphML, statistics, a picture and a page to explore it."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from shellwright import tables
from shellwright.graph.assemble import Assembled, assemble
from shellwright.graph.build import graph_statistics, graphml, scenario_graph
from shellwright.graph.embed import Embedder, embed
from shellwright.graph.explorer import explorer
from shellwright.graph.picture import picture
from shellwright.graph.settings import Settings
from shellwright.job import MODEL_CALLS, Job, log, run
from shellwright.recipe.start import start_scenarios
from shellwright.store import write_text

Row = dict[str, Any]


def embedder(job: Job, stack: ExitStack) -> Embedder:
    """Return the embedder that the configuration asks for."""
    if job.settings["graph"]["embeddings"] == "embedded":
        return embed
    from shellwright.skills.model.embedding import endpoint_embedder
    from shellwright.teacher.openai.embeddings import EmbeddingClient
    from shellwright.teacher.openai.settings import read_embedding_settings

    settings = read_embedding_settings(job.config["graph"]["openai"], "graph.openai")
    return endpoint_embedder(stack.enter_context(EmbeddingClient(settings, MODEL_CALLS)))


def judges(job: Job, skills: Sequence[Row], settings: Settings, stack: ExitStack) -> Row:
    """Return the judges that ask a model, or nothing where none is to be asked."""
    if job.settings["graph"]["judge"] == "procedural":
        return {}
    from shellwright.graph.asking import model_judge, model_triple_judge
    from shellwright.teacher.openai.client import OpenAIClient
    from shellwright.teacher.openai.settings import read_settings

    chosen = read_settings(job.config["skills"]["openai"], "skills.openai")
    client = stack.enter_context(OpenAIClient(chosen, MODEL_CALLS))
    told = {row["id"]: f"{row['title'] or row['name']}: {row['description']}" for row in skills}
    bounds = (chosen.concurrency, chosen.attempts, settings.asked)
    return {
        "judge": model_judge(client, settings.align, *bounds),
        "triple_judge": model_triple_judge(client, told, *bounds),
    }


def write(job: Job, skills: Sequence[Row], graph: Assembled) -> None:
    """Write the graph in all its forms."""
    scenarios, transitions = graph.scenarios, graph.transitions
    stats = graph_statistics(scenarios, transitions)
    tables.write_table(job.output("scenarios"), "scenario", scenarios)
    tables.write_table(job.output("transitions"), "transition", transitions)
    tables.write_table(job.output("clusters"), "cluster", graph.clusters)
    tables.write_table(job.output("judgements"), "judgement", graph.judgements)
    write_text(job.output("stats"), json.dumps(stats, indent=2) + "\n")
    views: Mapping[str, Callable[[], str]] = {
        "graphml": lambda: graphml(scenario_graph(scenarios, transitions)),
        "picture": lambda: picture(scenarios, transitions),
        "explorer": lambda: explorer(skills, scenarios, transitions, graph.clusters),
    }
    for name, view in views.items():
        write_text(job.output(name), view())


def main(job: Job) -> None:
    """Read the skills, bring their scenarios together and write the graph."""
    skills = tables.read_table(job.input("skills"), "skill")
    chosen = job.settings["graph"]
    settings = Settings(
        cluster=chosen["similarity"]["cluster"],
        align=chosen["similarity"]["align"],
        candidates=chosen["candidates"],
        # Without a model nobody would find those compatible.
        asked=chosen["asked"] if chosen["judge"] == "openai" else 0,
        triples=chosen["transitions"],
    )
    with ExitStack() as stack:
        graph = assemble(
            skills,
            {start.id for start in start_scenarios()},
            embedder(job, stack),
            settings,
            **judges(job, skills, settings, stack),
        )
    write(job, skills, graph)
    log.info("graph: %d scenarios, %d transitions", len(graph.scenarios), len(graph.transitions))


if __name__ == "__main__":
    run(main, globals()["snakemake"])
