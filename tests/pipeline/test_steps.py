"""The reading steps inside the real server, by their ensembles."""

import io
import json

import cv2
import numpy as np
import pytest
import tritonclient.grpc as triton
from PIL import Image

from docfuse_pipeline.admission import LEASE_SECONDS


@pytest.fixture(scope="module")
def client(server_url: str) -> triton.InferenceServerClient:
    return triton.InferenceServerClient(server_url)


def page(*texts: str) -> np.ndarray:
    image = np.full((700, 900, 3), 255, np.uint8)
    for row, text in enumerate(texts):
        cv2.putText(
            image, text, (60, 100 + 90 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2, cv2.LINE_AA
        )
    return image


def png(pixels: np.ndarray) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return np.frombuffer(buffer.getvalue(), np.uint8)


def infer(client: triton.InferenceServerClient, model: str, **arrays: np.ndarray) -> triton.InferResult:
    kinds = {"uint8": "UINT8", "float32": "FP32", "object": "BYTES", "bool": "BOOL"}
    inputs = []
    for name, array in arrays.items():
        inputs.append(triton.InferInput(name, array.shape, kinds[str(array.dtype)]))
        inputs[-1].set_data_from_numpy(array)
    return client.infer(model, inputs, client_timeout=60)


def ocr(client: triton.InferenceServerClient, pixels: np.ndarray) -> triton.InferResult:
    return infer(client, "ocr", image=pixels[None], lang_type=np.array([[b"en"]], np.object_))


def with_text(client: triton.InferenceServerClient, boxes: list, texts: list[str]) -> dict:
    result = infer(
        client,
        "document_with_text",
        IMAGE=png(page("Total: 12.50")),
        BOXES=np.array(boxes, np.float32),
        TEXT=np.array([text.encode() for text in texts], np.object_),
        CUT=np.array([True]),
    )
    return json.loads(result.as_numpy("RESULT")[0])


def test_ocr_reads_in_the_pixels_that_were_sent(client):
    result = ocr(client, page("Receipt 4711", "Total 12.50"))
    texts = [text.decode().replace(" ", "") for text in result.as_numpy("txts")]
    assert texts == ["Receipt4711", "Total12.50"]
    assert result.as_numpy("boxes").shape == (2, 4, 2)
    assert result.as_numpy("boxes")[0, 0] == pytest.approx([60, 70], abs=20)
    assert result.as_numpy("scores").min() > 0.8


def test_ocr_of_a_blank_page_has_no_rows(client):
    result = ocr(client, page())
    assert result.as_numpy("boxes").shape == (0, 4, 2)
    assert result.as_numpy("txts").shape == (0,)
    assert result.as_numpy("scores").shape == (0,)


def test_own_boxes_are_used(client):
    result = with_text(client, [[50, 60, 400, 120]], ["Total: 12.50"])
    assert "".join(box["text"] for box in result["boxes"]).replace(" ", "") == "Total:12.50"
    assert np.array(result["boxes"][0]["polygon"]).min() >= 49


@pytest.mark.parametrize(
    ("boxes", "texts", "message"),
    [
        ([[0, 0, 10, 10]], ["a", "b"], "1 BOXES and 2 TEXT"),
        ([[0, 0, 10, 10], [5, 5, 5, 9]], ["a", "b"], r"BOXES\[1\]"),
        ([[2000, 0, 2100, 10]], ["a"], "outside the page of 900 × 700"),
    ],
)
def test_bad_boxes_are_refused_and_cost_no_slot(client, boxes, texts, message):
    assert LEASE_SECONDS > 20  # a slot that is not given back would be missing below
    for _ in range(10):  # the server has eight slots
        with pytest.raises(triton.InferenceServerException, match=message) as caught:
            with_text(client, boxes, texts)
        assert "INVALID_ARGUMENT" in str(caught.value.status())
    assert ocr(client, page("good")).as_numpy("txts").tolist() == [b"good"]


def test_bad_files_are_refused_and_cost_no_slot(client):
    for _ in range(10):
        with pytest.raises(triton.InferenceServerException, match="no readable image"):
            infer(client, "document", IMAGE=np.frombuffer(b"no picture at all", np.uint8))
    assert ocr(client, page("good")).as_numpy("txts").tolist() == [b"good"]


def test_a_turned_page_comes_back_in_source_pixels(client):
    upright = page(
        "Invoice 4711", "Date: 17.03.2024", "Total: 12.50", "Thank you for coming", "Open on Sundays"
    )
    result = infer(client, "document", IMAGE=png(np.ascontiguousarray(np.rot90(upright, -1))))
    found = json.loads(result.as_numpy("RESULT")[0])
    assert (found["width"], found["height"], found["orientation"]) == (700, 900, 90)
    first = np.array(found["boxes"][0]["polygon"])
    # the text's top left, (60, 70) upright, is at (700 - 70, 60) once turned clockwise
    assert first[0] == pytest.approx([630, 60], abs=20)
    along = first[1] - first[0]
    assert along[1] > 10 * abs(along[0])  # the text runs downwards in the source
