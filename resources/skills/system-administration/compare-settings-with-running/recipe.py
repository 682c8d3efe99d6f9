"""Compare the settings in a file, in an agreement and in a running service."""

from __future__ import annotations

import json
from typing import Any

from shellwright.recipe import (
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Settings,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)

#: Settings by section and key as an object by `section.key`, with values as text.
FLAT = (
    'def flat: [paths(type != "object") as $p | {key: ($p | join(".")), value: (getpath($p) '
    '| if . == true then "yes" elif . == false then "no" else tostring end)}] | from_entries; '
)
UNION = (
    "($file + $agreed + $running | keys_unsorted) as $all | [$all[] | {key: ., value: {file: "
    "$file[.], agreed: $agreed[.], running: $running[.]}} | select(.value | .file != .agreed "
    "or .agreed != .running)] | from_entries"
)


class CompareSettingsWithRunning(Recipe):
    """A report says for each setting on which the three sides disagree what each of them has."""

    needs = (Pattern.of("settings"),)
    gives = (Pattern.of("report", format="json"),)
    tools = ("cat", "crudini", "diff", "grep", "gron", "head", "jc", "jq", "yq")
    packages = ("crudini", "jc", "yq", "gron", "jq", "diffutils")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Settings)
        file = {f"{section}.{key}": value for section, key, value in source.values}
        if any("." in section or "." in key for section, key, _ in source.values):
            raise Unsuitable("a dot in a name")
        if len(file) < 12:
            raise Unsuitable("too few settings")
        agreed, running = altered(file, draw), altered(file, draw)
        for name in draw.sample(sorted(file), 4):
            # A restart is due: what runs is what was agreed on, or what the file had before.
            agreed[name] = running.get(name, file[name])
        names = sorted({*file, *agreed, *running})
        value = {
            name: {
                "file": file.get(name),
                "agreed": agreed.get(name),
                "running": running.get(name),
            }
            for name in names
            if not file.get(name) == agreed.get(name) == running.get(name)
        }
        if len(value) < 4 or len(value) == len(names):
            raise Unsuitable("too few settings differ, or all of them")
        spec = world.input(draw, ["agreed", "target_state", "approved"], ".yaml")
        status = world.input(draw, ["status", "running", "effective"], ".json")
        target = world.output(draw, ["disagreements", "config_check", "drift"], ".json")
        inner = draw.choice(["config", "settings", "effective"])
        state = {
            "service": world.theme.key,
            "uptime_s": draw.integer(5_000, 900_000),
            inner: nested(running),
            "workers": [{"pid": draw.integer(300, 900), "busy": draw.chance(0.5)} for _ in "123"],
        }
        result = Report(path=target, noun="comparison of the settings", value=value)
        here, there, yaml, dump = (quoted(p) for p in (source.path, target, spec, status))
        lacking = [name for name in value if None in value[name].values()]
        raw = {
            name: {side: {"yes": "true", "no": "false"}.get(text or "", text)
                   if side != "file" else text for side, text in sides.items()}
            for name, sides in value.items()
        }  # fmt: skip
        two = {n: s for n, s in value.items() if s["file"] != s["running"]}
        complete = {n: s for n, s in value.items() if n not in lacking}
        answers = [
            ("true and false are taken over literally", raw),
            ("what was agreed on is not looked at", two),
            ("settings that a side lacks are left out", complete),
        ]
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry(spec, as_yaml(nested(agreed), draw).encode()),
                Entry(status, json.dumps(state).encode() + b"\n"),
            ],
            request=[
                f"We no longer know how the service is configured. `{source.path}` is the file, "
                f"`{spec}` is what was agreed on, and `{status}` is what the running service "
                f"reports, its settings under `{inner}`. Where do the three not all agree? Write a "
                f"JSON object to `{target}`: a key like `section.option` for each such setting, "
                "and as its value an object with `file`, `agreed` and `running`, the three values "
                "as strings, or `null` where a side does not have the setting. What is `true` or "
                "`false` in one notation is `yes` or `no` in another; write `yes` and `no`.",
                f"Three places, three opinions: the INI file `{source.path}`, the agreement "
                f"`{spec}`, and the service itself (`{status}`, only the part under `{inner}`). "
                f"I want `{target}`, a JSON object with an entry for every setting on which they "
                "are not unanimous, be it that one of them lacks it. Name entries "
                "`section.option`; each is an object of `file`, `agreed` and `running` with the "
                "value as a string or `null` if there is none. Booleans (`true`, `false`) mean "
                "the same as `yes` and `no`, and are to be written like the latter.",
            ],
            steps=[
                look(
                    f"head -n 12 {here}; head -n 12 {yaml}; gron {dump} | head -n 20",
                    "The same settings in three notations.",
                    "See how each of them writes a setting.",
                ),
                look(
                    f"diff <(yq . {yaml} | gron) <(jq .{inner} {dump} | gron); "
                    f"crudini --get --format=lines {here} | head -n 5",
                    f"The service reports its settings under {inner}. YAML and JSON can be "
                    "compared as they are, by path.",
                    "Compare the agreement with the running settings, path by path.",
                ),
                do(
                    f"jq -n --argjson file \"$(jc --ini < {here} | jq '{FLAT} flat')\" "
                    f"--argjson agreed \"$(yq '{FLAT} flat' {yaml})\" "
                    f"--argjson running \"$(jq '{FLAT} .{inner} | flat' {dump})\" "
                    f"'{UNION}' > {there}",
                    "Booleans and numbers of YAML and JSON have to become text like in the INI "
                    "file, and names that one side lacks count too.",
                    "Flatten all three into names and text, and keep names on which they differ.",
                ),
                look(
                    f"cat {there}; gron {there} | grep -c ' = {{}};'",
                    "Every setting should be there, those that the service lacks with a null.",
                    "Read the result and count the entries.",
                ),
            ],
            wrong=[
                wrong
                for name, answer in answers
                if answer != value
                for wrong in Report(path=target, noun="", value=answer).as_wrong(name)
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"jq . {yaml}",
                    symptom=r"parse error|Invalid numeric literal",
                    diagnosis="That file is YAML, which jq does not read; yq does.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"crudini --json {here}",
                    symptom=r"(?i)usage|option --json not recognized|A utility for manipulating",
                    diagnosis="crudini cannot write JSON; jc --ini reads such a file and does.",
                ),
            ],
        )


def altered(values: dict[str, str], draw: Draw) -> dict[str, str]:
    """The settings with some values changed and one or two missing or new."""
    found = dict(values)
    for name in draw.sample(sorted(values), draw.integer(3, 6)):
        text = values[name]
        if text in ("yes", "no"):
            found[name] = "no" if text == "yes" else "yes"
        elif text.isdigit():
            found[name] = str(int(text) + draw.integer(1, 20))
        elif text.endswith("s") and text[:-1].isdigit():
            found[name] = f"{int(text[:-1]) * 2}s"
    for name in draw.sample(sorted(values), draw.integer(1, 2)):
        del found[name]
    section = draw.choice(sorted({name.partition(".")[0] for name in values}))
    found.setdefault(f"{section}.{draw.choice(['backlog', 'compress', 'umask'])}", "77")
    return found


def nested(values: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The settings by section and key, numbers and booleans as such."""
    found: dict[str, dict[str, Any]] = {}
    for name, text in values.items():
        section, _, key = name.partition(".")
        typed: Any = {"yes": True, "no": False}.get(text, int(text) if text.isdigit() else text)
        found.setdefault(section, {})[key] = typed
    return found


def as_yaml(values: dict[str, dict[str, Any]], draw: Draw) -> str:
    """The settings as a person writes them in YAML."""
    lines = ["# agreed in January, sections in no particular order"]
    for section in draw.shuffled(sorted(values)):
        lines.append(f"{section}:")
        for key, value in values[section].items():
            text = json.dumps(value) if not isinstance(value, str) else quoted_yaml(value)
            lines.append(f"  {key}: {text}")
    return "".join(f"{line}\n" for line in lines)


def quoted_yaml(text: str) -> str:
    """The text as a YAML scalar, in quotes where it is not plain."""
    return text if text.replace("-", "").isalnum() else "'" + text.replace("'", "''") + "'"
