# Shellwright: skills -> graph -> blueprints -> tasks -> images -> verified -> trajectories -> difficulty -> corpus -> exports.
#
#   results/skills.parquet                       the library, with the verdict of every filter
#   results/graph/                               scenarios, transitions, GraphML, statistics
#   results/blueprints/{shard}.parquet           what is to be written
#   results/blueprints/coverage.json             what it covers, and the share that needs no model
#   results/tasks/{shard}.parquet                task bundles with all their files
#   results/images/                              what the tasks run in
#   results/verified/{shard}.parquet             the outcome of every gate, and the tier
#   results/trajectories/{shard}.parquet         real attempts in a real terminal
#   results/difficulty/{shard}.parquet           how often an agent solves each task, where one is configured
#   results/corpus.parquet                       the corpus
#   results/train/, results/tasks_export/        the corpus and its tasks as others read them
#   results/report/                              the funnel, and the numbers behind it
#
# Beside a shard's table lies its manifest (id, digest, status): staleness follows the manifest's content.
# docs/build.md explains what is rebuilt when.

import os
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.20")

PROJECT = Path(workflow.basedir)
sys.path.insert(0, str(PROJECT / "scripts"))
# The jobs' scripts, too, take the package from this folder, whichever environment is active: one that was
# made for another copy of the project names that copy.
os.environ.update(
    PYTHONPATH=os.pathsep.join(
        dict.fromkeys([str(PROJECT / "scripts"), *filter(None, [os.getenv("PYTHONPATH")])])
    )
)


include: "rules/common.smk"


configfile: readable(PROJECT / "config.yaml")


config = checked(config)
SHARDS = shard_names(config["shards"]["bits"])
SOURCES = [source["name"] for source in config["skills"]["sources"]]


wildcard_constraints:
    shard=r"[0-9a-f]{1,2}",
    source=r"[a-z][a-z0-9_]{0,31}",
    domain=r"[a-z][a-z0-9-]*",
    layer=r"[a-z][a-z0-9-]*",
    format=r"[a-z]+",


rule all:
    """Everything: the corpus, its exports and the report."""
    input:
        "results/corpus.parquet",
        expand("results/train/{format}/manifest.json", format=config["train"]["formats"]),
        "results/tasks_export/harbor/manifest.json",
        "results/report/summary.md",
        "results/report/skills.md",
        "results/report/census.md",
        "results/report/coverage.json",
    localrule: True


include: "rules/skills.smk"
include: "rules/graph.smk"
include: "rules/blueprints.smk"
include: "rules/tasks.smk"
include: "rules/images.smk"
include: "rules/verify.smk"
include: "rules/trajectories.smk"
include: "rules/difficulty.smk"
include: "rules/corpus.smk"
include: "rules/train.smk"
include: "rules/export.smk"
include: "rules/report.smk"


onstart:
    preflight()
    end_on_sigterm(workflow.scheduler)
