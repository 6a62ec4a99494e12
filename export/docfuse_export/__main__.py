"""`python -m docfuse_export`: as `docfuse export`; with `configs`: the committed configs."""

import sys

import typer

from docfuse_export.cli import configs, export

if __name__ == "__main__":
    if sys.argv[1:2] == ["configs"]:
        del sys.argv[1]
        typer.run(configs)
    else:
        typer.run(export)
