rule sample_blueprints:
    """Draw paths through the skill graph; a new skill changes only the draws that it wins."""
    input:
        scenarios="results/graph/scenarios.parquet",
        transitions="results/graph/transitions.parquet",
        manifest="results/skills.manifest.jsonl",
        skills=ancient("results/skills.parquet"),
    output:
        rows="results/blueprints/all.parquet",
    log:
        "results/logs/sample_blueprints.log",
    benchmark:
        "results/benchmarks/sample_blueprints.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        settings=settings(
            "seed",
            "blueprints.count",
            "blueprints.length.min",
            "blueprints.length.max",
            "blueprints.length.weights",
            "blueprints.skills",
            "blueprints.branching",
            "blueprints.visits",
            "skills.sources",
        ),
        visits=visits_param(),
        code=code_params("blueprints"),
        plumbing=plumbing("sample_blueprints", "blueprint", "scenario", "transition"),
    message:
        "Drawing the blueprints"
    script:
        "../scripts/sample_blueprints.py"


rule plan_coverage:
    """Count the pairs of scenario and skill that are planned, beside baselines, and what needs no model."""
    input:
        blueprints="results/blueprints/all.parquet",
        scenarios="results/graph/scenarios.parquet",
        transitions="results/graph/transitions.parquet",
    output:
        coverage="results/blueprints/coverage.json",
    log:
        "results/logs/plan_coverage.log",
    benchmark:
        "results/benchmarks/plan_coverage.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=settings("seed", "blueprints.skills"),
        code=code_params("coverage"),
        plumbing=plumbing("plan_coverage", "blueprint", "scenario", "transition"),
    message:
        "Counting what the blueprints cover"
    script:
        "../scripts/plan_coverage.py"


rule shard_blueprints:
    """Give every shard its blueprints: those whose ids hash into it."""
    input:
        rows="results/blueprints/all.parquet",
        skills_manifest="results/skills.manifest.jsonl",
        skills=ancient("results/skills.parquet"),
    output:
        rows=expand("results/blueprints/{shard}.parquet", shard=SHARDS),
        manifests=manifests("blueprints"),
    log:
        "results/logs/shard_blueprints.log",
    benchmark:
        "results/benchmarks/shard_blueprints.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        settings=settings("shards.bits"),
        plumbing=plumbing("shard_blueprints", "blueprint", "skill"),
    message:
        "Sorting the blueprints into shards"
    script:
        "../scripts/shard_blueprints.py"
