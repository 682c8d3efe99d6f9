"""Python source as a syntax tree, for threads."""

import ast
import threading

_TURN = threading.Lock()


def parse(source: str | bytes) -> ast.Module:
    """The syntax tree of a module. Raises SyntaxError for all that Python cannot read, also where
    it gives up on what is nested too deeply or holds a zero byte.

    One at a time: Python 3.11 counts the depth of the trees that it makes for all threads together,
    and when it turns from one to another in the middle it raises SystemError.
    """
    try:
        with _TURN:
            return ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error) or "too deeply nested") from error
