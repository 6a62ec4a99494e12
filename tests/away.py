"""A door in front of a real server that can be shut and opened, as if the server had gone and come back."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Door:
    """Forwards TCP connections from a port of its own to a server while it is open."""

    def __init__(self, url: str) -> None:
        host, _, port = url.rpartition(":")
        self._server = (host, int(port))
        self._pairs: list[socket.socket] = []
        self._listener = _bound(0)
        self._port = self._listener.getsockname()[1]
        self.open()

    @property
    def url(self) -> str:
        """Address of the door."""
        return f"127.0.0.1:{self._port}"

    def open(self) -> None:
        """Let connections through."""
        self._listener.listen()
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        """End all connections and refuse new ones; the port stays ours."""
        for one in (self._listener, *self._pairs):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._pairs, self._listener = [], _bound(self._port)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                self._join(listener.accept()[0])

    def _join(self, inner: socket.socket) -> None:
        try:
            outer = socket.create_connection(self._server)
        except OSError:  # the server itself restarts at the moment
            inner.close()
            return
        self._pairs += [inner, outer]
        for pair in ((inner, outer), (outer, inner)):
            threading.Thread(target=_copy, args=pair, daemon=True).start()


def _bound(port: int) -> socket.socket:
    """A socket on the port; until it listens, connections are refused."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
