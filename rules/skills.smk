rule collect_skills:
    """Read the skills of one source, with the verdict of every filter."""
    output:
        rows="results/skills/{source}.parquet",
    log:
        "results/logs/collect_skills/{source}.log",
    benchmark:
        "results/benchmarks/collect_skills/{source}.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=settings("skills.licenses"),
        source=source_params,
        hosts=host_params(),
        code=code_params("skills"),
        plumbing=plumbing("collect_skills", "skill"),
    message:
        "Collecting the skills of {wildcards.source}"
    script:
        "../scripts/collect_skills.py"


rule merge_skills:
    """Bring the skills of all sources into one table; a skill keeps the first place that names it."""
    input:
        rows=expand("results/skills/{source}.parquet", source=SOURCES),
    output:
        rows="results/skills.parquet",
        manifest="results/skills.manifest.jsonl",
    log:
        "results/logs/merge_skills.log",
    benchmark:
        "results/benchmarks/merge_skills.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        code=code_params("skills"),
        plumbing=plumbing("merge_skills", "skill"),
    message:
        "Merging the skills of {SOURCES}"
    script:
        "../scripts/merge_skills.py"
