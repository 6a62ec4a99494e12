"""Where the model repository and the weights lie: inside the installed package, or in a source checkout."""

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
