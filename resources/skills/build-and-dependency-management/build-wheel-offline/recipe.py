"""Build an installable wheel of a package whose metadata is wrong, without a network."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    Wrong,
    custom,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.checks import slug
from shellwright.recipe.kinds.codebase import Codebase, Trial, patch_between, unseen

CLI = '''"""Prints the days of the week with their records and figures."""

import csv
import json
import sys
from importlib.resources import files

from @PKG@.readers.records import records


def main() -> int:
    """Read records from standard input."""
    columns = json.loads((files("@PKG@") / "columns.json").read_text(encoding="utf-8"))
    found: dict[int, list[int]] = {}
    for day, value in records(sys.stdin, columns["day"], columns["value"]):
        found.setdefault(day.weekday(), []).append(value)
    out = csv.writer(sys.stdout, lineterminator="\\n")
    out.writerow(["weekday", "records", columns["value"]])
    for day, values in sorted(found.items()):
        out.writerow([columns["names"][day], len(values), sum(values)])
    return 0
'''
READER = '''"""Reads records."""

import csv
from datetime import date


def records(stream, day, value):
    """Each record's day and value."""
    for row in csv.DictReader(stream):
        yield date.fromisoformat(row[day]), int(row[value])
'''
PYPROJECT = """[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"

[project]
name = "@NAME@"
version = "@VERSION@"
description = "Figures by the day of the week"
requires-python = ">=@PYTHON@"
dependencies = []

[project.scripts]
@COMMAND@ = "@PKG@.@ENTRY@"

[tool.setuptools]
packages = [@PACKAGES@]

[tool.setuptools.package-dir]
"" = "src"
@DATA@"""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class BuildWheelOffline(Recipe):
    """A wheel installs without a network and its command works; what it prints is there."""

    needs = (
        Pattern.of(
            "table",
            format="csv",
            condition="clean",
            shape="records",
            extent=("full", "enriched"),
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "find", "head", "patch", "pip3", "unzip", "rm", "mkdir")
    packages = ("patch", "python3-pip", "python3-setuptools", "python3-wheel", "unzip")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("date", "count"):
            raise Unsuitable("no dates or no counts")
        target = world.output(draw, ["weekdays", "by_weekday", "week"], ".csv")
        stem = draw.choice(["weekday-sums", "week-figures", "day-profile"])
        name = f"{world.theme.key}-{stem}"
        package, command = name.replace("-", "_"), stem.split("-")[0] + "-report"
        old = f"{draw.integer(0, 3)}.{draw.integer(1, 9)}.{draw.integer(0, 9)}"
        version = f"{old.split('.')[0]}.{int(old.split('.')[1]) + 1}.0"
        place = world.input(draw, [f"{name}-src", f"{stem}-package"])
        wheel = world.output(draw, [f"{package}-{version}-py3-none-any"], ".whl")
        if not wheel.endswith("any.whl"):
            raise Unsuitable("the name of the wheel is taken")
        hidden = unseen(source, world.theme, draw.child("hidden"), 50)
        result = _weekdays(source, target)
        columns = (
            f'{{"day": "{source.name("date")}", "value": "{source.name("count")}",\n "names": ['
            + ", ".join(f'"{day}"' for day in WEEKDAYS)
            + "]}\n"
        )
        words = {
            "NAME": name,
            "VERSION": version,
            "PYTHON": "3.9",
            "COMMAND": command,
            "PKG": package,
            "ENTRY": "cli:main",
            "PACKAGES": f'"{package}", "{package}.readers"',
            "DATA": f'\n[tool.setuptools.package-data]\n{package} = ["columns.json"]\n',
        }
        bad = {
            "VERSION": old,
            "ENTRY": draw.choice(["cli:run", "main:main", "cli.main"]),
            "PACKAGES": f'"{package}"',
            "DATA": "",
        }
        wrong = {**words, **bad}
        if draw.chance(0.5):
            wrong["PYTHON"] = "3.14"
        log = "# Changes\n\n## {}\n\nNames of days come from a file.\n\n## {}\n\nFirst release.\n"
        files = {
            "CHANGES.md": log.format(version, old),
            f"src/{package}/__init__.py": f'"""Figures of {world.theme.organisation}."""\n',
            f"src/{package}/cli.py": CLI.replace("@PKG@", package),
            f"src/{package}/columns.json": columns,
            f"src/{package}/readers/__init__.py": '"""Readers."""\n',
            f"src/{package}/readers/records.py": READER,
        }
        broken = Codebase(
            path=place,
            noun="package",
            files={**files, "pyproject.toml": _filled(wrong)},
            language="python",
        )
        ask = f'"$at/env/bin/{command}" < "$at/hidden.csv"\nls "$at/env" | grep dist-info\n'
        install = "pip3 -q install --no-index --no-deps --no-cache-dir --target $at/env"
        answer = _weekdays(hidden, "/").text() + f"{package}-{version}.dist-info\n"
        build = (
            "pip3 -q wheel --no-index --no-deps --no-build-isolation --no-cache-dir -w $at/dist . "
            f"2>/dev/null\n{install} $at/dist/*.whl 2>/dev/null\nexport PYTHONPATH=$at/env\n"
        )
        fixed = replace(
            broken,
            files={**files, "pyproject.toml": _filled(words)},
            hidden=hidden,
            editable=("pyproject.toml",),
            trials=(Trial(build + ask, answer, "builds", f"{place} builds a wheel that works."),),
        )
        rows = f"cat > $at/hidden.csv <<'ROWS'\n{hidden.text()}ROWS\n"
        shipped = custom(
            "command_prints",
            about=f"{wheel} installs by itself and its command is right about other data.",
            paths=[wheel],
            weight=2.0,
            files={f"{slug(wheel)}.txt": answer.encode()},
            argv=[
                "bash",
                "-c",
                f"set -euo pipefail\nat=$(mktemp -d)\n{rows}{install} {quoted(wheel)} "
                f"2>/dev/null\nexport PYTHONPATH=$at/env\n{ask}",
            ],
            expected=f"{slug(wheel)}.txt",
            cwd="/",
            timeout=30,
        )
        at, given, there, out = (quoted(p) for p in (place, source.path, target, wheel))
        folder = quoted(wheel.rpartition("/")[0])
        make = (
            "pip3 -q wheel --no-index --no-deps --no-build-isolation --no-cache-dir "
            f"-w {folder} {at}"
        )

        def spoilt(about: str, key: str) -> Wrong:
            text = _filled({**words, key: bad[key]})
            return Wrong(about, path=f"{place}/pyproject.toml", content=text.encode())

        return Move(
            focus=result,
            makes=[fixed, result],
            brings=broken.entries(),
            checks=[shipped],
            request=[
                f"The package in `{place}` was never built right. I need the wheel `{wheel}` of "
                "it: in the version that `CHANGES.md` names last (at its top), with all modules "
                f"and the data file, and with a working command `{command}`; Python `3.9` and "
                f"later are fine. Only `pyproject.toml` may change, and a wheel built from the "
                "folder again has to be as good. There is no network, so use the tools that are "
                f"installed. Then install the wheel somewhere and save what `{command}` prints "
                f"for `{source.path}` on its standard input as `{target}`.",
                f"Could you get `{place}` into a shape in which it can be installed? The command "
                f"`{command}` fails wherever we put it, modules and a data file are missing, and "
                "the version lags behind the top entry of `CHANGES.md`. Put it right in "
                "`pyproject.toml` alone (Python from `3.9` on is supported), so that every wheel "
                f"built from there works, build `{wheel}` without a network, and run the command "
                f"from that wheel, installed anywhere, with `{source.path}` on standard input. "
                f"What it prints goes into `{target}`.",
            ],
            steps=[
                look(
                    f"cat {at}/pyproject.toml; find {at}/src -type f; head -n 8 {at}/CHANGES.md",
                    f"The metadata of {place} does not fit what lies there.",
                    "Compare the metadata with the files and the list of changes.",
                ),
                look(
                    f"cat {at}/src/{package}/cli.py",
                    "The entry point has to name a function that exists.",
                    "Read the module of the command.",
                ),
                do(
                    patch_between(broken, fixed),
                    f"The version must be {version}, the command is main in cli, a package below "
                    "the package is not listed, and the data file is not taken along.",
                    "Correct the metadata.",
                ),
                do(
                    f"{make} && rm -rf {at}/build {at}/src/*.egg-info && unzip -l {out}",
                    "The build tools are installed, so no isolated environment is needed.",
                    "Build the wheel into the target folder, clear up, and list its content.",
                    duration=3.0,
                ),
                do(
                    f"mkdir -p /tmp/wheel-env && pip3 -q install --no-index --no-deps --upgrade "
                    f"--target /tmp/wheel-env {out} && export PYTHONPATH=/tmp/wheel-env && "
                    f'(cd /tmp/wheel-env && "$PWD/bin/{command}" < {given} > {there})',
                    "The wheel holds all modules and the data file.",
                    "Install it apart and run its command on the records.",
                    duration=2.0,
                ),
                look(
                    f"cat {there}",
                    "Is there a row for each day of the week that occurs, in their order?",
                    "Read the result.",
                ),
            ],
            wrong=[
                *result.with_rows(sorted(result.rows)).as_wrong("days in alphabetical order"),
                spoilt("the version is the old one", "VERSION"),
                spoilt("the command is still wrong", "ENTRY"),
                spoilt("modules are missing", "PACKAGES"),
                spoilt("the data file is missing", "DATA"),
                Wrong("no wheel", path=wheel, content=b"PK\x05\x06" + b"\0" * 18),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=3,
                    command=f"pip3 wheel --no-deps --no-cache-dir -w /tmp/trial {at} "
                    "--retries 0 --timeout 2 2>&1",
                    symptom=r"Failed to establish|No matching distribution|Could not find",
                    diagnosis="The isolated build wants to download its tools; there is no "
                    "network, and they are installed already.",
                ),
                Mistake(
                    "command",
                    before=3,
                    command=f"pip3 wheel --no-index --no-deps --no-build-isolation -w /tmp/trial "
                    f"{at}/src 2>&1",
                    symptom=r"is not installable",
                    diagnosis="The project is the folder with pyproject.toml, not the one with "
                    "the sources.",
                ),
            ],
        )


def _filled(words: dict[str, str]) -> str:
    """The project's metadata with these words."""
    text = PYPROJECT
    for key, word in words.items():
        text = text.replace(f"@{key}@", word)
    return text


def _weekdays(table: Table, path: str) -> Table:
    """Records and sum of the counts by day of the week, Monday first."""
    found: dict[int, list[int]] = {}
    for day, cell in zip(table.values("date"), table.values("count"), strict=True):
        found.setdefault(date.fromisoformat(day).weekday(), []).append(int(cell))
    columns = [
        Column("weekday", "category"),
        Column("records", "count"),
        Column(table.name("count"), "count"),
    ]
    rows = [
        (WEEKDAYS[number], str(len(cells)), str(sum(cells)))
        for number, cells in sorted(found.items())
    ]
    return summary(path, f"{table.name('count')} by weekday", columns, rows)
