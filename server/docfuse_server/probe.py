"""Asks a running tritonserver, over HTTP, whether it is up, whether it answers, and whether it works."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docfuse_server import canary
from docfuse_server.ports import loopback


@dataclass(frozen=True)
class Counters:
    """What the server has done so far."""

    executions: int
    """Model executions of all models together: they advance while a server works, however slowly."""
    answers: int
    """Requests answered by an ensemble that ends in a result."""


class ProbeError(RuntimeError):
    """The server did not answer as it should; `status` is HTTP's, 0 where none came."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Probe:
    """One server's HTTP endpoint."""

    def __init__(self, host: str, port: int, ensemble: str, terminal: frozenset[str]) -> None:
        self._host = loopback(host)
        self._port = port
        self._ensemble = ensemble
        self._terminal = terminal

    def ready(self) -> bool:
        """Whether Triton says that all its models are loaded."""
        try:
            self._call("GET", "/v2/health/ready", timeout=2)
        except ProbeError:
            return False
        return True

    def canary(self, timeout: float) -> None:
        """Send the canary page through the ensemble; raises `ProbeError` if no result comes back."""
        data = list(canary.PAGE)
        image = {"name": "IMAGE", "datatype": "UINT8", "shape": [len(data)], "data": data}
        body = json.dumps({"inputs": [image]})
        answer = self._call("POST", f"/v2/models/{self._ensemble}/infer", body, timeout)
        if not answer.get("outputs", [{}])[0].get("data"):
            raise ProbeError(f"ensemble {self._ensemble} answered the canary page with nothing")

    def statistics(self) -> Mapping[str, Any]:
        """Triton's statistics by model."""
        answer = self._call("GET", "/v2/models/stats", timeout=5)
        return {model["name"]: model for model in answer["model_stats"]}

    def counters(self) -> Counters:
        """Sums over the statistics."""
        models = self.statistics()
        answers = [m["inference_stats"]["success"]["count"] for n, m in models.items() if n in self._terminal]
        return Counters(sum(model["execution_count"] for model in models.values()), sum(answers))

    def _call(self, method: str, path: str, body: str | None = None, timeout: float = 5) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise ProbeError(f"{type(error).__name__}: {error}") from error
        finally:
            connection.close()
        text = content.decode("utf-8", "replace")
        if response.status != 200:
            raise ProbeError(_message(text), response.status)
        return json.loads(text) if text else {}


def _message(text: str) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text[:300]
