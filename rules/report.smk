rule report_summary:
    """Tell what the build came to: a summary for the terminal, and a page to look around in."""
    input:
        corpus="results/corpus.parquet",
        stats="results/corpus/stats.json",
        funnel="results/corpus/funnel.json",
        tasks=tables("tasks"),
        verdicts=tables("verified"),
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
        code=code_params("report"),
        plumbing=plumbing("report_summary", "corpus", "task", "verdict"),
    message:
        "Writing the report"
    script:
        "../scripts/report_summary.py"
