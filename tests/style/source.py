"""The package as text: one record per module, and the imports and public functions a rule asks about."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = "behaviorvlm"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One module: its path within the package (``pose/settings.py``) and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text."""
        return ast.parse(self.text)

    @property
    def parts(self) -> tuple[str, ...]:
        """The path as names, without ``__init__``: ``("pose", "settings")``."""
        names = tuple(self.path.removesuffix(".py").split("/"))
        return names[:-1] if names[-1] == "__init__" else names

    @property
    def name(self) -> str:
        """The dotted name: ``behaviorvlm.pose.settings``."""
        return ".".join((PACKAGE, *self.parts))

    @property
    def room(self) -> str:
        """The folder or file just below the package (``pose``, ``errors``); empty for the package itself."""
        return self.parts[0] if self.parts else ""

    @property
    def is_package(self) -> bool:
        """Whether this is an ``__init__.py``."""
        return self.path.endswith("__init__.py")

    def at(self, line: int, message: str) -> str:
        """Return a finding, as editors link it."""
        return f"{self.path}:{line}: {message}"


@dataclass(frozen=True)
class Import:
    """One imported module; `at_start` where importing the importer runs it."""

    target: str
    line: int
    at_start: bool


def package(files: Mapping[str, str]) -> tuple[Module, ...]:
    """Return modules from texts by path."""
    return tuple(Module(path, text) for path, text in sorted(files.items()))


def read_package(folder: Path = REPOSITORY / "src" / PACKAGE) -> tuple[Module, ...]:
    """Return the modules under `folder`."""
    return package({str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*.py")})


def imports(module: Module, names: Iterable[str] = ()) -> list[Import]:
    """Return every import of `module`, lazy ones too; `names` tells submodules from attributes."""
    known = set(names)
    found = []
    for node, at_start in _import_nodes(module.tree, at_start=True):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        else:
            source = _source_of(node, module)
            whole = [f"{source}.{alias.name}" for alias in node.names]
            targets = sorted({name if name in known else source for name in whole})
        found += [Import(target, node.lineno, at_start) for target in targets]
    return found


def _source_of(node: ast.ImportFrom, module: Module) -> str:
    if not node.level:
        return node.module or ""
    climb = node.level - module.is_package
    above = module.name.split(".")
    above = above[: len(above) - climb]
    return ".".join([*above, *([node.module] if node.module else [])])


def _import_nodes(node: ast.AST, *, at_start: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, at_start
        else:
            later = isinstance(child, Function | ast.Lambda) or _only_for_types(child)
            yield from _import_nodes(child, at_start=at_start and not later)


def _only_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def import_graph(modules: Sequence[Module]) -> dict[str, list[Import]]:
    """Return for each module the modules of the package it imports."""
    names = {module.name for module in modules}
    return {
        module.name: [found for found in imports(module, names) if found.target.split(".")[0] == PACKAGE]
        for module in modules
    }


def functions(module: Module) -> list[Function]:
    """Return every function and method, private and nested ones too."""
    return [node for node in ast.walk(module.tree) if isinstance(node, Function)]


def public_classes(module: Module) -> list[ast.ClassDef]:
    """Return the classes at module level whose name has no leading underscore."""
    return [node for node in module.tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]


def public_functions(module: Module) -> list[Function]:
    """Return the public functions at module level and the public methods of public classes, dunders included."""
    scopes = [module.tree.body, *(node.body for node in public_classes(module))]
    return [node for scope in scopes for node in scope if isinstance(node, Function) and is_public(node.name)]


def is_public(name: str) -> bool:
    """Tell whether others may use `name`: no leading underscore, or a dunder."""
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def parameters(function: Function) -> list[ast.arg]:
    """Return all parameters, self and cls left out."""
    spec = function.args
    rest = [*spec.kwonlyargs, *(arg for arg in (spec.vararg, spec.kwarg) if arg)]
    return positional(function) + rest


def positional(function: Function) -> list[ast.arg]:
    """Return the parameters that may be given by position, self and cls left out."""
    found = [*function.args.posonlyargs, *function.args.args]
    return found[1:] if found and found[0].arg in ("self", "cls", "mcs") else found


def body_without_docstring(node: Function | ast.ClassDef | ast.Module) -> list[ast.stmt]:
    """Return the statements after the docstring."""
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


def decorators(node: Function | ast.ClassDef) -> list[str]:
    """Return the decorators' last names: ``dataclass``, ``overload``, ``setter``."""
    heads = [entry.func if isinstance(entry, ast.Call) else entry for entry in node.decorator_list]
    return [ast.unparse(head).split(".")[-1] for head in heads]


def only_declared(module: Module) -> set[Function]:
    """Return the functions that declare and hold no code: those of protocols, abstract ones, overloads."""
    protocols = [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)
    ]
    found = {child for node in protocols for child in node.body if isinstance(child, Function)}
    marked = {node for node in functions(module) if {"overload", "abstractmethod"} & set(decorators(node))}
    return found | marked
