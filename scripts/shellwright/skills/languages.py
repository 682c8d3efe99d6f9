"""The languages of the scripts beside a skill's text, by their names or first lines."""

from __future__ import annotations

import re

LANGUAGES = {
    **dict.fromkeys((".sh", ".bash", ".zsh"), "sh"),
    ".py": "python",
    **dict.fromkeys((".js", ".mjs", ".cjs"), "javascript"),
    **dict.fromkeys((".ts", ".mts", ".cts"), "typescript"),
    ".tsx": "tsx",
    ".jsx": "jsx",
    ".rb": "ruby",
    ".pl": "perl",
    ".php": "php",
    **dict.fromkeys((".ps1", ".psm1"), "powershell"),
    **dict.fromkeys((".bat", ".cmd"), "batch"),
}
#: The commands of a package, of a makefile and of a Dockerfile: shell code that others run, not
#: part of the work. The last is no language of a block, which would be the whole Dockerfile.
PACKAGE, MAKE, DOCKER = "npm", "make", "docker build"
SHELL_CODE = frozenset({"sh", PACKAGE, MAKE, DOCKER})
MAKEFILE = ".mk"
#: What `direnv` runs wherever somebody enters its folder.
ENVIRONMENT = ".envrc"
_MAKEFILES = frozenset({"makefile", "gnumakefile", "justfile"})
_DOCKERFILES = frozenset({"dockerfile", "containerfile"})
_FIRST_LINE = re.compile(
    rb"#![ \t]{0,4}(?:/[^\s]{1,80}/)?env[ \t]{1,4}(?:-S[ \t]{1,4})?([\w.-]{1,40})"
    rb"|#![ \t]{0,4}/?(?:[^\s/]{1,40}/){0,8}([\w.-]{1,40})"
)
_INTERPRETERS = {
    **dict.fromkeys(("sh", "bash", "zsh", "dash", "ksh", "ash"), "sh"),
    **dict.fromkeys(("python", "pypy", "uv"), "python"),
    **dict.fromkeys(("node", "bun", "nodejs"), "javascript"),
    **dict.fromkeys(("deno", "tsx", "ts-node"), "typescript"),
    **dict.fromkeys(("make", "gmake"), MAKE),
    "ruby": "ruby",
    "perl": "perl",
    "php": "php",
    "pwsh": "powershell",
}


def script_language(path: str) -> str:
    """The language of a script by its name, or empty."""
    name = path.rpartition("/")[2].lower()
    if name == "package.json":
        return PACKAGE
    if name in _MAKEFILES or name.endswith(MAKEFILE):
        return MAKE
    if name in _DOCKERFILES:
        return DOCKER
    if name == ENVIRONMENT:
        return "sh"
    return LANGUAGES.get(name[name.rfind(".") :], "") if "." in name else ""


def first_line_language(content: bytes) -> str:
    """The language of a script by the interpreter that its first line names, or empty."""
    match = _FIRST_LINE.match(content)
    if match is None:
        return ""
    name = (match[1] or match[2]).decode("ascii", "replace")
    return _INTERPRETERS.get(re.sub(r"[\d.]+$", "", name), "sh")
