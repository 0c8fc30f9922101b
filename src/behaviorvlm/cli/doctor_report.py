"""What `behaviorvlm doctor` finds: this machine, the models that were named, the servers on the usual ports."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from behaviorvlm import __version__
from behaviorvlm.chat.binding import ModelBinding, api_key_for, bind_models, parse_model
from behaviorvlm.chat.capabilities import Capabilities, find_capabilities, list_models, suggest_binding
from behaviorvlm.chat.model_folder import check_model_folder
from behaviorvlm.chat.openai_compatible_server import require_sdk
from behaviorvlm.cli.doctor_commands import StartCommand, start_commands
from behaviorvlm.cli.doctor_findings import find_problems
from behaviorvlm.errors import ModelFileError, SettingsError
from behaviorvlm.evaluate.findings import Finding
from behaviorvlm.extras import EXTRAS, is_installed

MODEL_VARIABLE = "BEHAVIORVLM_MODEL"
PORTS = {8000: "vLLM", 8080: "llama-server", 11434: "Ollama", 30000: "SGLang"}
"""Where these servers listen unless they are told otherwise."""
LOW_DISK_GB = 5.0

_PACKAGES = ("numpy", "scipy", "opencv-python-headless", "av", "pydantic")

Say = Callable[[str], None]


class Machine(BaseModel):
    """This machine.

    Attributes:
        behaviorvlm, python, platform: Versions.
        cores: Processor cores that this process may use.
        free_disk_gb: Where this process stands, in GB of 10^9 bytes.
        packages: Versions of what the package rests on; None = not installed.
        extras: Whether all of an extra is installed.
    """

    model_config = ConfigDict(frozen=True)

    behaviorvlm: str
    python: str
    platform: str
    cores: int
    free_disk_gb: float
    packages: Mapping[str, str | None]
    extras: Mapping[str, bool]


class ModelReport(BaseModel):
    """One model.

    Attributes:
        model: As it is named on the command line, ``URL#NAME``.
        roles: The roles it would play.
        named: Whether the user named it; the others were found on this machine.
        usable: Whether nothing keeps it from these roles.
        capabilities: What it can do; None where it was not asked: a model in a folder, or a package is missing.
        will_be_used: How it is best asked.
        findings: What is wrong with it.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    roles: tuple[str, ...]
    named: bool
    usable: bool
    capabilities: Capabilities | None
    will_be_used: ModelBinding
    findings: tuple[Finding, ...]


class DoctorReport(BaseModel):
    """All that was found.

    Attributes:
        usable: Whether every model that was named can be used.
        machine: This machine.
        servers: Model servers found on the usual ports, with the names they list.
        models: The models that were looked at.
        findings: What is wrong with the machine.
        start: How to start a server.
    """

    model_config = ConfigDict(frozen=True)

    usable: bool
    machine: Machine
    servers: tuple[Capabilities, ...]
    models: tuple[ModelReport, ...]
    findings: tuple[Finding, ...]
    start: tuple[StartCommand, ...]


def examine(texts: Sequence[str], *, environment: Mapping[str, str], say: Say) -> DoctorReport:
    """Look at the machine and at models.

    Args:
        texts: Models as on the command line; none = those in BEHAVIORVLM_MODEL, else what is found on the usual ports.
        environment: Where keys and BEHAVIORVLM_MODEL are looked for.
        say: Told what is being done.

    Raises:
        SettingsError: If a text names no model.
    """
    texts = texts or environment.get(MODEL_VARIABLE, "").split()
    machine = look_at_machine()
    named = _roles_by_model(texts).items()
    models = [_examine_named(binding, roles, environment=environment, say=say) for binding, roles in named]
    servers = () if texts else _look_around(say)
    models += [_examine_found(server, say) for server in servers if len(server.models) == 1]
    return DoctorReport(
        usable=all(model.usable for model in models if model.named),
        machine=machine,
        servers=servers,
        models=tuple(models),
        findings=tuple(_machine_findings(machine)),
        start=start_commands(),
    )


def look_at_machine() -> Machine:
    """Return versions, cores, disk and extras."""
    return Machine(
        behaviorvlm=__version__,
        python=platform.python_version(),
        platform=platform.platform(terse=True),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        free_disk_gb=round(shutil.disk_usage(Path.cwd()).free / 1e9, 1),
        packages={name: _version(name) for name in _PACKAGES},
        extras={extra: is_installed(extra) for extra in EXTRAS},
    )


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _machine_findings(machine: Machine) -> list[Finding]:
    if machine.free_disk_gb >= LOW_DISK_GB:
        return []
    low = Finding(
        level="warning",
        what="the disk is nearly full",
        where=str(Path.cwd()),
        expected=f"{LOW_DISK_GB:g} GB or more",
        actual=f"{machine.free_disk_gb:g} GB",
        remedy="make room before a long run: it keeps every picture and answer",
    )
    return [low]


def _roles_by_model(texts: Sequence[str]) -> dict[ModelBinding, tuple[str, ...]]:
    roles = bind_models(texts)
    named = [parse_model(text)[1] for text in texts]
    return {model: tuple(role for role, bound in roles.items() if bound == model) for model in named}


def _examine_named(
    binding: ModelBinding, roles: tuple[str, ...], *, environment: Mapping[str, str], say: Say
) -> ModelReport:
    try:
        if binding.folder is not None:
            check_model_folder(Path(binding.folder))
            return _not_asked(binding, roles)
        require_sdk(binding.url)
    except (ModelFileError, SettingsError) as error:
        return _not_asked(binding, roles, Finding.from_error(error))
    return _examine_server(binding, roles=roles, named=True, api_key=api_key_for(binding.url, environment), say=say)


def _not_asked(binding: ModelBinding, roles: tuple[str, ...], *findings: Finding) -> ModelReport:
    return ModelReport(
        model=str(binding),
        roles=roles,
        named=True,
        usable=not findings,
        capabilities=None,
        will_be_used=binding,
        findings=findings,
    )


def _examine_found(server: Capabilities, say: Say) -> ModelReport:
    """Look at a model that nobody named: no key is shown to it."""
    binding = ModelBinding(url=server.url, name=server.models[0])
    return _examine_server(binding, roles=(), named=False, api_key=None, say=say)


def _examine_server(
    binding: ModelBinding, *, roles: tuple[str, ...], named: bool, api_key: str | None, say: Say
) -> ModelReport:
    found = asyncio.run(find_capabilities(binding, api_key=api_key, say=lambda step: say(f"{binding}: {step}")))
    findings = find_problems(found, roles)
    return ModelReport(
        model=str(binding),
        roles=roles,
        named=named,
        usable=not any(finding.level == "error" for finding in findings),
        capabilities=found,
        will_be_used=suggest_binding(found, binding),
        findings=findings,
    )


def _look_around(say: Say) -> tuple[Capabilities, ...]:
    """Return the model servers on the usual ports of this machine."""

    async def look() -> list[Capabilities]:
        return await asyncio.gather(*(list_models(f"http://127.0.0.1:{port}") for port in PORTS))

    say(f"looking for servers on ports {', '.join(map(str, PORTS))}")
    return tuple(found for found in asyncio.run(look()) if found.reachable and not found.said)
