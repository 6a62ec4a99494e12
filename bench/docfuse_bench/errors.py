"""Errors of the benchmark."""

from docfuse.errors import DocfuseError


class FloorError(DocfuseError):
    """The bare engines cannot be timed."""


class PerfAnalyzerError(DocfuseError):
    """perf_analyzer cannot be had, or did not finish; the message says why and what to do."""
