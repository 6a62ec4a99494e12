"""Requests as the ensembles want them."""

from pathlib import Path

import numpy as np
import pytest

from docfuse import InputError, Tls, wire
from docfuse_pipeline import specification


def check(call: wire.Call) -> None:
    """The call has the names, types and ranks of the specification."""
    (ensemble,) = (e for e in specification.ENSEMBLES if e.name == call.model)
    assert list(call.arrays) == [tensor.name for tensor in ensemble.inputs]
    for tensor, sent in zip(ensemble.inputs, call.inputs(), strict=True):
        assert sent.datatype() == tensor.dtype
        assert len(sent.shape()) == len(tensor.dims)
        fits = zip(sent.shape(), tensor.config_dims, strict=True)
        assert all(wanted in (-1, size) for size, wanted in fits)
    assert set(call.outputs) <= {tensor.name for tensor in ensemble.outputs}


def test_calls_fit_the_specification() -> None:
    boxes: list[wire.GivenBox] = [{"box": [0, 1, 2, 3], "text": "Größe"}, {"box": (4, 5, 6, 7.5), "text": ""}]
    check(wire.document_call(b"abc"))
    check(wire.document_call(b"abc", boxes, cut=False))
    check(wire.document_call(b"abc", []))
    check(wire.tensors_call(b"abc"))
    check(wire.ocr_call(np.zeros((5, 7, 3), np.uint8)))
    check(wire.ocr_call(np.zeros((5, 7), np.uint8), "latin"))


def test_given_boxes_are_sent_as_they_are() -> None:
    call = wire.document_call(b"abc", [{"box": [0, 1, 2, 3], "text": "Größe"}], cut=False)
    assert bytes(call.arrays["IMAGE"]) == b"abc"
    assert call.arrays["BOXES"].tolist() == [[0, 1, 2, 3]]
    assert call.arrays["TEXT"].tolist() == ["Größe".encode()]
    assert call.arrays["CUT"].tolist() == [False]
    assert call.text_source == "given"
    assert wire.document_call(b"abc").text_source == "image"


@pytest.mark.parametrize(
    "box",
    [
        {"box": [0, 1, 2], "text": ""},
        {"box": [0, 1, 2, float("nan")], "text": ""},
        {"box": [0, 1, 2, 3]},
        {"box": [0, 1, 2, 3], "text": 5},
        {"box": "none", "text": ""},
        [0, 1, 2, 3],
    ],
)
def test_other_boxes_are_refused(box: object) -> None:
    with pytest.raises(InputError, match="box"):
        wire.document_call(b"abc", [box])  # type: ignore[list-item]


@pytest.mark.parametrize(
    "array", [np.zeros((5, 7, 4), np.uint8), np.zeros((5, 7, 3), np.float32), np.zeros((0, 7))]
)
def test_other_arrays_are_refused(array: np.ndarray) -> None:
    with pytest.raises(InputError, match="array"):
        wire.ocr_call(array)


def test_addresses() -> None:
    assert wire.address("localhost:8001") == "localhost:8001"
    assert wire.address("grpc://[::1]:8001/") == "[::1]:8001"
    for wrong in ("localhost", "http://localhost:8000", "localhost:", ":8001", ""):
        with pytest.raises(InputError, match="give host:port"):
            wire.address(wrong)


def test_connections_are_encrypted_when_asked(tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_text("x")
    assert "ssl" not in wire.connection_options("a:1", None, 5)
    assert wire.connection_options("grpcs://a:1", None, 5)["ssl"] is True
    options = wire.connection_options("a:1", Tls(root_certificates=roots), 5)
    assert (options["ssl"], options["root_certificates"]) == (True, str(roots))
    with pytest.raises(InputError, match="TLS file"):
        wire.connection_options("a:1", Tls(root_certificates=tmp_path / "none.pem"), 5)


def test_options_that_cannot_work_are_refused() -> None:
    with pytest.raises(InputError, match="concurrency"):
        wire.check_options(0, 1.0)
    with pytest.raises(InputError, match="time-out"):
        wire.check_options(1, 0.0)
