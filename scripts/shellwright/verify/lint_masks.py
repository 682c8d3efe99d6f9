"""Lint of comparisons whose failure their own command line hides: behind a pipe, or `|| true`."""

import ast
import re
from collections.abc import Iterator

from shellwright.verify.findings import Finding
from shellwright.verify.lint_lines import MOST_LINE
from shellwright.verify.lint_names import Names

MASK = re.compile(r"\|\|\s*(true|:|exit\s+0|(echo|printf)\b(?!.*reward))")
PIPEFAIL = re.compile(r"\bset\s+(-\w*\s+)*-\w*o\s+pipefail|\bPIPESTATUS\b")
PIPE = re.compile(r"(?<![|>])\|(?![|&])|\|&")
QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
CAUGHT = re.compile(r"\$\([^()]*\)|`[^`]*`")
#: One command line after another, with what stands between it and the next.
LINKED = re.compile(r"((?:(?!&&|\|\||[;\n]).)*)(&&|\|\||[;\n]|\Z)")
ASKED = re.compile(r"[\s({]*(?:if|elif|while|until|!)\s")
BEFORE = re.compile(
    r"\A(?:[\s({!]|(?:if|elif|while|until|then|else|do|sudo|command|LC_ALL=\w+)\s)*"
)
COMPARES = re.compile(r"(?:/usr)?(?:/bin/)?(?:cmp|diff|[efz]?grep|test|\[\[?)\s")
QUIET = re.compile(r"cmp\s.*-s|[efz]?grep\s+(?:-\w+\s+)*-\w*q|test\s|\[")
#: What ends well whatever it is given.
PASSES_ON = re.compile(r"\s*(?:cat|head|tail|tee|sort|cut|tr|wc|uniq|nl|fold|column|rev|tac)\b")
KEPT = re.compile(r"\d?>>?(?!\s*(?:/dev/null|&))")
#: Calls that give the exit code, and those that fail by it.
GIVES = ("os.system", "subprocess.call")
FAILS = ("subprocess.check_call",)


def hidden_by(text: str, *, asked: bool) -> str:
    """The rule that a script's line breaks by hiding a comparison's failure, or "".

    asked: whether the exit code of all of it counts; otherwise it must stand under a condition,
    or print nothing, so that it can be meant for nothing else.
    """
    bare = QUOTED.sub("Q", text[:MOST_LINE])
    bare = CAUGHT.sub("Q", CAUGHT.sub("Q", bare))
    condition = linked = False
    for found in LINKED.finditer(bare):
        part, link = found[1], found[2]
        condition = condition or ASKED.match(part) is not None
        if re.match(r"\s*(?:then|else|do)\b", part):
            condition = False
        masked = link == "||" and MASK.match(bare, found.start(2)) is not None
        counts = asked or condition or (link in ("&&", "||") and not masked)
        *before, last = PIPE.split(part)
        commands = [BEFORE.sub("", stage, count=1) for stage in (*before, last)]
        compared = [command for command in commands[:-1] if COMPARES.match(command)]
        counts = counts or any(map(QUIET.match, compared))
        if compared and counts and PASSES_ON.match(last) and not PIPEFAIL.search(text):
            return "masked-pipe"
        alone = COMPARES.match(commands[-1]) and not KEPT.search(part)
        if alone and masked and not linked and (asked or condition):
            return "masked-result"
        linked = link == "&&"
    return ""


def masked_finding(path: str, line: int, rule: str) -> Finding:
    """A finding about a comparison that cannot fail."""
    if rule == "masked-pipe":
        message, remedy = "a pipe hides the exit code of a comparison", "Compare without a pipe."
    else:
        message = "a comparison that fails is turned into success"
        remedy = "Let the exit code of the comparison decide."
    return Finding(rule, path, line, message, remedy)


def lint_masks(path: str, tree: ast.Module, names: Names) -> Iterator[Finding]:
    """Findings about comparisons by a shell that tests in Python run, and whose code they ask for.

    Where a test looks at what a command prints, its pipe is for that.
    """
    parts = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    reads = any(node.attr in ("stdout", "output") for node in parts)
    coded = [node.value for node in parts if node.attr == "returncode"]
    named = {value.id for value in coded if isinstance(value, ast.Name)}
    asked = {id(value) for value in coded}
    idle: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            idle.add(id(node.value))
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id in named for target in node.targets
        ):
            asked.add(id(node.value))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name, words = names.of(node.func), {word.arg: word.value for word in node.keywords}
        if name != "os.system" and not (
            name.startswith("subprocess.") and true(words.get("shell"))
        ):
            continue
        gives = id(node) in asked or (name in GIVES and id(node) not in idle)
        fails = name in FAILS or true(words.get("check"))
        printed = reads and ("stdout" in words or "capture_output" in words)
        if not printed and (gives or fails):
            rule = hidden_by(names.text(node.args[0]), asked=True)
            if rule:
                yield masked_finding(path, node.lineno, rule)


def true(value: ast.expr | None) -> bool:
    """Whether an argument is given, and written as true."""
    return isinstance(value, ast.Constant) and value.value is True
