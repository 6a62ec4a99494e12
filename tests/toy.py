"""A model repository: an ensemble of one Python step that obeys its image: sleeps, hangs or dies."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import tritonclient.grpc as grpc

from docfuse_server.process import SHARED_MEMORY

_TENSORS = """
max_batch_size: 0
input [{ name: "IMAGE" data_type: TYPE_UINT8 dims: [-1] }]
output [{ name: "RESULT" data_type: TYPE_STRING dims: [1] }]
"""
_STEP = 'name: "step" backend: "python" instance_group [{ kind: KIND_CPU count: 1 }]' + _TENSORS
_ENSEMBLE = (
    'name: "document" platform: "ensemble" ensemble_scheduling { step [{ model_name: "step" model_version: -1'
    ' input_map { key: "IMAGE" value: "IMAGE" } output_map { key: "RESULT" value: "RESULT" } }] }' + _TENSORS
)
_MODEL = """
import os, signal, time
import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        {initialize}

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        image = pb_utils.get_input_tensor_by_name(request, "IMAGE").as_numpy().tobytes()
        words = image.split() if image.startswith((b"sleep", b"hang", b"die")) else [b"none"]
        if words[0] == b"sleep":
            time.sleep(float(words[1]))
        if words[0] == b"hang":
            time.sleep(3600)
        if words[0] == b"die":
            os.kill(os.getpid(), signal.SIGKILL)
        text = f"{{len(image)}} bytes".encode()
        return pb_utils.InferenceResponse([pb_utils.Tensor("RESULT", np.array([text], dtype=object))])
"""


def write_repository(folder: Path, initialize: str = "pass", ensemble: str = "document") -> Path:
    """Write the repository; `initialize` is a statement that the model runs when it loads."""
    for name, config in (("step", _STEP), (ensemble, _ENSEMBLE.replace("document", ensemble))):
        (folder / name / "1").mkdir(parents=True, exist_ok=True)
        (folder / name / "config.pbtxt").write_text(config, encoding="utf-8")
    (folder / "step" / "1" / "model.py").write_text(_MODEL.format(initialize=initialize), encoding="utf-8")
    return folder


def ask(url: str, image: bytes, timeout: float = 20) -> str:
    """Send an image to the ensemble `document` and return its result."""
    tensor = grpc.InferInput("IMAGE", [len(image)], "UINT8")
    tensor.set_data_from_numpy(np.frombuffer(image, np.uint8))
    with grpc.InferenceServerClient(url) as client:
        answer = client.infer("document", [tensor], client_timeout=timeout)
    return str(answer.as_numpy("RESULT")[0].decode())


def family(pid: int) -> list[psutil.Process]:
    """A supervisor with tritonserver and all stubs."""
    supervisor = psutil.Process(pid)
    return [supervisor, *supervisor.children(recursive=True)]


def stubs(pid: int) -> dict[str, psutil.Process]:
    """A stub of each model by the model's name."""
    from docfuse_server.process import stub_model

    found = {}
    for process in family(pid):
        with suppress(psutil.NoSuchProcess):  # it may end between being listed and being asked
            if process.name().startswith("triton_python"):
                found[stub_model(process)] = process
    return found


def belongings(pid: int) -> list[str]:
    """Names in shared memory that belong to a supervisor."""
    return [path.name for path in SHARED_MEMORY.glob(f"docfuse_{pid}_*")]


def patience() -> float:
    """How much longer things may take here and now than on a machine that runs nothing but the tests.

    Two runnable threads per core are what the tests themselves cause.
    """
    return max(1.0, os.getloadavg()[0] / (2 * (os.cpu_count() or 1)))
