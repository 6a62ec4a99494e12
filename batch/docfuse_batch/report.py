"""What the user sees: progress while it runs, a summary at the end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from docfuse_batch.shards import Done

_LINE_EVERY = 30.0
"""Seconds between two lines of progress where nobody sees a bar."""


@dataclass
class Tally:
    """Counts of documents."""

    documents: int = 0
    pages: int = 0
    failed: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    class_pages: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def add(self, done: Done) -> None:
        """Count a document."""
        self.documents += 1
        self.pages += done.pages
        if done.label is not None:
            self.classes[done.label] += 1
            self.class_pages[done.label] += done.pages
        if done.error_code is not None:
            self.failed += 1
            self.errors[done.error_code] += 1


@dataclass
class Progress:
    """How far a run has come."""

    total: int
    tally: Tally = field(default_factory=Tally)
    begin: float = field(default_factory=time.monotonic)

    def restart(self) -> None:
        """Count the time from now, when the servers and workers are ready."""
        self.begin = time.monotonic()

    def line(self) -> str:
        """Documents done and failed, pages a second, time left."""
        done, seconds = self.tally.documents, self.seconds
        parts = [f"{done:,} of {self.total:,} documents", f"{self.tally.failed:,} failed"]
        if self.tally.pages:
            parts.append(f"{self.tally.pages / seconds:.2f} pages/s")
        if 0 < done < self.total:
            parts.append(f"{duration(seconds * (self.total - done) / done)} left")
        return ", ".join(parts)

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return max(time.monotonic() - self.begin, 1e-3)


@contextmanager
def shown(progress: Progress, console: Console) -> Iterator[None]:
    """Show progress while the block runs: a bar in a terminal, else a line now and then."""
    from threading import Event, Thread

    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    ended = Event()
    if console.is_terminal:
        bar = Bar(BarColumn(), TextColumn("{task.description}"), console=console, transient=True)
        task = bar.add_task("", total=progress.total)

        def show() -> None:
            bar.update(task, completed=progress.tally.documents, description=progress.line())

        every = 0.5
        bar.start()
    else:

        def show() -> None:
            console.print(progress.line(), soft_wrap=True)

        every = _LINE_EVERY

    def repeat() -> None:
        while not ended.wait(every):
            show()

    thread = Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        if console.is_terminal:
            bar.stop()


def print_summary(console: Console, everything: Tally, progress: Progress) -> None:
    """Classes and errors of all documents in the folder, and what this run did."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title, side in (("Class", "left"), ("Documents", "right"), ("Pages", "right")):
        table.add_column(title, justify=side)  # type: ignore[arg-type]
    for label, count in everything.classes.most_common():
        table.add_row(label, f"{count:,}", f"{everything.class_pages[label]:,}")
    for code, count in everything.errors.most_common():
        table.add_row(f"error {code}", f"{count:,}", "", style="red")
    console.print(table)
    run = progress.tally
    console.print(
        f"In all {everything.documents:,} documents, {everything.pages:,} pages, "
        f"{everything.failed:,} with errors. "
        f"This run: {run.documents:,} documents, {run.pages:,} pages in {duration(progress.seconds)}"
        f" ({run.pages / progress.seconds:.2f} pages/s).",
        soft_wrap=True,
    )


def duration(seconds: float) -> str:
    """A time as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
