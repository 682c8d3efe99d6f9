"""The tasks stage: the task of every blueprint of a shard, by the configured teacher."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from shellwright.digest import canonical, digest
from shellwright.skills.library import Skill
from shellwright.store.items import ItemStore
from shellwright.store.stage import Item, Outcome, run_items
from shellwright.teacher.openai.interface import ModelClient
from shellwright.teacher.openai.rewrite import (
    RewriteRequest,
    rewrite_instruction,
    rewrite_prompt,
)
from shellwright.teacher.openai.settings import Settings
from shellwright.teacher.procedural.task import Environment, failed_task, sealed, write_task

Row = dict[str, Any]


def write_shard(
    blueprints: Sequence[Mapping[str, Any]],
    skills: Mapping[str, Skill],
    environments: Mapping[str, Environment],
    store: ItemStore,
    *,
    code: str,
    label: str,
    rewriter: tuple[Settings, ModelClient] | None = None,
) -> Outcome:
    """The `task` rows of a shard.

    `environments` maps a domain to its image, `code` is the digest of the code behind the stage.
    A task depends on its blueprint, on the skills in its path and on nothing of the other skills.
    With a `rewriter`, the model's settings and its prompt decide as well; the instruction is then
    put into other words by the model.
    """
    teacher: dict[str, Any] = {"name": "procedural"}
    if rewriter is not None:
        version = rewrite_prompt().version
        teacher = {"name": "openai", "prompt": version, **rewriter[0].identity}

    def key(blueprint: Mapping[str, Any]) -> str:
        used = [skills[name].digest if name in skills else None for name in blueprint["skills"]]
        environment = environments[blueprint["domain"]]
        parts = [environment.key, environment.reference, teacher, code]
        return digest([dict(blueprint), used, *parts])

    def make(item: Item) -> Row:
        blueprint = item.payload
        row = write_task(blueprint, skills, environments[blueprint["domain"]])
        return row if rewriter is None else _rewritten(row, *rewriter)

    return run_items(
        [Item(row["id"], key(row), row) for row in blueprints],
        make,
        store,
        workers=1 if rewriter is None else rewriter[0].concurrency,
        label=label,
        failed_row=lambda item, reason: failed_task(item.payload, reason),
    )


def _rewritten(row: Row, settings: Settings, client: ModelClient) -> Row:
    """The task with its instruction as a model puts it, or as it was; the lineage says which."""
    result = rewrite_instruction(
        RewriteRequest(
            row["id"], row["instruction"], row["facts"], row["tools"], settings.attempts
        ),
        client,
    )
    lineage = {**json.loads(row["lineage_json"]), **result.lineage()}
    files = [
        {**file, "content": result.instruction.encode()}
        if file["path"] == "instruction.md"
        else file
        for file in row["files"]
    ]
    return sealed(
        {
            **row,
            "instruction": result.instruction,
            "files": files,
            "lineage_json": canonical(lineage).decode(),
        }
    )
