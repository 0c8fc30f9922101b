"""How far a command is: a bar with rate and time left on a terminal, a line now and then in a log; always on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from behaviorvlm.cli.output import say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import ProgressColumn, Task, TaskID

Progress = Callable[[str, int, int], None]
LOG_EVERY_S = 15.0


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Give a function that shows how far each stage is: called with stage, done and total."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _log_lines()
        return
    with _bars(console) as report:
        yield report


def _log_lines() -> Progress:
    begun: dict[str, float] = {}
    spoken: dict[str, float] = {}

    def report(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        since = now - begun.setdefault(stage, now)
        if done < total and now - spoken.setdefault(stage, now) < LOG_EVERY_S:
            return
        spoken[stage] = now
        rate = f", {done / since:.1f}/s" if since > 0 else ""
        say(f"{stage}: {done} of {total}{rate}")

    return report


@contextmanager
def _bars(console: Console) -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), _rate_column(), TextColumn("left"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Bars(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


def _rate_column() -> ProgressColumn:
    from rich.progress import ProgressColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.1f}/s" if speed else "", style="progress.data.speed")

    return Rate()
