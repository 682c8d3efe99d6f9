rule collect_skills:
    """Read the skills of one source, with the verdict of every filter."""
    output:
        rows="results/skills/{source}.parquet",
        refused="results/skills/{source}.refused.tsv",
    log:
        "results/logs/collect_skills/{source}.log",
    benchmark:
        "results/benchmarks/collect_skills/{source}.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        settings=settings(
            "skills.licenses",
            "skills.filters",
            "skills.reader",
            "skills.limits.file_kb",
            "skills.limits.skill_files",
            "skills.limits.skill_kb",
            "skills.limits.total_mb",
            "skills.limits.entries",
            "skills.limits.skills",
            "skills.limits.seconds",
            "skills.limits.ratio",
        ),
        source=source_params,
        model=reader_model_params(),
        hosts=host_params(),
        code=code_params("skills"),
        plumbing=plumbing("collect_skills", "skill"),
    message:
        "Collecting the skills of {wildcards.source}"
    script:
        "../scripts/collect_skills.py"


rule merge_skills:
    """Bring the skills of all sources into one table; copies of a skill count as one."""
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
        mem_mb=2000,
    params:
        settings=settings("skills.near_duplicates"),
        code=code_params("skills"),
        plumbing=plumbing("merge_skills", "skill"),
    message:
        "Merging the skills of {SOURCES}"
    script:
        "../scripts/merge_skills.py"
