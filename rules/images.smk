rule build_base_image:
    """Pull the pinned base image or, where no registry answers, make it from packages."""
    output:
        record="results/images/base.json",
    log:
        "results/logs/build_base_image.log",
    benchmark:
        "results/benchmarks/build_base_image.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        builds=1,
    params:
        settings=settings(
            "images.base.reference",
            "images.base.suite",
            "images.base.sources",
            "images.archive",
            "images.registry",
        ),
        code=code_params("images"),
        plumbing=plumbing("build_base_image"),
    message:
        "Getting the base image"
    script:
        "../scripts/build_base_image.py"


rule build_layer_image:
    """Build a layer that several domain images stand on, once for all of them."""
    input:
        below=image_below,
    output:
        record="results/images/layers/{layer}.json",
    log:
        "results/logs/build_layer_image/{layer}.log",
    benchmark:
        "results/benchmarks/build_layer_image/{layer}.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        builds=1,
    params:
        settings=settings(
            "images.base.reference",
            "images.base.suite",
            "images.base.sources",
            "images.archive",
            "images.registry",
        ),
        environment=environment_param,
        code=code_params("images"),
        plumbing=plumbing("build_layer_image"),
    message:
        "Building the layer {wildcards.layer}"
    script:
        "../scripts/build_layer_image.py"


rule build_domain_image:
    """Build the image that the tasks of a domain run in."""
    input:
        below=image_below,
    output:
        record="results/images/domains/{domain}.json",
    log:
        "results/logs/build_domain_image/{domain}.log",
    benchmark:
        "results/benchmarks/build_domain_image/{domain}.jsonl"
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        builds=1,
    params:
        settings=settings(
            "images.base.reference",
            "images.base.suite",
            "images.base.sources",
            "images.archive",
            "images.registry",
        ),
        environment=environment_param,
        code=code_params("images"),
        plumbing=plumbing("build_domain_image"),
    message:
        "Building the image of {wildcards.domain}"
    script:
        "../scripts/build_domain_image.py"


rule record_images:
    """Record which images the tasks of one shard need, and build those that tasks bring themselves."""
    input:
        manifest="results/tasks/{shard}.manifest.jsonl",
        tasks=ancient("results/tasks/{shard}.parquet"),
        records=expand("results/images/domains/{domain}.json", domain=DOMAINS),
    output:
        rows="results/images/{shard}.parquet",
        manifest="results/images/{shard}.manifest.jsonl",
    log:
        "results/logs/record_images/{shard}.log",
    benchmark:
        "results/benchmarks/record_images/{shard}.jsonl"
    # An engine that restarts during a build: what was built is kept.
    retries: 2
    conda:
        "../envs/python.yaml"
    threads: 1
    resources:
        mem_mb=500,
        workers=config["images"]["tasks"]["workers"],
    params:
        settings=settings(
            "images.base.reference",
            "images.base.suite",
            "images.base.sources",
            "images.archive",
            "images.registry",
            *(f"images.tasks.{key}" for key in OWN_KEYS),
        ),
        code=code_params("images"),
        plumbing=plumbing("record_images", "task", "image"),
    message:
        "Recording the images of shard {wildcards.shard}"
    script:
        "../scripts/record_images.py"
