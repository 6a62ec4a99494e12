"""`docfuse demo`: the bundled samples, analysed, printed and drawn."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from rich.console import Console

from docfuse.client import Client
from docfuse.outputs import Outputs
from docfuse.paths import SUFFIXES
from docfuse.serving import server_url
from docfuse.terminal import print_document

_READY_LIMIT = 120.0


def samples() -> list[Path]:
    """The sample documents that come with docfuse; where they are from is in their README."""
    folder = Path(str(resources.files("docfuse"))) / "samples"
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)


def run_demo(out: Path, url: str | None, weights: Path | None, timeout: float, notes: Console) -> None:
    """Analyse the samples on a server, print them, and write JSON, PNG and HTML into `out`.

    Raises:
        DocfuseError: there is no server, it fails, or `out` cannot be written.
    """
    console = Console(highlight=False)
    outputs = Outputs(out, out, out)
    written: list[Path] = []
    with server_url(url, notes, weights) as address, Client(address, timeout=timeout) as client:
        client.wait_ready(_READY_LIMIT)
        files = samples()
        for number, file in enumerate(files, 1):
            with notes.status(f"Analysing {file.name} ({number} of {len(files)}) …"):
                document = client.analyze(file).model_copy(update={"source": file.name})
                written += outputs.write(document, file)
            print_document(document, console)
    console.print(f"[bold]Written to {out.resolve()}[/bold]", soft_wrap=True)
    for path in written:
        console.print(f"  {path.name}", style="dim")
    console.print(
        f"Open a page: [cyan]{(out.resolve() / (files[0].stem + '.html')).as_uri()}[/cyan]", soft_wrap=True
    )
