rule build_graph:
    """Join the skills into a graph: scenarios are nodes, skills lead from one to the next."""
    input:
        manifest="results/skills.manifest.jsonl",
        skills=ancient("results/skills.parquet"),
    output:
        scenarios="results/graph/scenarios.parquet",
        transitions="results/graph/transitions.parquet",
        clusters="results/graph/clusters.parquet",
        judgements="results/graph/judgements.parquet",
        graphml="results/graph/graph.graphml",
        stats="results/graph/stats.json",
        picture="results/graph/graph.svg",
        explorer="results/graph/explorer.html",
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
        settings=settings(
            "graph.embeddings",
            "graph.judge",
            "graph.similarity.cluster",
            "graph.similarity.align",
            "graph.candidates",
            "graph.asked",
            "graph.transitions",
        ),
        model=graph_model_params(),
        code=code_params("graph"),
        plumbing=plumbing("build_graph", "skill", "scenario", "transition", "cluster", "judgement"),
    message:
        "Building the skill graph"
    script:
        "../scripts/build_graph.py"
