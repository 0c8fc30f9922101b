"""Direction of traffic: imports point down, heavy libraries wait until they are used, the inner rooms open no file."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from style.source import PACKAGE, Module, import_graph, imports

_BOTTOM = {"errors", "extras", "markup", "types", "geometry", "imaging", "prompts", "chat"}
_UP_TO_FILES = _BOTTOM | {"pose", "behavior", "io", "runs", "simulate"}
_UP_TO_API = _UP_TO_FILES | {"api"}
_UP_TO_REPORT = _UP_TO_API | {"evaluate", "report"}

MAY_IMPORT: dict[str, set[str]] = {
    "": _UP_TO_REPORT | {"plots"},
    "errors": set(),
    "extras": {"errors"},
    "markup": set(),
    "types": {"errors", "markup"},
    "geometry": {"errors", "types"},
    "imaging": {"errors", "types"},
    "prompts": {"errors", "types"},
    "chat": {"errors", "extras"},
    "pose": _BOTTOM,
    "behavior": _BOTTOM,
    "io": _BOTTOM,
    "runs": _BOTTOM | {"io"},
    "simulate": _BOTTOM | {"io"},
    "api": _UP_TO_FILES,
    "evaluate": _UP_TO_API,
    "report": _UP_TO_API | {"evaluate"},
    "review": _UP_TO_REPORT,
    "plots": _UP_TO_REPORT,
    "cli": _UP_TO_REPORT | {"review"},
    "__main__": {"cli"},
}
"""Room to the rooms below it. The package's own ``__init__`` is open to all: see `front_door_opens_outwards`."""

HEAVY = {
    *("PIL", "av", "cv2", "h5py", "jax", "matplotlib", "ndx_pose", "nicegui", "openai", "pandas", "pyarrow", "pynwb"),
    *("scipy", "sklearn", "torch"),
    "xarray",
}
"""What takes long to import: `behaviorvlm --help` must not wait for it."""

_PURE = {"types", "geometry", "imaging", "pose", "behavior"}
_FILE_LIBRARIES = {"av", "h5py", "pathlib", "shutil", "sqlite3", "subprocess", "tempfile", "tomllib", "tomli_w"}
_FILE_CALLS = {"open", "read_text", "write_text", "read_bytes", "write_bytes", "getenv", "imread", "imwrite"}


def imports_point_down(modules: Sequence[Module]) -> list[str]:
    """A room imports itself and the rooms below it."""
    graph = import_graph(modules)
    found = []
    for module in modules:
        allowed = MAY_IMPORT.get(module.room, set()) | {module.room, ""}
        if module.room not in MAY_IMPORT:
            found.append(module.at(1, f"room {module.room} is not on the map of docs/conventions.md"))
        for entry in graph[module.name]:
            room = (*entry.target.split("."), "")[1]
            if room not in allowed:
                found.append(module.at(entry.line, f"{module.room or PACKAGE} may not import {room}"))
    return found


def front_door_opens_outwards(modules: Sequence[Module]) -> list[str]:
    """The package's own ``__init__`` loads nothing as it starts, and within the package only its version is used.

    It hands on what a notebook asks for by name, from rooms far above those that read the version from it. So it may
    name these rooms for type checkers alone, and nobody inside may come in by this door.
    """
    found = []
    for module in modules:
        for entry in imports(module, {other.name for other in modules}):
            if not module.room and entry.at_start and entry.target.split(".")[0] == PACKAGE:
                found.append(module.at(entry.line, f"{PACKAGE} loads {entry.target} as it starts"))
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom) and node.module == PACKAGE and not node.level:
                taken = {alias.name for alias in node.names} - {"__version__"}
                rooms = {other.parts[0] for other in modules if other.parts}
                found += [module.at(node.lineno, f"import {name} from where it is") for name in sorted(taken - rooms)]
    return found


def no_cycles(modules: Sequence[Module]) -> list[str]:
    """No module reaches itself, lazy imports counted; but nobody inside uses what the package hands on."""
    graph = {
        name: {entry.target for entry in entries if entry.at_start or name != PACKAGE}
        for name, entries in import_graph(modules).items()
    }
    return [f"{name}: imports itself through others" for name in graph if name in _reachable(graph, name)]


def heavy_libraries_wait(modules: Sequence[Module]) -> list[str]:
    """Nothing that loads with the command line or with `api` imports a heavy library as it starts."""
    graph = {
        name: {above for entry in entries if entry.at_start for above in _with_parents(entry.target)}
        for name, entries in import_graph(modules).items()
    }
    starts = {name for name in graph if name.split(".")[1:2] in (["cli"], ["api"])}
    loaded = starts.union(*(_reachable(graph, name) for name in starts))
    return [
        module.at(entry.line, f"{entry.target} loads with cli or api; import it in the function that uses it")
        for module in modules
        if module.name in loaded
        for entry in imports(module)
        if entry.at_start and entry.target.split(".")[0] in HEAVY
    ]


def inner_rooms_open_no_file(modules: Sequence[Module]) -> list[str]:
    """Types, geometry, imaging, pose and behavior touch no file, process or environment."""
    inner = [module for module in modules if module.room in _PURE]
    libraries = [
        module.at(entry.line, f"{module.room} opens no file, and imports {entry.target}")
        for module in inner
        for entry in imports(module)
        if entry.target.split(".")[0] in _FILE_LIBRARIES
    ]
    uses = [
        module.at(line, f"{module.room} opens no file, and uses {name}")
        for module in inner
        for line, name in _file_uses(module)
    ]
    return libraries + uses


def _file_uses(module: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == "environ":
            yield node.lineno, node.attr
        elif isinstance(node, ast.Call) and (called := ast.unparse(node.func).split(".")[-1]) in _FILE_CALLS:
            yield node.lineno, called


def _with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:stop]) for stop in range(1, len(parts) + 1)]


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph.get(name, ())
    return seen
