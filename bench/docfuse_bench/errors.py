"""Errors of the benchmark."""

from docfuse.errors import DocfuseError


class PerfAnalyzerError(DocfuseError):
    """perf_analyzer cannot be had, or did not finish; the message says why and what to do."""
