"""What the names in a Python file stand for, as far as its text says."""

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from itertools import islice

MOST_TEXT = 1 << 16
MOST_TEXTS = 1 << 22  # characters of all texts that are put together; each piece counts for more
PIECE = 16
MOST_PARTS = 200
MOST_LINKS = 8  # names that stand for names, and texts made of texts
#: Modules that rules know functions of: what `import *` of them gives can be told.
STARRED = {
    *("asyncio", "datetime", "email.utils", "ftplib", "glob", "http.client", "importlib", "os"),
    *("os.path", "pytest", "random", "secrets", "smtplib", "socket", "subprocess", "time"),
    *("unittest", "urllib.request", "uuid"),
}
STANDS_FOR = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)
IMPORTS = ("__import__", "importlib.import_module", "importlib.__import__")


class Names:
    """What the names of a module stand for: dotted paths, and values that are written down.

    functions: those that stand for a function or a class wherever they are read. spent: how much
    text was put together so far; more than MOST_TEXTS never is.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.known: dict[str, str] = {}
        self.spent = 0
        assigned: dict[str, list[ast.expr]] = {}
        starred: dict[str, str] = {}
        own: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.split(".")[0]
                    self.known[name] = alias.name if alias.asname else name
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    if alias.name == "*" and node.module in STARRED:
                        starred |= {name: f"{node.module}.{name}" for name in public(node.module)}
                    else:
                        self.known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                own.add(node.name)
            else:
                for name, value in given(node):
                    assigned.setdefault(name, []).append(value)
        self.functions = functions_of(tree)
        # What the file gives a meaning of its own does not have the one of the star.
        self.known |= {n: v for n, v in starred.items() if n not in {*self.known, *assigned, *own}}
        # A name that is given two values stands for neither.
        self.values = {name: values[0] for name, values in assigned.items() if len(values) == 1}
        for name, value in self.values.items():
            if isinstance(value, STANDS_FOR) and name not in self.known:
                self._alias(name, value)

    def _alias(self, name: str, value: ast.expr) -> None:
        """Note what a name stands for that is given an imported thing: `now = time.time`."""
        dotted = self.of(value)
        for _ in range(MOST_LINKS):
            first, dot, rest = dotted.partition(".")
            following = self.values.get(first)
            if first in self.known or not isinstance(following, STANDS_FOR):
                break
            dotted = self.of(following) + dot + rest
        if dotted.endswith("()"):  # what a call gives, which is no imported thing
            return
        root = dotted.partition(".")[0]
        imports = isinstance(value, ast.Call) and self.of(value.func) in IMPORTS
        if imports or root in {known.partition(".")[0] for known in self.known.values()}:
            self.known[name] = dotted

    def of(self, node: ast.expr) -> str:
        """The dotted name of an expression, "" for one that has none."""
        if isinstance(node, ast.Name):
            return self.known.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self.of(node.value)
            return f"{base}.{node.attr}" if base else f"?.{node.attr}"
        if isinstance(node, ast.Subscript):
            return self._held(node)
        if not isinstance(node, ast.Call):
            return ""
        name = self.of(node.func)
        if name == "getattr" and len(node.args) in (2, 3):
            return f"{self.of(node.args[0])}.{self._word(node.args[1])}"
        if name in IMPORTS and node.args:
            module = self._word(node.args[0])
            return module.partition(".")[0] if name == "__import__" else module
        return name + "()"

    def _held(self, node: ast.Subscript) -> str:
        """The dotted name of what is looked up in a module's dictionary, or in that of modules."""
        where = self.of(node.value)
        if where == "sys.modules":
            return self._word(node.slice)
        if where == "vars()" and isinstance(node.value, ast.Call) and node.value.args:
            return f"{self.of(node.value.args[0])}.{self._word(node.slice)}"
        if where.endswith(".__dict__"):
            return f"{where.removesuffix('.__dict__')}.{self._word(node.slice)}"
        return ""

    def _word(self, node: ast.expr) -> str:
        """The text of an expression, "?" where it is not written down."""
        text = self.text(node)
        return "?" if "?" in text else text

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


def functions_of(tree: ast.Module) -> set[str]:
    """The names that a file gives to a function or a class, and to nothing else anywhere in it.

    A parameter may have the name of a fixture, and a method is no name by itself.
    """
    own: set[str] = set()
    other: set[str] = set()
    methods: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods |= {id(part) for part in node.body}
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            (other if id(node) in methods else own).add(node.name)
        elif isinstance(node, ast.ImportFrom) and node.module in STARRED:
            loaded = importlib.import_module(node.module)
            called = [a for a in node.names if callable(getattr(loaded, a.name, None))]
            own |= {alias.asname or alias.name for alias in called}
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            other.add(node.id)
        elif isinstance(node, ast.arg):
            other.add(node.arg)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            other.add(node.name or "")
    return own - other


def given(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement or an expression gives a value to, one by one."""
    if isinstance(node, ast.NamedExpr):
        pairs: list[tuple[ast.expr, ast.expr]] = [(node.target, node.value)]
    elif isinstance(node, ast.AnnAssign) and node.value:
        pairs = [(node.target, node.value)]
    elif isinstance(node, ast.Assign):
        pairs = [(target, node.value) for target in node.targets]
    else:
        return
    for target, value in pairs:
        if isinstance(target, ast.Name):
            yield target.id, value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for inner, part in zip(target.elts, value.elts, strict=False):
                if isinstance(inner, ast.Name):
                    yield inner.id, part


@cache
def public(module: str) -> list[str]:
    """What `import *` of a module of STARRED gives, in the Python that lints."""
    loaded = importlib.import_module(module)
    every = [name for name in vars(loaded) if not name.startswith("_")]
    return list(getattr(loaded, "__all__", every))


def code_texts(tree: ast.Module) -> Iterator[str]:
    """The texts that a module's code holds, without those that only describe it."""
    described: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            described.add(id(node.value))
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in described:
            yield node.value  # type: ignore[attr-defined]
