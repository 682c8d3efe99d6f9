"""Make a model registry and its links true again, going by the content of the checkpoints."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.experiment import Experiment

PROGRAM = """($sums | split("\\n") | map(select(. != "") | {sum: .[:64], path: .[66:]})) as $files
| .models |= with_entries(.value as $is
  | if any($files[]; .path == $is.path and .sum == $is.sha256) then .
    else .value.path = ([$files[] | select(.sum == $is.sha256).path] | first) end)
| .retired = (.retired + [.models | to_entries[] | select(.value.path == null).key] | sort)
| .models |= with_entries(select(.value.path != null))
"""


class RepairModelRegistry(Recipe):
    """Every model of the registry points to the file with its sum, and has a link; others none."""

    needs = (Pattern.of("experiment", registry="stale"),)
    gives = (Pattern.of("experiment", registry="settled"),)
    tools = ("cat", "find", "gron", "head", "jq", "ln", "ls", "sha256sum", "sort", "sponge",
             "symlinks")  # fmt: skip
    packages = ("gron", "jq", "moreutils", "symlinks")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Experiment)
        places: dict[str, list[str]] = {}
        for point in source.checkpoints:
            places.setdefault(point.sha256, []).append(point.path)
        models, lost = [], []
        for name, path, sha in source.models:
            found = sorted(places.get(sha, []))
            if found:
                models.append((name, path if path in found else found[0], sha))
            else:
                lost.append(name)
        if not lost or models == [one for one in source.models if one[0] not in lost]:
            raise Unsuitable("nothing has moved, or nothing is lost")
        result = dataclasses.replace(
            source,
            models=tuple(models),
            retired=tuple(sorted([*source.retired, *lost])),
            links=tuple((name, f"../{path}") for name, path, _ in models),
            registry="settled",
        )
        here = quoted(source.path)
        register, current = f"{source.path}/registry.json", f"{source.path}/current"
        old = {name: path for name, path, _ in source.models}
        moved = [name for name, path, _ in models if old[name] != path]
        by_path = dataclasses.replace(
            result,
            models=tuple(m for m in source.models if m[1] in {p.path for p in source.checkpoints}),
        )
        kept = dataclasses.replace(result, models=source.models, retired=source.retired)
        last = dataclasses.replace(
            result, models=tuple((n, sorted(places[s])[-1], s) for n, _, s in models)
        )
        wrong = [
            ("whatever exists at the path is taken", by_path),
            ("nothing was retired or corrected", kept),
            ("the last of several equal files", last),
        ]
        at = quoted(register)
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"The registry `{register}` no longer fits the files: checkpoints were moved and "
                "overwritten, and some are lost. Put it right by content. An entry of `models` "
                "whose `path` (relative to the folder) has the SHA-256 in `sha256` stays as it "
                "is. Otherwise `path` becomes that of the file below "
                f"`{source.path}/checkpoints` with that sum, the first in byte order where "
                "several have it. A model whose sum no file has leaves `models`, and its name is "
                "added to the list `retired`, which is sorted. Then make `"
                f"{current}` agree: one relative symbolic link for each model, named like it, with "
                "the target `../` followed by `path`, and nothing else. Sums, metrics and "
                "checkpoints must not be changed.",
                f"Somebody tidied `{source.path}/checkpoints`, and since then neither "
                f"`{register}` nor the links in `{current}` can be trusted. What counts is the "
                "`sha256` of each of the `models`, which is never changed: leave the `path` where "
                "the file there has this sum, else write the path of a file with this sum (from "
                "the folder on, as the others; the first in byte order if there is a "
                "choice). If there is none, take the model out and put its name into `retired`, "
                "a sorted list. In the end the folder of links has exactly one symbolic link for "
                "each remaining model, under its name and with the target `../` plus `path`. "
                "Leave the files themselves and the metrics alone.",
            ],
            steps=[
                look(
                    f"gron {at}; ls -l {quoted(current)}; symlinks -v {quoted(current)}",
                    "Which models are registered, and which links lead nowhere?",
                    "Print the registry line by line and classify the links.",
                ),
                look(
                    f"cd {here} && jq -r '.models[] | \"\\(.sha256)  \\(.path)\"' registry.json | "
                    "sha256sum -c || find checkpoints -type f | sort | head -n 40",
                    "Dangling links are only the visible half: a path can exist with another "
                    "model in it. I compare the sums.",
                    "Check every registered sum, and list what files there are.",
                    fails=True,
                ),
                do(
                    f"cd {here}\nfind checkpoints -type f -exec sha256sum {{}} + | "
                    "LC_ALL=C sort -k 2 > /tmp/sums\n"
                    f"cat > /tmp/repair.jq <<'EOF'\n{PROGRAM}EOF\n"
                    "jq --rawfile sums /tmp/sums -f /tmp/repair.jq registry.json | "
                    "sponge registry.json",
                    "Some sums may be gone for good; the other wrong entries should have their "
                    "file somewhere else.",
                    "Take all sums in order of path, correct or retire the entries.",
                    0.5,
                ),
                do(
                    f"cd {quoted(current)}\nfind . -mindepth 1 -delete\n"
                    "jq -r '.models | to_entries[] | \"\\(.key) \\(.value.path)\"' "
                    "../registry.json |\n"
                    '  while read -r name path; do ln -s "../$path" "$name"; done',
                    f"{' and '.join(moved)} have a new path, {' and '.join(lost)} are retired. "
                    "The links are made anew from the registry.",
                    "Remove the links and make one for each model.",
                ),
                look(
                    f"cd {here} && symlinks -v current; jq -c .retired registry.json; "
                    "jq -r '.models | to_entries[] | \"\\(.value.sha256)  current/\\(.key)\"' "
                    "registry.json | sha256sum -c",
                    "Every registered model should have a link to a file with the registered sum.",
                    "Check the sum behind each link.",
                ),
            ],
            wrong=[
                *[
                    Wrong(name, path=register, content=answer.register().encode())
                    for name, answer in wrong
                    if answer.register() != result.register()
                ],
                Wrong("a link of a retired model", command=f"ln -s x {current}/{lost[0]}"),
                Wrong(
                    "absolute links",
                    command=f"cd {current} && ln -sfn {source.path}/{models[0][1]} {models[0][0]}",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"cd {here} && jq -r '.models[] | .sha256 + .path' registry.json | "
                    "sha256sum -c",
                    symptom=r"no properly formatted|improperly formatted",
                    diagnosis="Between sum and name sha256sum wants two blanks.",
                ),
                Mistake(
                    "verification",
                    before=3,
                    command=f"cd {quoted(current)} && sha256sum *",
                    symptom=r"No such file or directory",
                    diagnosis="The links still go by the old registry, and some lead nowhere.",
                ),
            ],
        )
