"""A program of several modules as one text, for the Python of a box, which has no file of it."""

from collections.abc import Sequence
from pathlib import Path

TEXT = """\
import sys, types
guest = sys.modules["guest"] = types.ModuleType("guest")
guest.__path__ = []
for name, source in {sources!a}:
    module = sys.modules["guest." + name] = types.ModuleType("guest." + name)
    module.__package__ = "guest"
    exec(compile(source, name + ".py", "exec"), module.__dict__)
module.main()
"""


def program(folder: Path, modules: Sequence[str]) -> str:
    """The text that runs `main` of the last of these modules of a folder.

    modules: each after the ones that it imports, which it does as `from .other import ...`.
    """
    sources = [(name, (folder / f"{name}.py").read_text("utf-8")) for name in modules]
    return TEXT.format(sources=sources)
