rule build_graph:
    """Join the skills into a graph: scenarios are nodes, skills lead from one to the next."""
    input:
        manifest="results/skills.manifest.jsonl",
        skills=ancient("results/skills.parquet"),
    output:
        scenarios="results/graph/scenarios.parquet",
        transitions="results/graph/transitions.parquet",
        graphml="results/graph/graph.graphml",
        stats="results/graph/stats.json",
    log:
        "results/logs/build_graph.log",
    benchmark:
        "results/benchmarks/build_graph.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        code=code_params("graph"),
        plumbing=plumbing("build_graph", "skill", "scenario", "transition"),
    message:
        "Building the skill graph"
    script:
        "../scripts/build_graph.py"
