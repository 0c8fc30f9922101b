"""Short modules, short functions, few positional arguments."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from style.source import Function, Module, body_without_docstring, functions, only_declared, positional

MODULE_LINES = 400
MEDIAN_MODULE_LINES = 150
FUNCTION_LINES = 50
MEDIAN_FUNCTION_LINES = 10
POSITIONAL_ARGUMENTS = 3


def modules_are_short(modules: Sequence[Module]) -> list[str]:
    """No module is over 400 lines."""
    return [
        module.at(MODULE_LINES, f"{_lines(module)} lines, at most {MODULE_LINES}")
        for module in modules
        if _lines(module) > MODULE_LINES
    ]


def most_modules_are_shorter(modules: Sequence[Module]) -> list[str]:
    """The median module (an ``__init__`` is none) has fewer than 150 lines."""
    middle = median([_lines(module) for module in modules if not module.is_package] or [0])
    return [f"median module: {middle} lines, fewer than {MEDIAN_MODULE_LINES}"] if middle >= MEDIAN_MODULE_LINES else []


def functions_are_short(modules: Sequence[Module]) -> list[str]:
    """No function body is over 50 lines, its docstring not counted."""
    return [
        module.at(node.lineno, f"{node.name} has {length} lines, at most {FUNCTION_LINES}")
        for module in modules
        for node in functions(module)
        if (length := _body_lines(node)) > FUNCTION_LINES
    ]


def most_functions_are_shorter(modules: Sequence[Module]) -> list[str]:
    """The median function body has fewer than 10 lines; declarations without code do not count."""
    lengths = [
        _body_lines(node) for module in modules for node in functions(module) if node not in only_declared(module)
    ]
    middle = median(lengths or [0])
    if middle < MEDIAN_FUNCTION_LINES:
        return []
    return [f"median function: {middle} lines, fewer than {MEDIAN_FUNCTION_LINES}"]


def few_positional_arguments(modules: Sequence[Module]) -> list[str]:
    """At most 3 arguments go by position, self not counted."""
    return [
        module.at(node.lineno, f"{node.name} takes {count} positional arguments, at most {POSITIONAL_ARGUMENTS}")
        for module in modules
        for node in functions(module)
        if (count := len(positional(node))) > POSITIONAL_ARGUMENTS
    ]


def _lines(module: Module) -> int:
    return len(module.text.splitlines())


def _body_lines(node: Function) -> int:
    body = body_without_docstring(node)
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
