"""Collect the skills of one source: a row per skill, with the verdict of every filter."""

from contextlib import ExitStack
from typing import Any

from shellwright import tables
from shellwright.job import MODEL_CALLS, Job, log, run
from shellwright.skills.found import Refusal
from shellwright.skills.scraped import Policy, Reader, collect_scraped
from shellwright.skills.sources.gather import gather
from shellwright.skills.sources.limits import Limits
from shellwright.skills.sources.missed import FETCHED, leave_note
from shellwright.skills.stage import collect_library
from shellwright.store import write_text


def library(job: Job, source: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a library of executable skills."""
    return collect_library(
        source["name"],
        job.project / source["path"],
        {domain: frozenset(packages) for domain, packages in job.params.hosts.items()},
        job.settings["skills"]["licenses"],
    )


def reader(job: Job, stack: ExitStack) -> tuple[Reader, int]:
    """Return who reads the skills, and how many skills at a time."""
    if job.settings["skills"]["reader"] == "procedural":
        return Reader(job.code), 1
    # The client takes a second to load, and most builds never call a model.
    from shellwright.skills.model.reader import model_reader
    from shellwright.teacher.openai.client import OpenAIClient
    from shellwright.teacher.openai.settings import read_settings

    settings = read_settings(job.config["skills"]["openai"], "skills.openai")
    client = stack.enter_context(OpenAIClient(settings, MODEL_CALLS))
    reading = model_reader(job.code, settings.identity, client, settings.attempts)
    return reading, settings.concurrency


def main(job: Job) -> None:
    """Read the source and write its table, with the list of what was not read."""
    source, skills = job.params.source, job.settings["skills"]
    refusals: list[Refusal] = []
    missed = False
    if source["kind"] == "library":
        rows = library(job, source)
        if not rows:
            log.warning("%s: no <category>/<name>/SKILL.md in %s", source["name"], source["path"])
    else:
        gathered = gather(source, job.project, FETCHED, Limits(**skills["limits"]))
        with ExitStack() as stack:
            store = job.whole_store(f"skills-{source['name']}")
            reading, workers = reader(job, stack)
            outcome = collect_scraped(
                source["name"],
                gathered,
                stack.enter_context(store),
                reading,
                Policy(frozenset(skills["licenses"]), frozenset(skills["filters"])),
                pages=source["kind"] == "tldr",
                asserted=source.get("license"),
                workers=workers,
            )
        rows, missed = outcome.rows, gathered.missed
        refusals = gathered.listed()
        for each in refusals:
            if each.stops:
                log.warning("%s: %s", source["name"], each.reason)
            elif each.count > 1:
                log.info("%s: %s: %s", source["name"], each.path, each.reason)
    if refusals:
        log.warning(
            "%s: %d entries were not read: %s",
            source["name"],
            sum(each.count for each in refusals),
            job.output("refused"),
        )
    tables.write_table(job.output("rows"), "skill", rows)
    lines = (f"{each.path}\t{each.reason}\n" for each in refusals)
    write_text(job.output("refused"), "".join(lines))
    if missed:
        leave_note(source["name"])


if __name__ == "__main__":
    run(main, globals()["snakemake"])
