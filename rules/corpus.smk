rule build_corpus:
    """Join trajectories, verdicts and tasks; mark them by every filter, leave out what is to be left out."""
    input:
        skills_manifest="results/skills.manifest.jsonl",
        skills=ancient("results/skills.parquet"),
        blueprints=ancient("results/blueprints/all.parquet"),
        tasks_manifests=manifests("tasks"),
        tasks=tables("tasks"),
        images_manifests=manifests("images"),
        images=tables("images"),
        verdicts_manifests=manifests("verified"),
        verdicts=tables("verified"),
        trajectories_manifests=manifests("trajectories"),
        trajectories=tables("trajectories"),
        difficulty_manifests=manifests("difficulty") if MEASURED else [],
        difficulty=tables("difficulty") if MEASURED else [],
    output:
        rows="results/corpus.parquet",
        stats="results/corpus/stats.json",
        funnel="results/corpus/funnel.json",
    log:
        "results/logs/build_corpus.log",
    benchmark:
        "results/benchmarks/build_corpus.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 2
    resources:
        mem_mb=2000,
    params:
        settings=settings(
            "corpus.decontaminate.ngram",
            "corpus.decontaminate.indexes",
            "corpus.tokens.max",
            "corpus.drop",
        ),
        indexes=index_params(),
        code=code_params("corpus"),
        plumbing=plumbing("build_corpus", "task", "verdict", "trajectory", "difficulty", "corpus"),
    message:
        "Building the corpus"
    script:
        "../scripts/build_corpus.py"
