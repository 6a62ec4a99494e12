"""Readers of the public data sets: a folder → `TruthDocument`s."""

from docfuse_training.readers.adbuy import read_adbuy
from docfuse_training.readers.common import DataError
from docfuse_training.readers.sroie import read_sroie

__all__ = ["DataError", "read_adbuy", "read_sroie"]
