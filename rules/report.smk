rule report_summary:
    """Tell what the build came to: a summary for the terminal, and a page to look around in."""
    input:
        corpus="results/corpus.parquet",
        stats="results/corpus/stats.json",
        funnel="results/corpus/funnel.json",
        tasks=tables("tasks"),
        verdicts=tables("verified"),
        skills_manifest="results/skills.manifest.jsonl",
        skills=ancient("results/skills.parquet"),
    output:
        summary="results/report/summary.md",
        page="results/report/index.html",
    log:
        "results/logs/report_summary.log",
    benchmark:
        "results/benchmarks/report_summary.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=settings("skills.sources"),
        code=code_params("report"),
        plumbing=plumbing("report_summary", "corpus", "task", "verdict", "skill"),
    message:
        "Writing the report"
    script:
        "../scripts/report_summary.py"


rule report_skills:
    """Tell what became of the skills of every source: found, refused, merged, and why."""
    input:
        skills="results/skills.parquet",
        refused=expand("results/skills/{source}.refused.tsv", source=SOURCES),
    output:
        page="results/report/skills.md",
    log:
        "results/logs/report_skills.log",
    benchmark:
        "results/benchmarks/report_skills.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        code=code_params("report"),
        plumbing=plumbing("report_skills", "skill"),
    message:
        "Reporting on the skills"
    script:
        "../scripts/report_skills.py"


rule report_coverage:
    """Add the pairs of scenario and skill that were executed to those that are planned."""
    input:
        planned="results/blueprints/coverage.json",
        blueprints="results/blueprints/all.parquet",
        corpus="results/corpus.parquet",
    output:
        coverage="results/report/coverage.json",
        visits="results/report/visits.json",
    log:
        "results/logs/report_coverage.log",
    benchmark:
        "results/benchmarks/report_coverage.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        code=code_params("coverage"),
        plumbing=plumbing("report_coverage", "blueprint", "corpus"),
    message:
        "Counting what is covered"
    script:
        "../scripts/report_coverage.py"


rule report_census:
    """Count the skills, tools and verified tasks, beside TermiGen's figures."""
    input:
        skills_manifest="results/skills.manifest.jsonl",
        skills=ancient("results/skills.parquet"),
        tasks_manifests=manifests("tasks"),
        tasks=tables("tasks"),
        verdicts_manifests=manifests("verified"),
        verdicts=tables("verified"),
    output:
        census="results/report/census.json",
        page="results/report/census.md",
    log:
        "results/logs/report_census.log",
    benchmark:
        "results/benchmarks/report_census.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1500,
    params:
        code=code_params("census"),
        groups=file_params("resources/tools.yaml"),
        plumbing=plumbing("report_census", "task", "verdict", "skill"),
    message:
        "Taking the census"
    script:
        "../scripts/report_census.py"
