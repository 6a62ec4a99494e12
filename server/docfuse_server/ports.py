"""Ports to listen on: given ones, checked, or free ones."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from docfuse_server.errors import ServerError


@dataclass(frozen=True)
class Ports:
    """TCP ports of one server; 0 asks for a free one."""

    grpc: int = 0
    http: int = 0
    metrics: int = 0

    def resolved(self, host: str) -> Ports:
        """The same with free ports in place of zeros.

        Raises:
            ServerError: a given port is taken, or the host is not an address of this machine.
        """
        names = ("grpc", "http", "metrics")
        sockets = [_bind(host, port, name) for name, port in zip(names, self._all, strict=True)]
        ports = [bound.getsockname()[1] for bound in sockets]
        for bound in sockets:
            bound.close()
        return Ports(*ports)

    @property
    def _all(self) -> tuple[int, int, int]:
        return self.grpc, self.http, self.metrics


def _bind(host: str, port: int, name: str) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except (OSError, OverflowError) as error:
        bound.close()
        raise ServerError(
            f"The {name} port {port} on {host} cannot be used ({error}): "
            f"choose another with --{name}-port, or 0 for a free one."
        ) from error
    return bound
