"""The supervisor's own HTTP endpoint for probes: `/ready` and `/live`."""

from __future__ import annotations

import http.client
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from docfuse_server.errors import ServerError
from docfuse_server.ports import bind, loopback

Check = Callable[[], "str | None"]
"""Says what is wrong, or None."""


class StatusServer:
    """Answers each path with 200, or with 503 and the reason that its check gives."""

    def __init__(self, host: str, port: int, checks: Mapping[str, Check]) -> None:
        """Listen at once.

        Raises:
            ServerError: the port cannot be used.
        """
        bind(host, port, "health").close()
        self._server = _Server((host, port), checks)
        threading.Thread(target=self._server.serve_forever, name="docfuse-status", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], checks: Mapping[str, Check]) -> None:
        self.checks = checks
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A probe that hangs up early is no news; anything else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5
    wbufsize = -1  # head and body in one piece: some probes hang up as soon as they have read the head

    def do_GET(self) -> None:
        """Answer a probe."""
        check = self.server.checks.get(self.path)
        reason = "no such path" if check is None else check()
        body = f"{reason or 'ok'}\n".encode()
        self.send_response(404 if check is None else 503 if reason else 200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Probes are no news."""


def ask(host: str, port: int, path: str, timeout: float = 5.0) -> str | None:
    """Ask a supervisor's endpoint: None if all is well, else the reason it gives.

    Raises:
        ServerError: nothing answers there.
    """
    connection = http.client.HTTPConnection(loopback(host), port, timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        raise ServerError(
            f"No docfuse supervisor answers at {host}:{port} ({error}): "
            "start it with `docfuse serve --health-port`, or check the port."
        ) from error
    finally:
        connection.close()
    return None if response.status == 200 else text
