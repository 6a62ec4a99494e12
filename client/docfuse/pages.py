"""Sources → page calls → documents: what both clients do alike, without sending anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from docfuse.documents import assemble
from docfuse.errors import InputError, NoServerError, NoTextLayerError, PageRefusedError, ServerError
from docfuse.options import Limits, Ocr, check_ocr
from docfuse.result import Document, Page, PageError
from docfuse.sources import Source, SourcePage, source_name, source_pages
from docfuse.wire import Call, GivenBox, document_call

BoxesOfPages = Sequence[Sequence[GivenBox]]
"""Per page the caller's own text boxes."""
Outcome = Page | ServerError | InputError
"""What became of a page."""


@dataclass(frozen=True)
class Job:
    """One document to analyse."""

    source: Source
    boxes: BoxesOfPages | None = None
    cut: bool = True
    password: str | None = None
    limits: Limits = field(default_factory=Limits)
    ocr: Ocr = "auto"

    def calls(self) -> Iterator[Call | NoTextLayerError]:
        """One call per page, or why a page cannot be sent.

        Raises:
            InputError: the source, its boxes or an option cannot be used.
        """
        layers = check_ocr(self.ocr) != "always" and self.boxes is None
        pages = source_pages(self.source, password=self.password, limits=self.limits, layers=layers)
        count = 0
        for count, page in enumerate(pages, 1):
            if self.boxes is None:
                yield self._call(page, count)
            elif count > len(self.boxes):
                raise InputError(f"The boxes are of {len(self.boxes)} pages, but the document has more.")
            else:
                yield document_call(page.image, self.boxes[count - 1], self.cut)
        if self.boxes is not None and count < len(self.boxes):
            raise InputError(f"The boxes are of {len(self.boxes)} pages, but the document has {count}.")

    def _call(self, page: SourcePage, number: int) -> Call | NoTextLayerError:
        """The call of a page for which the caller has no boxes."""
        if page.layer is not None and page.layer.doubt is None:
            boxes: list[GivenBox] = [{"box": run.box, "text": run.text} for run in page.layer.runs]
            return document_call(page.image, boxes, text_source="text_layer")
        if self.ocr != "never":
            return document_call(page.image)
        reason = "it is an image" if page.layer is None else page.layer.reason
        return NoTextLayerError(
            f"Page {number} has no text layer that can be used: {reason}. Have its image read, with ocr auto."
        )


@dataclass(frozen=True)
class Task:
    """A page of a job: the call to make, or why there is none; None closes the job."""

    job: Job
    index: int
    work: Call | InputError | None


def tasks(jobs: Iterable[Job]) -> Iterator[Task]:
    """The pages of all jobs in order, each job closed by an empty task. Never raises for a bad source."""
    for job in jobs:
        index = 0
        try:
            for call in job.calls():
                yield Task(job, index, call)
                index += 1
        except InputError as error:
            yield Task(job, index, error)
        yield Task(job, index, None)


class Collector:
    """Gathers the outcomes of tasks, given in order, into documents."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def add(self, task: Task, outcome: Outcome | None) -> Document | None:
        """Take in a task's outcome; the document if the task was its job's last.

        Raises:
            NoServerError: there is no server, so that going on is of no use.
        """
        if isinstance(outcome, NoServerError):
            raise outcome
        if outcome is not None:
            self.outcomes.append(outcome)
            return None
        outcomes, self.outcomes = self.outcomes, []
        pages = [outcome for outcome in outcomes if isinstance(outcome, Page)]
        errors = [_page_error(i, o) for i, o in enumerate(outcomes) if not isinstance(o, Page)]
        return assemble(pages, errors, source_name(task.job.source))

    def raise_failure(self) -> None:
        """Raise the first error that is not a page's own.

        Raises:
            InputError: the source cannot be used.
            ServerError: the server failed.
        """
        for outcome in self.outcomes:
            if not isinstance(outcome, (Page, PageRefusedError, NoTextLayerError)):
                raise outcome


def _page_error(index: int, error: ServerError | InputError) -> PageError:
    code = error.code if isinstance(error, (ServerError, NoTextLayerError)) else "INVALID_INPUT"
    return PageError(index=index, code=code, message=str(error))
