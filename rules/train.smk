rule write_train:
    """Write the corpus in a form that training frameworks read; a manifest stands for its files."""
    input:
        corpus="results/corpus.parquet",
        stats="results/corpus/stats.json",
        funnel="results/corpus/funnel.json",
    output:
        manifest="results/train/{format}/manifest.json",
        card="results/train/{format}/README.md",
    log:
        "results/logs/write_train/{format}.log",
    benchmark:
        "results/benchmarks/write_train/{format}.jsonl"
    localrule: True
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        settings=settings("train.shard_rows"),
        code=code_params("train"),
        plumbing=plumbing("write_train", "corpus"),
    message:
        "Writing the train set in the form {wildcards.format}"
    script:
        "../scripts/write_train.py"
