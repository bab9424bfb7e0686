"""Compiles modules in place of their sources, without docstrings.

Run by the Python that the package is for, as a program of its own: `compiling.py FOLDER PREFIX`.
Lambda's disk is read-only: what is not compiled here would be compiled in each cold start. `-OO`
would drop assertions, too, which libraries rely on.
"""

from __future__ import annotations

import ast
import importlib.util
import marshal
import sys
from pathlib import Path

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
UNCHECKED = (1).to_bytes(4, "little") + bytes(8)
"""The flags of a module whose source nobody looks for, and no hash of it."""


def main(folder: Path, prefix: str) -> None:
    """Compile all modules below a folder; tracebacks will call it `prefix`."""
    for path in sorted(folder.rglob("*.py")):
        name = f"{prefix}/{path.relative_to(folder).as_posix()}"
        path.with_suffix(".pyc").write_bytes(compiled(path.read_bytes(), name))
        path.unlink()


def compiled(source: bytes, name: str) -> bytes:
    """The contents of a .pyc file. The same source gives the same bytes."""
    tree = without_docstrings(ast.parse(source, name))
    code = compile(tree, name, "exec", dont_inherit=True)
    # A second round, as the first depends on how often each constant is in use at the moment.
    again = marshal.dumps(marshal.loads(marshal.dumps(code)))  # noqa: S302
    return importlib.util.MAGIC_NUMBER + UNCHECKED + again


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The same program; what has no other statement than a docstring keeps it."""
    for node in ast.walk(tree):
        if not isinstance(node, DOCUMENTED) or len(node.body) < 2:
            continue
        first = node.body[0]
        if _is_text(first):
            del node.body[0]
    return tree


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
