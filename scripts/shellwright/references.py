"""What the configuration points at: sources, indexes, endpoints and the keys to them.

A checked configuration can still name a folder that is not there, and fail in the middle of a
build. What is missing is told before any work, in the process that plans it: a job on another
machine may see other files.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from shellwright.config import MODEL_USES, Config, ModelUse, at
from shellwright.config_file import Origins
from shellwright.corpus.index import read_length
from shellwright.errors import UserError
from shellwright.schema import Problem, shown
from shellwright.skills.sources.git import check_address
from shellwright.skills.sources.paths import Unsafe, safe_path
from shellwright.teacher.openai.settings import (
    Settings,
    read_embedding_settings,
    read_key,
    read_settings,
)

_RELATIVE = "a relative path is taken from the project's folder"
_INDEX = "python -m shellwright.corpus.index build --help"


def check(config: Config, origins: Origins, project: Path) -> None:
    """Refuse a configuration that points at what is not there, or cannot be used.

    Relative paths are taken from ``project``. Raises UserError that lists every problem with the
    file that it comes from.
    """
    problems = [
        *_sources(config, project),
        *_visits(config, project),
        *_indexes(config, project),
        *_endpoints(config),
    ]
    if problems:
        places = [each.place if isinstance(each, Problem) else () for each in problems]
        told = zip(map(origins.of, places), problems, strict=True)
        raise UserError("\n".join(f"{origin}: {problem}" for origin, problem in told))


def check_keys(
    rules: Collection[str], config: Config, origins: Origins, environ: Mapping[str, str]
) -> None:
    """Refuse a build whose jobs, of the named ``rules``, will ask a model without its key.

    Raises UserError that names the environment variable.
    """
    for section in dict.fromkeys(use.section for use in MODEL_USES if _asks(use, rules, config)):
        settings = _settings(section, config)
        try:
            if not settings.replay:
                read_key(settings, environ)
        except UserError as error:
            raise UserError(f"{origins.of(tuple(section.split('.')))}: {error}") from error


def _asks(use: ModelUse, rules: Collection[str], config: Config) -> bool:
    kinds = {source["kind"] for source in config["skills"]["sources"]}
    idle = use.key == "skills.reader" and kinds == {"library"}
    return use.rule in rules and use.is_on(config) and not idle


def _sources(config: Config, project: Path) -> Iterator[Problem | UserError]:
    for number, source in enumerate(config["skills"]["sources"]):
        place = ("skills", "sources", number)
        if folder := source.get("folder"):
            try:
                safe_path(folder.encode())
            except Unsafe as error:
                expected = "a folder of the source, as a/b"
                yield Problem((*place, "folder"), f"{shown(folder)}, {error}", expected, "Mend it.")
                continue
        if source["kind"] != "git":
            yield from _path(source, place, project)
            continue
        try:
            check_address(source["url"], source["ref"], source["name"])
        except UserError as error:
            yield error
            continue
        yield from _local_repository(source["url"], (*place, "url"))


#: What each kind of source can be: a folder, a file, or either.
_FORMS = {
    "library": ("a folder",),
    "folder": ("a folder",),
    "archive": ("a file",),
    "tldr": ("a folder", "a file"),
}


def _path(source: Mapping[str, Any], place: tuple[Any, ...], project: Path) -> Iterator[Problem]:
    path, forms = project / source["path"], _FORMS[source["kind"]]
    found = "a folder" if path.is_dir() else "a file" if path.is_file() else "nothing"
    if found not in forms:
        yield Problem(
            (*place, "path"),
            f"{shown(source['path'])}, where {found} lies",
            f"{' or '.join(forms)}, because the source is of kind {source['kind']}; {_RELATIVE}",
            "Correct the path." if found == "nothing" else "Correct the path or the kind.",
        )
    elif found == "a file":
        yield from _archive(source["path"], path, (*place, "path"))
    else:
        yield from _folder(source, path, place)


def _archive(given: str, path: Path, place: tuple[Any, ...]) -> Iterator[Problem]:
    # What unpacks takes a moment to load; most configurations name no archive.
    from shellwright.skills.sources.archive import archive_kind
    from shellwright.skills.sources.limits import Limits

    expected = "a tar archive, which may be compressed, or a zip archive"
    try:
        if archive_kind(path, Limits()) is None:
            found = f"{shown(given)}, where a file of another form lies"
            yield Problem(place, found, expected, "Correct the path, or pack the file again.")
    except OSError as error:
        found = f"{shown(given)}, a file that cannot be read: {error.strerror}"
        yield Problem(place, found, expected, "Correct the path, or get access.")


def _folder(source: Mapping[str, Any], path: Path, place: tuple[Any, ...]) -> Iterator[Problem]:
    """What is wrong with a source that is a folder; archives and servers are not listed here."""
    try:
        empty = all(each.name == ".git" for each in path.iterdir())
    except OSError as error:
        found = f"{shown(source['path'])}, a folder that cannot be read: {error.strerror}"
        remedy = "Correct the path, or get access."
        yield Problem((*place, "path"), found, "a folder of skills", remedy)
        return
    below = source.get("folder")
    if empty:
        found = f"{shown(source['path'])}, where an empty folder lies"
        remedy = "Correct the path, or fill the folder."
        yield Problem((*place, "path"), found, "a folder of skills", remedy)
    elif below and not (path / below).is_dir():
        found = f"{shown(below)}, which is no folder in {shown(source['path'])}"
        remedy = "Correct it, or leave it out to read all of the source."
        yield Problem((*place, "folder"), found, "a folder of the source, as a/b", remedy)


def _local_repository(url: str, place: tuple[Any, ...]) -> Iterator[Problem]:
    """What is wrong with a repository of this machine; those elsewhere are the job's to ask."""
    parts = urlsplit(url)
    if parts.scheme != "file" or Path(unquote(parts.path)).exists():
        return
    yield Problem(
        place,
        f"{shown(url)}, where nothing lies",
        "a repository, as file:///path/to/repository",
        "Correct the url.",
    )


def _visits(config: Config, project: Path) -> Iterator[Problem]:
    path = config["blueprints"]["visits"]
    if path is not None and not (project / path).is_file():
        yield Problem(
            ("blueprints", "visits"),
            f"{shown(path)}, where no file lies",
            f"the visits.json of another build's report; {_RELATIVE}",
            "Correct the path, or set it to null.",
        )


def _indexes(config: Config, project: Path) -> Iterator[Problem | UserError]:
    chosen = config["corpus"]["decontaminate"]
    key = ("corpus", "decontaminate")
    for number, path in enumerate(chosen["indexes"]):
        place = (*key, "indexes", number)
        if not (project / path).is_file():
            remedy = f"Correct the path, or build the index: {_INDEX}"
            yield Problem(
                place, f"{shown(path)}, where no file lies", f"an index; {_RELATIVE}", remedy
            )
            continue
        try:
            length = read_length(project / path)
        except UserError as error:
            yield UserError(f"{Problem(place, '', '').key}: {error}")
            continue
        if length != chosen["ngram"]:
            yield Problem(
                (*key, "ngram"),
                shown(chosen["ngram"]),
                f"{length}, the length of the n-grams in {path}",
                f"Set it to {length}, or build the index again: {_INDEX}",
            )


def _endpoints(config: Config) -> Iterator[UserError]:
    for section in dict.fromkeys(use.section for use in MODEL_USES if use.is_on(config)):
        try:
            _settings(section, config)
        except UserError as error:
            yield error


def _settings(section: str, config: Config) -> Settings:
    """Return the settings of the endpoint in ``section``. Raises UserError that names the key."""
    if section == "graph.openai":
        return read_embedding_settings(at(config, section), section).endpoint
    # An agent's section has no attempts, as measure_difficulty asks for its answers one by one.
    return read_settings({"attempts": 1, **at(config, section)}, section)
