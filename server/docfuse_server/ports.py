"""Ports to listen on: given ones, checked, or free ones."""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass

from docfuse_server.errors import ServerError

_FREE = range(20_000, 32_000)
"""Free ports are taken from below those that Linux gives to outgoing connections: a port chosen now is to be
free when the models are loaded, and after every restart."""


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
        wanted = {"grpc": self.grpc, "http": self.http, "metrics": self.metrics}
        for name, port in wanted.items():
            if port and list(wanted.values()).count(port) > 1:
                raise ServerError(f"The {name} port {port} is given twice: choose another.")
        sockets = [bind(host, port, name) if port else _bind_free(host) for name, port in wanted.items()]
        ports = [bound.getsockname()[1] for bound in sockets]
        for bound in sockets:
            bound.close()
        return Ports(*ports)


def _bind_free(host: str) -> socket.socket:
    for port in random.sample(_FREE, 100):
        try:
            return _bound(host, port, reuse=False)
        except OSError as error:
            reason = error
    raise ServerError(f"There is no free port on {host} ({reason}): is that an address of this machine?")


def bind(host: str, port: int, name: str) -> socket.socket:
    """A socket bound to a given port.

    Raises:
        ServerError: the port cannot be used; the message says which option to change.
    """
    try:
        return _bound(host, port)
    except (OSError, OverflowError) as error:
        raise ServerError(
            f"The {name} port {port} on {host} cannot be used ({error}): "
            f"choose another with --{name}-port, or 0 for a free one."
        ) from error


def loopback(host: str) -> str:
    """Where a server that listens on `host` is reached from its own machine."""
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host


def _bound(host: str, port: int, reuse: bool = True) -> socket.socket:
    """A bound socket; with `reuse` it fails just where tritonserver would, which listens with that option.

    The option also lets two sockets have one port while neither listens: a free port is found without it.
    """
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        bound.bind((host, port))
    except (OSError, OverflowError):
        bound.close()
        raise
    return bound
