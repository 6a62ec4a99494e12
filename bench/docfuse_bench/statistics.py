"""What a server has done, model by model, by its own count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tritonclient.grpc import InferenceServerClient


@dataclass(frozen=True)
class Work:
    """Work of one model.

    Attributes:
        requests: requests answered.
        rows: rows of these requests along the batch axis; pages, crops or token rows.
        executions: how often the model ran; one execution may answer several requests.
        queue_s: seconds that requests waited, summed over requests.
        compute_s: seconds that executions took, each counted once.
    """

    requests: int = 0
    rows: int = 0
    executions: int = 0
    queue_s: float = 0.0
    compute_s: float = 0.0

    def __sub__(self, earlier: Work) -> Work:
        return Work(
            self.requests - earlier.requests,
            self.rows - earlier.rows,
            self.executions - earlier.executions,
            self.queue_s - earlier.queue_s,
            self.compute_s - earlier.compute_s,
        )


def read_statistics(client: InferenceServerClient) -> dict[str, Work]:
    """Work of every model since the server started; ensembles count their requests only.

    Raises:
        InferenceServerException: the server is not there, or does not give its statistics.
    """
    answer: Any = client.get_inference_statistics(client_timeout=10)
    return {model.name: _work(model) for model in answer.model_stats}


def _work(model: Any) -> Work:
    parts = [
        duration.ns
        for batch in model.batch_stats
        for duration in (batch.compute_input, batch.compute_infer, batch.compute_output)
    ]
    return Work(
        requests=model.inference_stats.success.count,
        rows=model.inference_count,
        executions=model.execution_count,
        queue_s=model.inference_stats.queue.ns / 1e9,
        compute_s=sum(parts) / 1e9,
    )


def work_since(earlier: dict[str, Work], later: dict[str, Work]) -> dict[str, Work]:
    """Work between two readings, of the models that did any."""
    between = {name: work - earlier.get(name, Work()) for name, work in later.items()}
    return {name: work for name, work in between.items() if work.requests > 0}
