"""The commands `docfuse serve` and `docfuse health`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from docfuse_server.supervisor import Event, Settings

HostOption = Annotated[
    str, typer.Option(envvar="DOCFUSE_HOST", help="Address to listen on; 0.0.0.0: every interface.")
]
GrpcOption = Annotated[int, typer.Option(envvar="DOCFUSE_GRPC_PORT", help="gRPC port, 0 for a free one.")]
HttpOption = Annotated[int, typer.Option(envvar="DOCFUSE_HTTP_PORT", help="HTTP port, 0 for a free one.")]
MetricsOption = Annotated[
    int, typer.Option(envvar="DOCFUSE_METRICS_PORT", help="Prometheus metrics port, 0 for a free one.")
]
HealthOption = Annotated[
    int, typer.Option(envvar="DOCFUSE_HEALTH_PORT", help="HTTP port of /ready and /live for probes, 0: none.")
]
WeightsOption = Annotated[Path | None, typer.Option(help="Folder with ONNX weights.")]
RepositoryOption = Annotated[
    Path | None, typer.Option(envvar="DOCFUSE_REPOSITORY", help="Serve this model repository as it is.")
]
InFlightOption = Annotated[
    int, typer.Option(min=1, envvar="DOCFUSE_MAX_IN_FLIGHT", help="Pages worked on at once; others wait.")
]
DrainOption = Annotated[
    float,
    typer.Option(
        min=0,
        envvar="DOCFUSE_DRAIN_DELAY",
        help="Seconds to go on answering after SIGTERM, for load balancers to notice.",
    ),
]
StopOption = Annotated[
    float,
    typer.Option(min=0, envvar="DOCFUSE_STOP_LIMIT", help="Seconds that pages in flight then have."),
]
AgeOption = Annotated[
    float,
    typer.Option(
        min=0,
        envvar="DOCFUSE_CONNECTION_AGE",
        help="Seconds after which clients connect anew, and so find added servers; 0: never.",
    ),
]
CheckOption = Annotated[bool, typer.Option("--check", help="Start, answer one page, and stop.")]
LogOption = Annotated[Path | None, typer.Option(help="Keep tritonserver's log in this file.")]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", envvar="DOCFUSE_VERBOSE", help="Print what tritonserver logs when ready.")
]
QuietOption = Annotated[bool, typer.Option(help="Print errors only.")]


def serve(
    host: HostOption = "127.0.0.1",
    grpc_port: GrpcOption = 8001,
    http_port: HttpOption = 8000,
    metrics_port: MetricsOption = 8002,
    health_port: HealthOption = 0,
    weights: WeightsOption = None,
    repository: RepositoryOption = None,
    max_in_flight: InFlightOption = 8,
    drain_delay: DrainOption = 0.0,
    stop_limit: StopOption = 20.0,
    connection_age: AgeOption = 0.0,
    check: CheckOption = False,
    log_file: LogOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Serve document recognition on this machine and keep it running."""
    from docfuse_server.errors import ServerError
    from docfuse_server.ports import Ports
    from docfuse_server.repository import prepare_repository
    from docfuse_server.run import supervise
    from docfuse_server.supervisor import Settings

    def prepare() -> Settings:
        """The repository brought up to date, and what to start it with."""
        ports = Ports(grpc_port, http_port, metrics_port).resolved(host)
        if not quiet:
            typer.echo("Starting …")
        return Settings(
            repository or prepare_repository(weights),
            host=host,
            ports=ports,
            max_in_flight=max_in_flight,
            log_file=log_file,
            health_port=health_port,
            drain_delay=drain_delay,
            stop_limit=stop_limit,
            connection_age=connection_age,
        )

    try:
        supervise(prepare, _Printer(quiet, verbose), once=check)
    except ServerError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    if not quiet:
        typer.echo("Stopped.")


class _Printer:
    """Tells what the supervisor does; from the first time that the server is ready, its log too if wanted."""

    def __init__(self, quiet: bool, verbose: bool) -> None:
        self._quiet = quiet
        self._follow = verbose

    def __call__(self, event: Event) -> None:
        from docfuse_server.log import follow

        if event.kind == "failed":
            typer.echo(f"Error: {event.message}", err=True)
        elif not self._quiet:
            words = {"ready": "Ready: gRPC on", "restart": "Restarting:"}
            typer.echo(f"{words[event.kind]} {event.message}")
        if self._follow and event.kind == "ready":
            self._follow = False
            follow(Path(event.log_file), event.log_size, lambda text: typer.echo(text, nl=False, err=True))


def health(
    host: HostOption = "127.0.0.1",
    port: HealthOption = 8003,
    live: Annotated[bool, typer.Option("--live", help="Ask whether the supervisor works.")] = False,
) -> None:
    """Say whether a server answers pages: its canary page, or the last real one. Exit status 1 if not."""
    from docfuse_server.errors import ServerError
    from docfuse_server.status import ask

    try:
        reason = ask(host, port, "/live" if live else "/ready")
    except ServerError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(reason or "ok")
    if reason:
        raise typer.Exit(1)
