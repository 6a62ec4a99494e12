"""What comes with docfuse: model repository and weights, installed or in a checkout, and lists of words."""

from configparser import ConfigParser
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _find(name: str) -> Path:
    installed = _PACKAGE / "data" / name
    return installed if installed.is_dir() else _PACKAGE.parents[1] / name


def model_repository() -> Path:
    """The committed model repository: configs and Python steps."""
    return _find("model_repository")


def weights() -> Path:
    """The committed weights."""
    return _find("weights")


@cache
def word_lists(name: str) -> ConfigParser:
    """The sections of `NAME.ini`, words parted by "|"."""
    lists = ConfigParser(interpolation=None)
    lists.read_string((_PACKAGE / f"{name}.ini").read_text(encoding="utf-8"))
    return lists
