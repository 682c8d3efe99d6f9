"""Settings: the configuration of a service as an INI file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shellwright.recipe.checks import Check
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.resource import Entry, Resource
from shellwright.recipe.shell import quoted, shell_prints
from shellwright.recipe.themes import PEOPLE, Theme

#: Reads the file as programs do and prints every setting in one line, sorted.
READER = """import configparser, sys
parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=True)
parser.optionxform = str
parser.read(sys.argv[1], encoding="utf-8")
print("\\n".join(sorted(f"{s} {k} {v}" for s in parser.sections() for k, v in parser[s].items())))
"""


@dataclass(frozen=True, kw_only=True)
class Settings(Resource):
    """An INI file at `path`: `values` maps a section and a key to a value, in order.

    `remarks` are the comment lines, with the section that each stands above. `condition` is
    `drifted` (not what was agreed on) or `agreed`.
    """

    kind: ClassVar[str] = "settings"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {"condition": ("drifted", "agreed")}

    values: tuple[tuple[str, str, str], ...]
    remarks: tuple[tuple[str, str], ...] = ()
    condition: str = "drifted"

    def state(self) -> dict[str, str]:
        return {"condition": self.condition}

    def text(self) -> str:
        """The content of the file."""
        blocks = []
        for section in dict.fromkeys(section for section, _, _ in self.values):
            lines = [f"# {remark}" for place, remark in self.remarks if place == section]
            lines.append(f"[{section}]")
            lines += [f"{key} = {value}" for place, key, value in self.values if place == section]
            blocks.append("".join(f"{line}\n" for line in lines))
        return "\n".join(blocks)

    def entries(self) -> list[Entry]:
        return [Entry(self.path, self.text().encode())]

    def checks(self) -> list[Check]:
        listing = sorted(" ".join(setting) for setting in self.values)
        remarks = sorted(f"# {remark}" for _, remark in self.remarks)
        return [
            shell_prints(
                f"python3 - {quoted(self.path)} <<'END'\n{READER}END\n"
                f"sed -n '/^#/p' {quoted(self.path)} | sort",
                "".join(f"{line}\n" for line in [*listing, *remarks]),
                about=f"{self.path} holds the expected settings, no others, and its comments.",
                paths=[self.path],
                key="settings",
                weight=2.0,
            )
        ]

    def situation(self) -> str:
        return f"`{self.path}` is the {self.noun}, an INI file."


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Settings:
    """The settings of a service with a section for each component and for its surroundings."""
    values: list[tuple[str, str, str]] = []
    remarks: list[tuple[str, str]] = []
    for section in ("server", "database", *theme.components, "logging"):
        host = f"{section}-{draw.integer(1, 4)}.{theme.key}.example"
        options = {
            "host": host,
            "port": str(draw.integer(1_100, 9_900)),
            "timeout": f"{draw.integer(2, 90)}s",
            "retries": str(draw.integer(0, 9)),
            "enabled": draw.choice(["yes", "no"]),
            "path": f"/var/lib/{theme.key}/{section}",
            "workers": str(draw.integer(1, 32)),
            "greeting": f"{theme.organisation}; {draw.choice(theme.categories)}",
        }
        keys = draw.sample(list(options), draw.integer(4, 6))
        values += [(section, key, options[key]) for key in keys]
        if draw.chance(0.6):
            remarks.append((section, f"{section}: ask {draw.choice(PEOPLE)} before you touch this"))
    return Settings(
        path=path,
        noun=f"configuration of the {theme.record} service",
        values=tuple(values),
        remarks=tuple(remarks),
    )


KIND = Kind(
    Settings, ({"condition": "drifted"},), generate, lambda state, theme: f"{theme.key}.ini"
)
