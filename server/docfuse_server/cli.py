"""The command `docfuse serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from docfuse_server.supervisor import Event, Settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0: every interface.")] = "127.0.0.1",
    grpc_port: Annotated[int, typer.Option(help="gRPC port, 0 for a free one.")] = 8001,
    http_port: Annotated[int, typer.Option(help="HTTP port, 0 for a free one.")] = 8000,
    metrics_port: Annotated[int, typer.Option(help="Prometheus metrics port, 0 for a free one.")] = 8002,
    weights: Annotated[Path | None, typer.Option(help="Folder with ONNX weights.")] = None,
    repository: Annotated[Path | None, typer.Option(help="Serve this model repository as it is.")] = None,
    max_in_flight: Annotated[int, typer.Option(min=1, help="Pages worked on at once; others wait.")] = 8,
    log_file: Annotated[Path | None, typer.Option(help="Keep tritonserver's log in this file.")] = None,
    quiet: Annotated[bool, typer.Option(help="Print errors only.")] = False,
) -> None:
    """Serve document recognition on this machine's CPU and keep it running."""
    from docfuse_server.errors import ServerError
    from docfuse_server.ports import Ports
    from docfuse_server.repository import prepare_repository
    from docfuse_server.run import supervise
    from docfuse_server.supervisor import Settings

    def prepare() -> Settings:
        ports = Ports(grpc_port, http_port, metrics_port).resolved(host)
        if not quiet:
            typer.echo("Starting …")
        folder = repository or prepare_repository(weights)
        return Settings(folder, host=host, ports=ports, max_in_flight=max_in_flight, log_file=log_file)

    try:
        supervise(prepare, lambda event: _print(event, quiet))
    except ServerError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    if not quiet:
        typer.echo("Stopped.")


def _print(event: Event, quiet: bool) -> None:
    if event.kind == "failed":
        typer.echo(f"Error: {event.message}", err=True)
    elif not quiet:
        words = {"ready": "Ready: gRPC on", "restart": "Restarting:"}
        typer.echo(f"{words[event.kind]} {event.message}")
