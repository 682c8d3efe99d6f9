rule write_tasks:
    """Write the task bundle of every blueprint in one shard."""
    input:
        manifest="results/blueprints/{shard}.manifest.jsonl",
        blueprints=ancient("results/blueprints/{shard}.parquet"),
    output:
        rows="results/tasks/{shard}.parquet",
        manifest="results/tasks/{shard}.manifest.jsonl",
    log:
        "results/logs/write_tasks/{shard}.log",
    benchmark:
        "results/benchmarks/write_tasks/{shard}.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        models=int(config["tasks"]["teacher"] == "openai"),
    params:
        settings=settings("shards.bits", "skills.sources", *teacher_keys()),
        environments=environment_params(),
        code=code_params("tasks"),
        plumbing=plumbing("write_tasks", "blueprint", "task"),
    message:
        "Writing the tasks of shard {wildcards.shard}"
    script:
        "../scripts/write_tasks.py"
