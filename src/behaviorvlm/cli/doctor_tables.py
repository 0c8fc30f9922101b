"""What `behaviorvlm doctor` shows to people."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING

from behaviorvlm.cli.output import results_console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from behaviorvlm.chat.capabilities import Capabilities
    from behaviorvlm.cli.doctor_report import DoctorReport, Machine, ModelReport
    from behaviorvlm.evaluate.findings import Finding

_COLORS = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def print_report(report: DoctorReport) -> None:
    """Print the machine, the models side by side, what is wrong, and what to start where nothing usable runs."""
    console = results_console()
    _print_machine(console, report.machine)
    for server in report.servers:
        if len(server.models) != 1:
            names = ", ".join(server.models) or "no model"
            _line(console, f"Found {server.url} with {names}. Look at one with --model {server.url}#NAME")
    if report.models:
        console.print(_models_table(report.models))
    for finding in (*report.findings, *(finding for model in report.models for finding in model.findings)):
        _print_finding(console, finding)
    _print_verdict(console, report)
    if not any(model.usable for model in report.models):
        _print_commands(console, report)


def _print_machine(console: Console, machine: Machine) -> None:
    packages = ", ".join(f"{name} {version or 'missing'}" for name, version in machine.packages.items())
    installed, missing = (
        ", ".join(name for name, is_there in machine.extras.items() if is_there is wanted) for wanted in (True, False)
    )
    _line(console, f"behaviorvlm {machine.behaviorvlm}, Python {machine.python}, {machine.platform}")
    _line(console, f"{machine.cores} cores, {machine.free_disk_gb:g} GB free here")
    _line(console, packages)
    _line(console, f"Extras: {installed or 'none'}")
    if missing:
        _line(console, f"Not installed: {missing} (pip install 'behaviorvlm[NAME]')")


def _models_table(models: tuple[ModelReport, ...]) -> Table:
    from rich.table import Column, Table
    from rich.text import Text

    table = Table(Column(""), *(Column(Text(model.model)) for model in models))
    table.add_row("roles", *(Text(", ".join(model.roles) or "none yet") for model in models))
    for name, cell in _CELLS.items():
        found = (model.capabilities for model in models)
        table.add_row(name, *(Text("" if one is None or not one.answers else cell(one)) for one in found))
    table.add_row("usable", *(_usable(model) for model in models))
    return table


def _usable(model: ModelReport) -> str:
    if not model.usable:
        return "[bold red]no[/]"
    if model.capabilities is None:
        return "[green]yes[/], not loaded here"
    used = model.will_be_used
    return f"[green]yes[/], with {used.structured}, up to {used.max_in_flight} in flight"


def _sense(takes: bool, sees: bool) -> str:
    return "no" if not takes else "seen" if sees else "taken, not seen"


_CELLS: dict[str, Callable[[Capabilities], str]] = {
    "server": lambda found: found.server or "not told",
    "answers as": lambda found: found.served_model or "not told",
    "JSON": lambda found: ", ".join(found.structured) or "none",
    "pictures": lambda found: _sense(found.takes_pictures, found.sees_pictures),
    "several pictures": lambda found: _sense(found.takes_several_pictures, found.tells_pictures_apart),
    "video": lambda found: _sense(bool(found.video), found.sees_video),
    "context": lambda found: "unknown" if found.context_tokens is None else f"{found.context_tokens} tokens",
    "thinking": lambda found: {"none": "no", "apart": "told apart", "in_answer": "in the answer"}[found.thinking],
    "tokens/s": lambda found: "unknown" if found.tokens_per_s is None else f"{found.tokens_per_s:.1f}",
    "answers/s": lambda found: ", ".join(f"{rate:.1f} at {level}" for level, rate in found.answers_per_s.items()),
}


def _print_finding(console: Console, finding: Finding) -> None:
    from rich.text import Text

    console.print(Text.assemble((finding.level, _COLORS[finding.level]), f": {finding.what}"))
    for title in ("where", "expected", "actual", "remedy"):
        if text := getattr(finding, title):
            _line(console, f"  {title}: {text}")


def _print_verdict(console: Console, report: DoctorReport) -> None:
    good = [model for model in report.models if model.usable]
    if any(model.named for model in report.models):
        _line(console, "What was named can be used." if report.usable else "Not everything that was named can be used.")
    elif good:
        _line(console, f"To use it: --model {good[0].model}")
    else:
        _line(console, "No model server found. Poses need none (--annotator geometric).")


def _print_commands(console: Console, report: DoctorReport) -> None:
    _line(console, "To start one:")
    for model, starts in groupby(report.start, key=lambda start: start.model):
        commands = list(starts)
        _line(console, f"\n{model}: {commands[0].good_for}")
        for start in commands:
            _line(console, f"  {start.server}, weights about {start.weights_gb:.0f} GB")
            _line(console, f"    {start.command}")
            _line(console, f"    then {start.option}")


def _line(console: Console, text: str) -> None:
    """Print a line as it is: no markup, no color, and no break in what is to be copied."""
    from rich.text import Text

    console.print(Text(text), soft_wrap=True)
