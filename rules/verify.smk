JUDGED = config["verify"]["rubric"]["judge"] != "none"


rule verify_tasks:
    """Put the tasks of one shard through the gates: each has its outcome and its evidence."""
    input:
        tasks_manifest="results/tasks/{shard}.manifest.jsonl",
        tasks=ancient("results/tasks/{shard}.parquet"),
        images_manifest="results/images/{shard}.manifest.jsonl",
        images=ancient("results/images/{shard}.parquet"),
    output:
        rows="results/verified/{shard}.parquet",
        manifest="results/verified/{shard}.manifest.jsonl",
    log:
        "results/logs/verify_tasks/{shard}.log",
    benchmark:
        "results/benchmarks/verify_tasks/{shard}.jsonl"
    # An engine that restarts, or loses an image: finished items stay in the store.
    retries: 2
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        workers=config["verify"]["workers"],
        models=int(JUDGED),
    params:
        settings=settings(
            "shards.bits",
            "verify.oracle_runs",
            "verify.wall_seconds",
            "verify.compared",
            "verify.limits",
            "verify.mutants",
            *rubric_keys(),
        ),
        code=code_params("verify"),
        rubric_code=code_params("rubric") if JUDGED else None,
        plumbing=plumbing("verify_tasks", "task", "image", "verdict"),
    message:
        "Verifying the tasks of shard {wildcards.shard}"
    script:
        "../scripts/verify_tasks.py"
