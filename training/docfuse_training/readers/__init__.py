"""Readers of the public data sets: a folder → `TruthDocument`s."""

from docfuse_training.readers.adbuy import read_adbuy
from docfuse_training.readers.common import DataError
from docfuse_training.readers.custom import read_custom
from docfuse_training.readers.funsd import read_funsd
from docfuse_training.readers.kaggle import read_kaggle
from docfuse_training.readers.pages import read_pages
from docfuse_training.readers.rvlcdip import read_rvlcdip
from docfuse_training.readers.sroie import read_sroie
from docfuse_training.readers.wildreceipt import read_wildreceipt
from docfuse_training.readers.zugferd import read_zugferd

READERS = {
    "funsd": read_funsd,
    "sroie": read_sroie,
    "wildreceipt": read_wildreceipt,
    "adbuy": read_adbuy,
    "zugferd": read_zugferd,
    "kaggle": read_kaggle,
    "rvlcdip": read_rvlcdip,
    "pages": read_pages,
    "custom": read_custom,
}

__all__ = [
    "READERS",
    "DataError",
    "read_adbuy",
    "read_custom",
    "read_funsd",
    "read_kaggle",
    "read_pages",
    "read_rvlcdip",
    "read_sroie",
    "read_wildreceipt",
    "read_zugferd",
]
