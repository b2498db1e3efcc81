"""Symbolic dimensions: names, and the sums and products some exporters write of them."""

import ast
import operator
import re
from collections.abc import Mapping

_OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
_ARITHMETIC = re.compile(r"[\w\s()]+([-+*][\w\s()]+){1,20}", re.ASCII)


def parts(dim: str) -> tuple[str, ...]:
    """Names in `past + sequence`; a plain name is its own only part."""
    tree = _parse(dim)
    if tree is None:
        return (dim,)
    return tuple(dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)))


def evaluate(dim: str, sizes: Mapping[str, int]) -> int | None:
    """The size, where every name in it has one."""
    tree = _parse(dim)
    size = sizes.get(dim) if tree is None else _value(tree, sizes)
    return size if size is not None and size >= 0 else None


def _parse(dim: str) -> ast.expr | None:
    """A sum, difference or product of names and numbers; None for anything else."""
    if len(dim) > 200 or not _ARITHMETIC.fullmatch(dim):
        return None
    try:
        tree = ast.parse(dim.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return tree if names and _plain(tree) else None


def _plain(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return type(node.op) in _OPERATIONS and _plain(node.left) and _plain(node.right)
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    return isinstance(node, ast.Name)


def _value(node: ast.expr, sizes: Mapping[str, int]) -> int | None:
    if isinstance(node, ast.Name):
        return sizes.get(node.id)
    if isinstance(node, ast.Constant):
        return int(str(node.value))
    if not isinstance(node, ast.BinOp):
        return None
    left, right = _value(node.left, sizes), _value(node.right, sizes)
    if left is None or right is None:
        return None
    return int(_OPERATIONS[type(node.op)](left, right))
