"""Names and docstrings: annotated, described, with shapes, in the project's own words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from style.source import (
    Function,
    Module,
    decorators,
    is_public,
    parameters,
    public_classes,
    public_functions,
)

EMPTY_NAMES = {"base", "common", "core", "data", "helper", "helpers", "info", "manager", "misc", "util", "utils"}
"""Names that say nothing: no module or class is called so, or so with a word before it."""

FOREIGN_WORDS = {
    "behaviour": "behavior",
    "behaviours": "behaviors",
    "bodypart": "keypoint",
    "bodyparts": "keypoints",
    "cam": "camera",
    "cams": "cameras",
    "likelihood": "confidence",
    "motif": "segment",
    "motifs": "segments",
    "node": "keypoint",
    "nodes": "keypoints",
    "roi": "region_box",
    "rois": "region_boxes",
    "subject": "individual",
    "subjects": "individuals",
    "syllable": "segment",
    "syllables": "segments",
}
"""Words of other tools and ours for them. Only `io` speaks both."""

_OWN_PHRASES = re.compile(r"log_likelihood")  # statistics, not a tool's word for confidence
_ARRAYS = re.compile(r"\b(Float|Int|Bool|Byte)Array\b")
_SHAPE = re.compile(r"\((\.\.\.|[\w.*+/ -]+),[^()]*\)|\bshapes?\b|\bscalars?\b")


def names_are_annotated(modules: Sequence[Module]) -> list[str]:
    """Every parameter and result of a public function has a type."""
    found = []
    for module in modules:
        for node in public_functions(module):
            bare = [arg.arg for arg in parameters(node) if arg.annotation is None]
            bare += [] if node.returns is not None else ["its result"]
            found += [module.at(node.lineno, f"{node.name}: no type for {name}") for name in bare]
    return found


def names_are_described(modules: Sequence[Module]) -> list[str]:
    """Every module, public class and public function has a docstring; a dunder does what its name says."""
    found = []
    for module in modules:
        if not ast.get_docstring(module.tree):
            found.append(module.at(1, "the module has no docstring"))
        for node in [*public_classes(module), *_described_functions(module)]:
            if not ast.get_docstring(node):
                found.append(module.at(node.lineno, f"{node.name} has no docstring"))
    return found


def arrays_have_shapes(modules: Sequence[Module]) -> list[str]:
    """A docstring gives a shape such as ``(camera, 2)`` wherever arrays go in, come out or are kept."""
    return [
        module.at(node.lineno, f"{node.name}: arrays, and no shape in the docstring")
        for module in modules
        for node in [*public_classes(module), *_described_functions(module)]
        if any(_ARRAYS.search(text) for text in _annotations(node)) and not _SHAPE.search(ast.get_docstring(node) or "")
    ]


def names_say_something(modules: Sequence[Module]) -> list[str]:
    """No module or public class is called utils, manager, data ..."""
    found = []
    for module in modules:
        named = [(1, module.parts[-1])] if module.parts else []
        named += [(node.lineno, node.name) for node in public_classes(module)]
        found += [
            module.at(line, f"the name {name} says nothing") for line, name in named if _words(name)[-1] in EMPTY_NAMES
        ]
    return found


def words_are_ours(modules: Sequence[Module]) -> list[str]:
    """Public names outside `io` use the words of docs/conventions.md."""
    return [
        module.at(line, f"{name}: say {FOREIGN_WORDS[word]}, not {word}")
        for module in modules
        if module.room != "io"
        for line, name in _public_names(module)
        for word in _words(_OWN_PHRASES.sub("", name))
        if word in FOREIGN_WORDS
    ]


def _described_functions(module: Module) -> list[Function]:
    implied = {"overload", "setter"}
    return [
        node
        for node in public_functions(module)
        if not node.name.startswith("__") and not implied & set(decorators(node))
    ]


def _annotations(node: Function | ast.ClassDef) -> list[str]:
    if isinstance(node, ast.ClassDef):
        return [ast.unparse(field.annotation) for field in node.body if isinstance(field, ast.AnnAssign)]
    given = [node.returns, *(arg.annotation for arg in parameters(node))]
    return [ast.unparse(annotation) for annotation in given if annotation is not None]


def _public_names(module: Module) -> Iterator[tuple[int, str]]:
    yield from ((1, part) for part in module.parts)
    for node in public_functions(module):
        yield node.lineno, node.name
        yield from ((arg.lineno, arg.arg) for arg in parameters(node))
    yield from ((node.lineno, node.name) for node in public_classes(module))
    for scope in [module.tree.body, *(node.body for node in public_classes(module))]:
        yield from ((target.lineno, target.id) for target in _assigned(scope) if is_public(target.id))


def _assigned(scope: list[ast.stmt]) -> Iterator[ast.Name]:
    for node in scope:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        yield from (target for target in targets if isinstance(target, ast.Name))


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return [word for word in spaced.lower().strip("_").split("_") if word] or [name]
