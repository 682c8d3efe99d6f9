# What the rules share: the checked configuration, the settings and code digests that go into params, and lists of files.
#
# Snakemake records the values of params without their names, and never looks into the modules that a script imports.
# So params name every configuration value that a script reads, and carry digests of the code behind it.

from functools import cache

from snakemake.utils import update_config

from shellwright.config import DEFAULT_FILE
from shellwright.config import load as load_config
from shellwright.config_file import Origins, read_file, typed
from shellwright.digest import code_digest, digest, stat_digest, tree_digest
from shellwright.errors import UserError
from shellwright.images import catalogue
from shellwright.skills.sources.missed import note
from shellwright.stop import end_on_sigterm
from shellwright.store.shards import shard_names

PACKAGE = PROJECT / "scripts" / "shellwright"
DOMAINS = catalogue.domains()
# What decides a model's answers. The rest of tasks.openai says how and at what price they are come by.
MODEL_KEYS = ["model", "temperature", "parameters", "attempts"]
# What decides whether the image of a task's own environment can be built.
OWN_KEYS = ["bases", "network", "timeout_s", "memory_mb", "cpus", "context_mb", "image_mb"]

# The parts of the package that make a stage's items. A change in one of them makes all items of the
# stage again, so a part stands here only where it decides what an item is; of the images it is their
# ids, which are inputs. tests/workflow/test_params.py holds this against the imports.
BUNDLE = [
    "tasks/bundle.py",
    "tasks/fixture.py",
    "tasks/harness",
    "tasks/rendering.py",
    "tasks/unpacking.py",
]
# How a model is shown the texts of strangers, and what it quotes of them.
UNTRUSTED = "teacher/openai/untrusted.py"
CODE = {
    "skills": ["skills", "recipe", "shell.py", "syntax.py", UNTRUSTED],
    "graph": [
        "graph",
        "recipe",
        "shell.py",
        "skills/__init__.py",
        "skills/document.py",
        "skills/model",
        UNTRUSTED,
    ],
    "blueprints": [
        "blueprints",
        "recipe",
        "skills/__init__.py",
        "skills/fields.py",
        "skills/library.py",
        "teacher/__init__.py",
        "teacher/procedural/__init__.py",
        "teacher/procedural/compose.py",
    ],
    "tasks": [
        "teacher",
        "recipe",
        "skills/__init__.py",
        "skills/fields.py",
        "skills/library.py",
        "shell.py",
        *BUNDLE,
    ],
    "images": ["images", "tasks/fixture.py", "tasks/unpacking.py"],
    "verify": [
        "verify",
        "sandbox",
        "syntax.py",
        "tasks/outcomes.py",
        "tasks/folder.py",
        *BUNDLE,
    ],
    "rubric": ["rubric", "syntax.py", UNTRUSTED, *BUNDLE],
    "trajectories": ["trajectories", "sandbox", "tasks/outcomes.py", "tasks/folder.py"],
    "difficulty": [
        "difficulty",
        "trajectories",
        "sandbox",
        "tasks/outcomes.py",
        "tasks/folder.py",
    ],
    "corpus": ["corpus"],
    "train": ["train"],
    "export": ["tasks", "images"],
    "report": ["report"],
    "census": ["report", "skills/duplicates.py", "skills/fields.py"],
    "coverage": ["blueprints"],
}
# What carries items from file to file. A change here runs the jobs again, and every item is found in the store.
PLUMBING = [
    "closing.py",
    "store",
    "tables",
    "config.py",
    "config_file.py",
    "digest.py",
    "errors.py",
    "job.py",
    "schema.py",
]


def readable(file):
    """The path of a configuration file, which is read strictly before Snakemake reads it."""
    try:
        read_file(file)
    except UserError as error:
        sys.exit(str(error))
    return str(file)


def checked(given):
    """The configuration with its defaults; ends the run with one sentence per mistake."""
    update_config(given, typed(workflow.config_settings.config))
    try:
        complete = load_config(given, origins())
        if workflow.is_main_process:
            look_around(complete)
    except UserError as error:
        sys.exit(str(error))
    return complete


def look_around(complete):
    """Refuse what the configuration names and is not there; jobs elsewhere may see other files."""
    from shellwright import preflight, references

    references.check(complete, origins(), PROJECT)
    preflight.check_results(Path.cwd())


@cache
def origins():
    """What the configuration comes from: files and values, each with the name that messages use."""
    # Snakemake lists the files of the command line before the one that they lie over.
    files = sorted(workflow.configfiles, key=lambda file: shown_path(file) != DEFAULT_FILE)
    layers = [(shown_path(file), read_file(Path(file))) for file in files]
    if values := typed(workflow.config_settings.config):
        layers.append(("--config", values))
    return Origins(layers)


def shown_path(file):
    """A path as the user knows it: within the project by its name there."""
    path = Path(file).resolve()
    return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else str(file)


def settings(*keys):
    """Configuration values by their dotted keys, for params."""
    return {key: _setting(key) for key in keys}


def _setting(key):
    value = config
    for part in key.split("."):
        value = value[part]
    return value


def code_params(stage):
    """Digests of the code that makes the items of a stage."""
    return {name: _part(name) for name in CODE[stage]}


def plumbing(rule, *tables):
    """Digest of a rule's script, of what carries its items, and of its tables' schemas."""
    own = [f"scripts/{rule}.py", *(f"schemas/{table}.schema.yaml" for table in tables)]
    return {rule: digest([*file_params(*own).values(), *map(_part, PLUMBING)])}


@cache
def _part(name):
    """Digest of a part of the package; most of them stand behind several rules."""
    return code_digest(PACKAGE / name)


def file_params(*names):
    """Digests of files of the project that a script reads, by their names."""
    return {name: code_digest(PROJECT / name) for name in names}


def source_params(wildcards):
    """The configuration of a source of skills, with what tells whether its content is another one."""
    source = next(each for each in config["skills"]["sources"] if each["name"] == wildcards.source)
    return {**source, "content": _content(source)}


def _content(source):
    """A digest of a library; of git whether it is to be asked again; of the rest only sizes and times, as
    it may be large and its items have keys."""
    if source["kind"] == "git":
        return note(source["name"])
    path = PROJECT / source["path"]
    if source["kind"] == "library":
        return tree_digest(path) if path.is_dir() else None
    return stat_digest(path)


def index_params():
    """Digests of the benchmarks' indexes; None for one that is not there, which its rule reports."""
    return {path: _file(path) for path in config["corpus"]["decontaminate"]["indexes"]}


def visits_param():
    """Digest of the file of earlier visits; None where none is asked for."""
    path = config["blueprints"]["visits"]
    return path and _file(path)


def _file(path):
    file = PROJECT / path
    return code_digest(file) if file.is_file() else None


def host_params():
    """The packages that each domain's image has by name."""
    return {domain: sorted(catalogue.packages_of(domain)) for domain in DOMAINS}


def environment_params():
    """The key of each domain's image, and the name that the engine knows it by."""
    return {domain: _environment(domain) for domain in DOMAINS}


def environment_param(wildcards):
    """The key and the name of the image that a job builds."""
    return _environment(_image(wildcards))


def image_below(wildcards):
    """The record of the image that a layer or domain stands on."""
    below = catalogue.parent(_image(wildcards))
    return (
        "results/images/base.json"
        if below == catalogue.BASE
        else f"results/images/layers/{below}.json"
    )


def _environment(image):
    key = catalogue.environment_key(image, config["images"]["base"])
    return [key, catalogue.tag(image, key)]


def _image(wildcards):
    return wildcards.get("domain") or wildcards.layer


def teacher_keys():
    """The settings of the chosen teacher; none of the model's for the procedural one."""
    if config["tasks"]["teacher"] == "procedural":
        return ["tasks.teacher"]
    return ["tasks.teacher", *(f"tasks.openai.{key}" for key in MODEL_KEYS)]


def rubric_keys():
    """The settings of the rubric's judge; none of the model's where nobody judges."""
    if config["verify"]["rubric"]["judge"] == "none":
        return ["verify.rubric.judge"]
    model = [f"verify.rubric.openai.{key}" for key in MODEL_KEYS]
    return ["verify.rubric.judge", "verify.rubric.least_score", *model]


def reader_model_params():
    """What decides the answers of the model that reads skills; None where none is asked."""
    return _model("skills.openai") if config["skills"]["reader"] == "openai" else None


def graph_model_params():
    """What decides the answers of the models behind the graph; None for each that is not asked."""
    graph = config["graph"]
    return [
        _model("skills.openai") if graph["judge"] == "openai" else None,
        _model("graph.openai") if graph["embeddings"] == "openai" else None,
    ]


def _model(section):
    return {key: value for key, value in _setting(section).items() if key in MODEL_KEYS}


def manifests(stage):
    """The manifests of all shards of a stage."""
    return expand("results/{stage}/{shard}.manifest.jsonl", stage=stage, shard=SHARDS)


def tables(stage):
    """The tables of all shards of a stage."""
    return ancient(expand("results/{stage}/{shard}.parquet", stage=stage, shard=SHARDS))


def preflight():
    """Refuse before any work what could only fail in the middle of it."""
    from shellwright import preflight, references

    rules = {job.rule.name for job in workflow.dag.needrun_jobs()}
    try:
        references.check_keys(rules, config, origins(), os.environ)
        preflight.check(rules, Path.cwd())
    except UserError as error:
        sys.exit(str(error))
