"""What the names in a Python file stand for, as far as its text says."""

import ast
from collections.abc import Iterator
from itertools import islice

MOST_TEXT = 1 << 16
MOST_TEXTS = 1 << 22  # characters of all texts that are put together; each piece counts for more
PIECE = 16
MOST_PARTS = 200
MOST_LINKS = 8  # names that stand for names, and texts made of texts


class Names:
    """What the names of a module stand for: dotted paths, and values that are written down.

    spent: how much text was put together so far; more than MOST_TEXTS never is.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.known: dict[str, str] = {}
        self.spent = 0
        assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.split(".")[0]
                    self.known[name] = alias.name if alias.asname else name
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    self.known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        assigned.setdefault(target.id, []).append(node.value)
        # A name that is given two values stands for neither.
        self.values = {name: given[0] for name, given in assigned.items() if len(given) == 1}
        for name, value in self.values.items():
            if isinstance(value, ast.Name | ast.Attribute) and name not in self.known:
                self._alias(name, value)

    def _alias(self, name: str, value: ast.expr) -> None:
        """Note what a name stands for that is given an imported thing: `now = time.time`."""
        dotted = self.of(value)
        for _ in range(MOST_LINKS):
            first, dot, rest = dotted.partition(".")
            following = self.values.get(first)
            if first in self.known or not isinstance(following, ast.Name | ast.Attribute):
                break
            dotted = self.of(following) + dot + rest
        root = dotted.partition(".")[0]
        if root in {known.partition(".")[0] for known in self.known.values()}:
            self.known[name] = dotted

    def of(self, node: ast.expr) -> str:
        """The dotted name of an expression, "" for one that has none."""
        if isinstance(node, ast.Name):
            return self.known.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self.of(node.value)
            return f"{base}.{node.attr}" if base else f"?.{node.attr}"
        if not isinstance(node, ast.Call):
            return ""
        name = self.of(node.func)
        last = node.args[-1].value if node.args and isinstance(node.args[-1], ast.Constant) else ""
        if name == "getattr" and len(node.args) == 2 and isinstance(last, str):
            return f"{self.of(node.args[0])}.{last}"
        if name in ("__import__", "importlib.import_module") and isinstance(last, str):
            return last
        return name + "()"

    def text(self, node: ast.expr) -> str:
        """The text that an expression gives, or its beginning; a list's words with spaces between.

        What is not known is a "?"; the texts that it may be made of stand before it.
        """
        found: list[str] = []
        size = 0
        for piece in self._pieces(node, MOST_LINKS) if self.spent <= MOST_TEXTS else ():
            found.append(piece)
            size += len(piece) + PIECE
            if size > MOST_TEXT:
                break
        self.spent += size
        return "".join(found)

    def _pieces(self, node: ast.expr, links: int) -> Iterator[str]:
        if isinstance(node, ast.Constant):
            yield node.value if isinstance(node.value, str) else repr(node.value)
        elif isinstance(node, ast.List | ast.Tuple):
            for number, part in enumerate(node.elts):
                yield " " if number else ""
                yield from self._pieces(part, links)
        elif isinstance(node, ast.JoinedStr):
            for part in node.values:
                yield from self._pieces(part, links)
        elif isinstance(node, ast.FormattedValue):
            yield from self._pieces(node.value, links)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            yield from self._pieces(node.left, links)
            yield from self._pieces(node.right, links)
        elif isinstance(node, ast.Name) and node.id in self.values and links:
            yield from self._pieces(self.values[node.id], links - 1)
        else:
            for inner in islice(ast.walk(node), MOST_PARTS):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.value + " "
            yield "?"


def code_texts(tree: ast.Module) -> Iterator[str]:
    """The texts that a module's code holds, without those that only describe it."""
    described: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            described.add(id(node.value))
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in described:
            yield node.value  # type: ignore[attr-defined]
