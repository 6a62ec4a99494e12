"""The wire format: what is sent to each ensemble, and what its answer means. No connection is made here.

Tensor names and shapes are those of the served ensembles, see docs/architecture.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import numpy as np
import pydantic
from tritonclient.grpc import InferInput, InferRequestedOutput, InferResult
from tritonclient.utils import np_to_triton_dtype

from docfuse.errors import InputError, ServerError
from docfuse.options import Tls
from docfuse.result import Page, TextSource

DOCUMENT = "document"
DOCUMENT_WITH_TEXT = "document_with_text"
DOCUMENT_TENSORS = "document_tensors"
OCR = "ocr"


class GivenBox(TypedDict):
    """A text box from the caller's own OCR: x1, y1, x2, y2 in pixels of the page as sent, and its text."""

    box: Sequence[float]
    text: str


class OcrResult(NamedTuple):
    """Text lines of a page in reading order.

    `boxes` float32 [N, 4, 2], corners clockwise from the text's top left in pixels; `texts` N strings;
    `scores` float32 [N].
    """

    boxes: np.ndarray
    texts: list[str]
    scores: np.ndarray


@dataclass(frozen=True)
class Call:
    """One request: an ensemble, its input arrays, and the outputs asked for (none named: all)."""

    model: str
    arrays: Mapping[str, np.ndarray]
    outputs: tuple[str, ...] = ()
    text_source: TextSource = "image"

    def inputs(self) -> list[InferInput]:
        """The arrays as Triton inputs."""
        return [_input(name, array) for name, array in self.arrays.items()]

    def requested(self) -> list[InferRequestedOutput] | None:
        """The outputs as Triton wants them."""
        return [InferRequestedOutput(name) for name in self.outputs] or None


def _input(name: str, array: np.ndarray) -> InferInput:
    tensor = InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype))
    tensor.set_data_from_numpy(array)
    return tensor


def _image(image: bytes) -> np.ndarray:
    return np.frombuffer(image, dtype=np.uint8)


def _strings(texts: Sequence[str]) -> np.ndarray:
    return np.array([text.encode() for text in texts], dtype=np.object_)


def document_call(
    image: bytes,
    boxes: Sequence[GivenBox] | None = None,
    cut: bool = True,
    text_source: TextSource = "given",
) -> Call:
    """Ask for one page's result.

    Args:
        image: the encoded page.
        boxes: text boxes to use instead of detector and recogniser; None: read the page.
        cut: whether the boxes may be cut into segments.
        text_source: where the boxes are from.

    Raises:
        InputError: a box does not have four finite numbers and a text.
    """
    if boxes is None:
        return Call(DOCUMENT, {"IMAGE": _image(image)}, ("RESULT",))
    corners, texts = _check_boxes(boxes)
    arrays = {"IMAGE": _image(image), "BOXES": corners, "TEXT": _strings(texts), "CUT": np.array([cut])}
    return Call(DOCUMENT_WITH_TEXT, arrays, ("RESULT",), text_source)


def _check_boxes(boxes: Sequence[GivenBox]) -> tuple[np.ndarray, list[str]]:
    """Corners [N, 4] float32 and N texts; a page without boxes is one empty box, as no tensor is empty."""
    if not boxes:
        return np.array([[0, 0, 1, 1]], np.float32), [""]
    try:
        corners = np.array([box["box"] for box in boxes], dtype=np.float32)
        texts = [box["text"] for box in boxes]
    except (TypeError, KeyError, ValueError):
        raise InputError('Every box must be {"box": [x1, y1, x2, y2], "text": "…"}.') from None
    if corners.shape != (len(boxes), 4) or not np.isfinite(corners).all():
        raise InputError("Every box must have four finite numbers: x1, y1, x2, y2.")
    if not all(isinstance(text, str) for text in texts):
        raise InputError("The text of every box must be a string.")
    return corners, texts


def tensors_call(image: bytes) -> Call:
    """Ask for every tensor of one page."""
    return Call(DOCUMENT_TENSORS, {"IMAGE": _image(image)})


def ocr_call(array: np.ndarray, language: str = "") -> Call:
    """Ask for the text lines of one page.

    Args:
        array: uint8 [H, W] gray or [H, W, 3] RGB.
        language: a hint that servers may ignore.

    Raises:
        InputError: another dtype or shape.
    """
    if array.ndim == 2:
        array = np.repeat(array[..., None], 3, axis=2)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or not array.size:
        raise InputError(
            f"The array is {array.dtype} {list(array.shape)}; "
            "give uint8 [height, width] or [height, width, 3] RGB."
        )
    arrays = {"lang_type": _strings([language]).reshape(1, 1), "image": np.ascontiguousarray(array[None])}
    return Call(OCR, arrays, ("boxes", "txts", "scores"))


def _output(result: InferResult, name: str) -> np.ndarray:
    array = result.as_numpy(name)
    if array is None:
        raise ServerError(f"The server's answer has no {name}; are client and server of one version?")
    return array


def read_page(result: InferResult, index: int, text_source: TextSource = "image") -> Page:
    """The page in an answer, numbered as in its document, with the source of its text.

    Raises:
        ServerError: the answer is not a page as this client knows it.
    """
    text = _output(result, "RESULT").reshape(-1)[0]
    try:
        return Page.model_validate({**json.loads(text), "index": index, "text_source": text_source})
    except (ValueError, pydantic.ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise ServerError(
            f"The server's answer is not understood ({reason}); use a client and a server of one version."
        ) from None


def read_tensors(result: InferResult) -> dict[str, np.ndarray]:
    """Every output of an answer by name."""
    return {output.name: _output(result, output.name) for output in result.get_response().outputs}


def read_ocr(result: InferResult) -> OcrResult:
    """The text lines in an answer."""
    texts = [text.decode() for text in _output(result, "txts").reshape(-1)]
    return OcrResult(_output(result, "boxes"), texts, _output(result, "scores"))


def check_options(concurrency: int, timeout: float) -> None:
    """Refuse options that cannot work.

    Raises:
        InputError: the concurrency is less than 1, or the time-out not positive.
    """
    if concurrency < 1:
        raise InputError(f"The concurrency is {concurrency}; it must be at least 1.")
    if not timeout > 0:
        raise InputError(f"The time-out is {timeout} s; it must be more than 0.")


def connection_options(url: str, tls: Tls | None, max_message_bytes: int) -> dict[str, Any]:
    """Keyword arguments that both of Triton's gRPC clients take.

    Raises:
        InputError: the address is empty or has a scheme that is not gRPC, or a TLS file is missing.
    """
    channel_args = [
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.keepalive_time_ms", 60_000),  # so that a connection through a load balancer stays open
        ("grpc.max_reconnect_backoff_ms", 2_000),  # a restarted server is found again soon
        ("grpc.lb_policy_name", "round_robin"),  # a name with several addresses: pages are shared out
    ]
    options: dict[str, Any] = {"url": address(url), "channel_args": channel_args}
    if tls is not None or url.startswith("grpcs://"):
        tls = tls or Tls()
        for name in ("root_certificates", "private_key", "certificate_chain"):
            options[name] = _pem(getattr(tls, name))
        options["ssl"] = True
    return options


def address(url: str) -> str:
    """`host:port` of a URL; `grpc://` and `grpcs://` may stand in front.

    Raises:
        InputError: there is no host and port in it.
    """
    bare = url.removeprefix("grpc://").removeprefix("grpcs://").rstrip("/")
    if bare.startswith("unix:"):
        return bare
    host, _, port = bare.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise InputError(f"'{url}' is no address of a docfuse server; give host:port of its gRPC endpoint.")
    return bare


def _pem(path: Any) -> str | None:
    if path is None:
        return None
    try:
        with Path(path).open("rb"):
            return str(path)
    except OSError as error:
        raise InputError(f"The TLS file {path} cannot be read: {error.strerror}.") from None
