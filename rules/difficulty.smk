MEASURED = config["difficulty"]["agent"] != "none"


rule measure_difficulty:
    """Let an agent try the verified tasks of one shard several times: the share that it solves is a label."""
    input:
        tasks_manifest="results/tasks/{shard}.manifest.jsonl",
        tasks=ancient("results/tasks/{shard}.parquet"),
        verdicts_manifest="results/verified/{shard}.manifest.jsonl",
        verdicts=ancient("results/verified/{shard}.parquet"),
        images_manifest="results/images/{shard}.manifest.jsonl",
        images=ancient("results/images/{shard}.parquet"),
        prompt="results/agents/terminus-json-plain.txt",
    output:
        rows="results/difficulty/{shard}.parquet",
        manifest="results/difficulty/{shard}.manifest.jsonl",
        attempts="results/difficulty/attempts/{shard}.parquet",
    log:
        "results/logs/measure_difficulty/{shard}.log",
    benchmark:
        "results/benchmarks/measure_difficulty/{shard}.jsonl"
    # An engine that restarts, or loses an image: finished items stay in the store.
    retries: 2
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        workers=config["difficulty"]["workers"],
        models=1,
    params:
        settings=settings(
            "shards.bits",
            "verify.limits",
            "verify.wall_seconds",
            "trajectories.terminal",
            "trajectories.max_turns",
            "trajectories.wall_seconds",
            "difficulty.attempts",
            "difficulty.retries",
            "difficulty.bands",
            *(f"difficulty.openai.{key}" for key in MODEL_KEYS if key != "attempts"),
        ),
        code=code_params("difficulty"),
        plumbing=plumbing(
            "measure_difficulty", "task", "verdict", "image", "trajectory", "difficulty"
        ),
    message:
        "Measuring the difficulty of shard {wildcards.shard}"
    script:
        "../scripts/measure_difficulty.py"
