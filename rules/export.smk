rule export_harbor:
    """Write the accepted tasks as a Harbor data set; its manifest stands for the folder."""
    input:
        tasks_manifests=manifests("tasks"),
        tasks=tables("tasks"),
        verdicts_manifests=manifests("verified"),
        verdicts=tables("verified"),
        images_manifests=manifests("images"),
        images=tables("images"),
    output:
        manifest="results/tasks_export/harbor/manifest.json",
    log:
        "results/logs/export_harbor.log",
    benchmark:
        "results/benchmarks/export_harbor.jsonl"
    localrule: True
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=settings(
            "export.harbor.organisation", "images.base.reference", "images.base.sources"
        ),
        environments=environment_params(),
        code=code_params("export"),
        plumbing=plumbing("export_harbor", "task", "verdict", "image"),
    message:
        "Exporting the tasks as a Harbor data set"
    script:
        "../scripts/export_harbor.py"
