"""Build the corpus: every trajectory with its task and verdict, marked by every filter."""

import json

from shellwright.corpus.funnel import FunnelInputs, funnel
from shellwright.corpus.stage import CorpusSettings, Shard, build_corpus
from shellwright.corpus.stats import corpus_stats
from shellwright.job import Job, run
from shellwright.store import write_text


def main(job: Job) -> None:
    """Read the tables of all shards; write the corpus, its statistics and the funnel."""
    chosen = job.settings["corpus"]
    stages = ["tasks", "verdicts", "trajectories"]
    if job.inputs("difficulty"):
        stages.append("difficulty")
    shards = [Shard(*paths) for paths in zip(*map(job.inputs, stages), strict=True)]
    settings = CorpusSettings(
        drop=frozenset(chosen["drop"]),
        indexes=tuple(job.project / path for path in chosen["decontaminate"]["indexes"]),
        ngram=chosen["decontaminate"]["ngram"],
        max_tokens=chosen["tokens"]["max"],
    )
    report = build_corpus(shards, settings, job.output("rows"))
    inputs = FunnelInputs(job.input("skills"), [job.input("blueprints")], job.inputs("images"))
    stats = corpus_stats(job.output("rows"), report, settings)
    write_text(job.output("stats"), json.dumps(stats, indent=2) + "\n")
    write_text(job.output("funnel"), json.dumps(funnel(inputs, shards, report), indent=2) + "\n")


if __name__ == "__main__":
    run(main, globals()["snakemake"])
