"""Syntax trees, made by several threads."""

import ast
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from shellwright import syntax


def test_one_tree_is_made_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    making, most = 0, 0
    count = threading.Lock()
    real = ast.parse

    def slowly(source: str) -> ast.Module:
        nonlocal making, most
        with count:
            making += 1
            most = max(most, making)
        time.sleep(0.01)
        with count:
            making -= 1
        return real(source)

    monkeypatch.setattr(ast, "parse", slowly)
    with ThreadPoolExecutor(4) as pool:
        trees = list(pool.map(syntax.parse, [f"a = {n}" for n in range(12)]))
    assert [ast.unparse(tree) for tree in trees] == [f"a = {n}" for n in range(12)]
    assert most == 1


def test_what_is_no_python_is_refused_and_the_next_one_read() -> None:
    for source in ("def", "a = '\0'", "[" * 150, "(" * 5000, "not " * 200_000 + "a", b"\xff"):
        with pytest.raises(SyntaxError):
            syntax.parse(source)
    assert syntax.parse(b"a = 1").body
