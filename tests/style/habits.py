"""What the package never does: print, assert, swallow errors, promise code that is not there."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from style.source import Module, body_without_docstring, functions, only_declared

_PROMISE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def only_the_command_line_prints(modules: Sequence[Module]) -> list[str]:
    """`print` is for `cli`."""
    return [
        module.at(node.lineno, "print outside cli")
        for module in modules
        if module.room not in ("cli", "__main__")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def nothing_is_asserted(modules: Sequence[Module]) -> list[str]:
    """`assert` vanishes under -O and tells a user nothing: raise an error of errors.py."""
    return [
        module.at(node.lineno, "assert in the package")
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assert)
    ]


def errors_are_not_swallowed(modules: Sequence[Module]) -> list[str]:
    """No bare ``except:``, and no ``except Exception: pass``."""
    found = []
    for module in modules:
        for node in (node for node in ast.walk(module.tree) if isinstance(node, ast.ExceptHandler)):
            if node.type is None:
                found.append(module.at(node.lineno, "bare except"))
            elif ast.unparse(node.type) in ("Exception", "BaseException") and _says_nothing(node.body):
                found.append(module.at(node.lineno, "every error is swallowed"))
    return found


def nothing_is_promised(modules: Sequence[Module]) -> list[str]:
    """No stub, no NotImplementedError, no TODO: what is here works."""
    found = []
    for module in modules:
        stubs = [node for node in functions(module) if node not in only_declared(module)]
        found += [
            module.at(node.lineno, f"{node.name} holds no code")
            for node in stubs
            if _says_nothing(body_without_docstring(node))
        ]
        found += [
            module.at(node.lineno, "NotImplementedError")
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Raise) and node.exc and "NotImplemented" in ast.unparse(node.exc)
        ]
        lines = enumerate(module.text.splitlines(), start=1)
        found += [module.at(number, "a promise in a comment") for number, line in lines if _PROMISE.search(line)]
    return found


def no_room_is_empty(modules: Sequence[Module]) -> list[str]:
    """A module holds code, and a folder a module; an ``__init__`` may hold only its docstring."""
    found = [
        module.at(1, "the module holds no code")
        for module in modules
        if not module.is_package and _says_nothing(body_without_docstring(module.tree))
    ]
    bare = [module for module in modules if module.is_package and _says_nothing(body_without_docstring(module.tree))]
    for module in bare:
        folder = module.path.removesuffix("__init__.py")
        if folder and not any(other.path.startswith(folder) for other in modules if other is not module):
            found.append(module.at(1, "the room is empty"))
    return found


def _says_nothing(body: list[ast.stmt]) -> bool:
    empty = ast.Pass | ast.Import | ast.ImportFrom
    return all(isinstance(node, empty) or _is_constant(node) for node in body)


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
