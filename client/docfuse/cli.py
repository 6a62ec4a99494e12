"""The command `docfuse`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from docfuse.errors import DocfuseError, InputError
from docfuse.options import check_ocr

if TYPE_CHECKING:
    from rich.console import Console

    from docfuse.client import Client
    from docfuse.options import Ocr
    from docfuse.pages import BoxesOfPages
    from docfuse.result import Document

COMMANDS = "docfuse.commands"
"""Entry point group in which other packages register commands: functions for typer, or its apps."""
_EXTRAS = {"serve": "serve", "health": "runtime", "export": "export", "bench": "bench", "batch": "batch"}
"""Extra that a command needs; every other one needs `train`."""


class LazyGroup(TyperGroup):
    """Adds the commands of other packages; each package is imported when its command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands, our own first."""
        own = super().list_commands(ctx)
        return own + sorted(entry_points(group=COMMANDS).names - set(own))

    def get_command(self, ctx: Any, name: str) -> Any:
        """The command of that name, or None."""
        own = super().get_command(ctx, name)
        if own is not None:
            return own
        for entry in entry_points(group=COMMANDS, name=name):
            return _as_command(name, entry)
        return None


def _as_command(name: str, entry: Any) -> Any:
    single = typer.Typer(add_completion=False)
    try:
        loaded = entry.load()
        if isinstance(loaded, typer.Typer):  # a group of commands
            return typer.main.get_command(loaded)
        single.command(name)(loaded)
    except (ImportError, AttributeError) as error:  # one broken command must not break the others
        reason = _missing(name, error)

        @single.command(name, help=f"Cannot be loaded: {reason}")
        def unavailable() -> None:
            raise DocfuseError(reason)

    return typer.main.get_command(single)


def _missing(name: str, error: ImportError | AttributeError) -> str:
    if not isinstance(error, ModuleNotFoundError):
        return f"`docfuse {name}` is broken: {error}."
    extra = _EXTRAS.get(name, "train")
    return f"`docfuse {name}` needs {error.name}; run `pip install docfuse[{extra}]`."


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Say what documents are and what they hold: class, fields, line items, text.",
)

UrlOption = Annotated[
    str | None,
    typer.Option(
        envvar="DOCFUSE_URL",
        help="gRPC address of a server, host:port; without it one is started for the run.",
    ),
]
ConcurrencyOption = Annotated[int, typer.Option(min=1, help="Pages in flight at once.")]
TimeoutOption = Annotated[float, typer.Option(help="Seconds a page may take, retries included.")]
OcrOption = Annotated[
    str,
    typer.Option(
        help="Read images: always, never, or auto: where a PDF has no text of its own to be trusted."
    ),
]
WeightsOption = Annotated[Path | None, typer.Option(help="Weights of the server that is started.")]


@app.command()
def analyze(
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Files, folders or patterns.")],
    url: UrlOption = None,
    format: Annotated[str, typer.Option(help="table, json, jsonl or csv.")] = "table",
    out: Annotated[Path | None, typer.Option(help="Write the output to this file.")] = None,
    json_dir: Annotated[
        Path | None, typer.Option("--json", help="Write a JSON file per document here.")
    ] = None,
    png: Annotated[Path | None, typer.Option(help="Write an annotated picture per page here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a web page per document here.")] = None,
    boxes: Annotated[
        Path | None,
        typer.Option(
            help='Your own OCR of the one document: JSON, per page [{"box": [x1,y1,x2,y2], "text": "…"}].'
        ),
    ] = None,
    cut: Annotated[bool, typer.Option(help="Whether your boxes may be cut into parts.")] = True,
    ocr: OcrOption = "auto",
    password: Annotated[str | None, typer.Option(help="Password of encrypted PDFs.")] = None,
    concurrency: ConcurrencyOption = 4,
    timeout: TimeoutOption = 60.0,
    weights: WeightsOption = None,
    tls_roots: Annotated[Path | None, typer.Option(help="Trusted roots (PEM); switches TLS on.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Client certificate (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Key of the client certificate (PEM).")] = None,
) -> None:
    """Analyse documents: class, fields and line items of PDFs, scans and photos."""
    from docfuse.client import Client
    from docfuse.formats import FORMATS
    from docfuse.options import Tls
    from docfuse.outputs import Outputs
    from docfuse.paths import expand
    from docfuse.printer import Printer
    from docfuse.serving import server_url

    if format not in FORMATS:
        raise typer.BadParameter(f"{format} is none of {', '.join(FORMATS)}.", param_hint="--format")
    mode = check_ocr(ocr)
    files = expand(paths)
    given = _read_boxes(boxes, files) if boxes else None
    outputs = Outputs(json_dir, png, html, password)
    tls = Tls(tls_roots, tls_key, tls_cert) if tls_roots or tls_cert else None
    notes = _notes()
    failed = 0
    with server_url(url, notes, weights) as address, Printer(format, out) as printer:
        with Client(address, concurrency=concurrency, timeout=timeout, tls=tls) as client:
            documents = _documents(client, files, given, cut, mode, password)
            for file, document in zip(files, _with_progress(documents, len(files), notes), strict=True):
                printer.add(document)
                outputs.write(document, file)
                failed += bool(document.errors)
                _print_errors(document, notes, format)
    if failed:
        raise typer.Exit(1)


def _documents(
    client: Client, files: list[Path], boxes: BoxesOfPages | None, cut: bool, ocr: Ocr, password: str | None
) -> Iterator[Document]:
    if boxes is None:
        yield from client.analyze_many(files, ocr=ocr, password=password)
    else:
        yield client.analyze(files[0], boxes=boxes, cut=cut, password=password)


def _read_boxes(path: Path, files: list[Path]) -> BoxesOfPages:
    """Boxes from a JSON file: a list of pages, each a list of boxes; or the boxes of the only page."""
    if len(files) != 1:
        raise typer.BadParameter("give one document with --boxes.", param_hint="--boxes")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise InputError(f"{path} is no JSON: {error}.") from None
    if not isinstance(value, list):
        raise InputError(f"{path} must hold a list: per page a list of boxes.")
    return value if all(isinstance(page, list) for page in value) else [value]


def _notes() -> Console:
    """A console on stderr, for what is not output."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def _with_progress(documents: Iterator[Document], count: int, notes: Console) -> Iterator[Document]:
    """Show a progress bar for several documents, if somebody looks."""
    if count < 2 or not notes.is_terminal:
        yield from documents
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Analysing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=notes, transient=True) as progress:
        task = progress.add_task("documents", total=count)
        for document in documents:
            progress.advance(task)
            yield document


def _print_errors(document: Document, notes: Console, format: str) -> None:
    """Errors go to stderr where the output is not meant for reading."""
    if format != "table":
        for error in document.errors:
            notes.print(
                f"Error: {document.source}, page {error.index + 1}: {error.message}",
                markup=False,
                soft_wrap=True,
            )


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for JSON, pictures and web pages.")] = Path("demo-output"),
    url: UrlOption = None,
    weights: WeightsOption = None,
    timeout: TimeoutOption = 120.0,
) -> None:
    """Analyse the samples that come with docfuse: invoice, receipts, letter and form."""
    from docfuse.demo import run_demo

    run_demo(out, url, weights, timeout, _notes())


@app.command()
def schema() -> None:
    """Print the JSON Schema of results."""
    from docfuse.schema import schema_text

    typer.echo(schema_text(), nl=False)


@app.command()
def version() -> None:
    """Print the version."""
    import docfuse

    typer.echo(f"docfuse {docfuse.__version__}")


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except DocfuseError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except ModuleNotFoundError as error:
        command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
        if command not in entry_points(group=COMMANDS).names:
            raise
        typer.echo(f"Error: {_missing(command, error)}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def main() -> None:
    """Run the command line; docfuse's own errors are one line on stderr and exit status 1."""
    with _one_line_errors():
        app(prog_name="docfuse")
