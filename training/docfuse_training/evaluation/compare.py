"""Whether a predicted value is the labelled one."""

from __future__ import annotations

from docfuse.result import ExtractedField, Normalized
from docfuse_pipeline.hints import Hints
from docfuse_pipeline.labels import TIME_FIELDS
from docfuse_pipeline.normalize import normalize
from docfuse_pipeline.printed_names import squeezed
from docfuse_training.readers.printed import kind_of

DAY_FIRST = Hints(day_first=True, decimal=".")
MONTH_FIRST = Hints(day_first=False, decimal=".")


def canonical(field: str, printed: str, hints: Hints) -> str:
    """What of a printed value is compared: a date or time in ISO 8601, a number, else its letters and digits.

    Where no date, time or number can be read, letters and digits stand for it.
    """
    if kind_of(field) in ("date", "number") or field in TIME_FIELDS:
        value = normalize(field, printed, hints)
        return squeezed(printed) if value is None else str(value)
    return squeezed(printed)


def readings(field: str, value: str, normalized: Normalized, hints: Hints) -> set[str]:
    """How a prediction may be taken: as printed, read by the data set's conventions, and as normalised."""
    found = {canonical(field, value, hints)}
    if normalized is not None:
        found.add(str(normalized) if isinstance(normalized, float) else canonical(field, normalized, hints))
    return found


def is_value(predicted: ExtractedField | None, field: str, label: str, hints: Hints) -> bool:
    """Whether a predicted field has the labelled value."""
    if predicted is None or predicted.value is None:
        return False
    return canonical(field, label, hints) in readings(field, predicted.value, predicted.normalized, hints)
