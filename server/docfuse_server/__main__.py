"""The supervisor as a process of its own, for `embedded_server`: settings in, events out, as JSON."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

from docfuse_server.errors import ServerError
from docfuse_server.ports import Ports
from docfuse_server.repository import prepare_repository
from docfuse_server.run import parent_lives, supervise
from docfuse_server.supervisor import Event, Settings


def main() -> int:
    """Run until the parent asks for the end by SIGTERM, or is gone."""
    alive = parent_lives()
    options = json.loads(sys.argv[1])
    try:
        supervise(lambda: _settings(**options), _report, alive)
    except ServerError as error:
        _report(Event("failed", str(error)))
        return 1
    return 0


def _settings(
    weights: str | None, repository: str | None, log_file: str | None, ports: dict[str, int], **others: float
) -> Settings:
    if repository:
        folder = Path(repository)
    else:
        folder = prepare_repository(Path(weights) if weights else None)
    log = Path(log_file) if log_file else None
    return Settings(folder, ports=Ports(**ports), log_file=log, **others)  # type: ignore[arg-type]


def _report(event: Event) -> None:
    try:
        sys.stdout.write(json.dumps(dataclasses.asdict(event)) + "\n")
        sys.stdout.flush()
    except OSError:  # nobody listens any more; the supervisor ends as soon as it sees that
        return


if __name__ == "__main__":
    sys.exit(main())
