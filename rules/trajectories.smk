rule fetch_agent_prompt:
    """Take the agent's prompt out of the pinned release of Harbor, byte for byte."""
    output:
        prompt="results/agents/terminus-json-plain.txt",
    log:
        "results/logs/fetch_agent_prompt.log",
    benchmark:
        "results/benchmarks/fetch_agent_prompt.jsonl"
    retries: 2
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        lock=file_params("envs/harbor-prompt.lock"),
        plumbing=plumbing("fetch_agent_prompt"),
    message:
        "Fetching the agent's prompt"
    script:
        "../scripts/fetch_agent_prompt.py"


rule collect_trajectories:
    """Let every policy work on the verified tasks of one shard, in a real terminal."""
    input:
        tasks_manifest="results/tasks/{shard}.manifest.jsonl",
        tasks=ancient("results/tasks/{shard}.parquet"),
        verdicts_manifest="results/verified/{shard}.manifest.jsonl",
        verdicts=ancient("results/verified/{shard}.parquet"),
        images_manifest="results/images/{shard}.manifest.jsonl",
        images=ancient("results/images/{shard}.parquet"),
        prompt="results/agents/terminus-json-plain.txt",
    output:
        rows="results/trajectories/{shard}.parquet",
        manifest="results/trajectories/{shard}.manifest.jsonl",
    log:
        "results/logs/collect_trajectories/{shard}.log",
    benchmark:
        "results/benchmarks/collect_trajectories/{shard}.jsonl"
    # An engine that restarts, or loses an image: finished items stay in the store.
    retries: 2
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        workers=config["trajectories"]["workers"],
    params:
        settings=settings(
            "shards.bits",
            "verify.limits",
            "verify.wall_seconds",
            "trajectories.policies",
            "trajectories.attempts",
            "trajectories.terminal",
            "trajectories.max_turns",
            "trajectories.wall_seconds",
        ),
        code=code_params("trajectories"),
        plumbing=plumbing("collect_trajectories", "task", "verdict", "image", "trajectory"),
    message:
        "Collecting the trajectories of shard {wildcards.shard}"
    script:
        "../scripts/collect_trajectories.py"
