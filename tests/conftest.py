"""One embedded server for all tests that talk to a real one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from docfuse_server.embedded import EmbeddedServer


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """A supervised server with the committed weights, sized for eight pages."""
    from docfuse_server.embedded import EmbeddedServer

    server = EmbeddedServer()
    try:
        server.wait_ready()
        yield server
    finally:
        status = server.stop()
    assert status == 0


@pytest.fixture(scope="session")
def server_url(server: EmbeddedServer) -> str:
    """gRPC address of that server."""
    return server.wait_ready()
