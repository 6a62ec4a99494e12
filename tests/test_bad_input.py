"""Bad input, one by one, against the real server: one clear error or a defined result, then a good page."""

from __future__ import annotations

import io
import socket
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import tritonclient.grpc as grpc
from PIL import Image
from traffic import draw_page, image_input, send
from tritonclient.utils import InferenceServerException

import docfuse
from docfuse.errors import InputError, NoServerError
from docfuse.wire import GivenBox

Reader = Callable[[bytes], docfuse.Page]


@pytest.fixture(scope="module")
def client(server_url: str) -> Iterator[docfuse.Client]:
    with docfuse.Client(server_url, timeout=120) as client:
        yield client


@pytest.fixture(autouse=True)
def next_good_request_succeeds(client: docfuse.Client) -> Iterator[None]:
    yield
    document = client.analyze(draw_page(lines=1))
    assert document.errors == []
    assert "Item 1" in " ".join(box.text for box in document.pages[0].boxes)


@pytest.fixture
def read(client: docfuse.Client) -> Reader:
    """The result of an image file of one page."""

    def read(data: bytes) -> docfuse.Page:
        document = client.analyze(data)
        assert document.errors == []
        return document.pages[0]

    return read


def _encode(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _page_image(mode: str = "RGB") -> Image.Image:
    return Image.open(io.BytesIO(draw_page(lines=1))).convert(mode)


def _text(page: docfuse.Page) -> str:
    return " ".join(box.text for box in page.boxes)


def _refusal(client: docfuse.Client, data: bytes) -> str:
    """The message of the one error that a bad page ends in."""
    document = client.analyze(data)
    assert document.pages == []
    assert [error.code for error in document.errors] == ["INVALID_ARGUMENT"]
    return document.errors[0].message


def _png_of_size(width: int, height: int) -> bytes:
    """A PNG of black pixels: a header that promises much, and little data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    packer, row = zlib.compressobj(9), bytes(width + 1)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def test_empty_file(client: docfuse.Client, tmp_path: Path) -> None:
    path = tmp_path / "empty.png"
    path.touch()
    with pytest.raises(InputError, match=r"empty\.png is empty"):
        client.analyze(path)


def test_empty_tensor(server_url: str) -> None:
    with grpc.InferenceServerClient(server_url) as triton:
        with pytest.raises(InferenceServerException, match="empty") as caught:
            send(triton, b"")
    assert caught.value.status() == "StatusCode.INVALID_ARGUMENT"


def test_text_file_named_png(client: docfuse.Client, tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_text("These are notes, not a picture.\n")
    document = client.analyze(path)
    assert [error.code for error in document.errors] == ["INVALID_ARGUMENT"]
    assert "no readable image" in document.errors[0].message


def test_truncated_jpeg(client: docfuse.Client) -> None:
    whole = _encode(_page_image(), "JPEG")
    assert "cut off" in _refusal(client, whole[: len(whole) // 2])


def test_truncated_png(client: docfuse.Client) -> None:
    whole = draw_page()
    assert "broken or cut off" in _refusal(client, whole[: len(whole) // 2])


def test_single_pixel(read: Reader) -> None:
    page = read(_encode(Image.new("RGB", (1, 1)), "PNG"))
    assert (page.width, page.height, page.boxes) == (1, 1, [])
    assert page.classification.source == "image"


def test_png_bomb(client: docfuse.Client) -> None:
    bomb = _png_of_size(20_000, 20_000)
    assert len(bomb) < 1_000_000
    message = _refusal(client, bomb)
    assert "pixels" in message
    assert "120000000" in message


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_encode(_page_image("CMYK"), "JPEG"), id="CMYK"),
        pytest.param(
            _encode(Image.fromarray(np.asarray(_page_image("L")).astype(np.uint16) * 257), "PNG"),
            id="16-bit gray",
        ),
        pytest.param(
            _encode(_page_image("P"), "GIF", save_all=True, append_images=[Image.new("P", (600, 800))]),
            id="animated GIF",
        ),
    ],
)
def test_unusual_image_files_are_read(read: Reader, data: bytes) -> None:
    page = read(data)
    assert "Item 1" in _text(page)
    assert (page.width, page.height) == (600, 800)


def test_of_an_animated_gif_the_first_frame_is_read(read: Reader) -> None:
    frames = [Image.new("P", (600, 800), n) for n in range(2)]
    page = read(_encode(_page_image("P"), "GIF", save_all=True, append_images=frames))
    assert [warning.code for warning in page.warnings] == ["first_frame_only"]


def test_palette_with_alpha(read: Reader) -> None:
    """Black print on a palette whose every colour but black is transparent black: paper is white."""
    image = Image.fromarray((np.asarray(_page_image("L")) > 128).astype(np.uint8), "P")
    image.putpalette([0, 0, 0, 0, 0, 0])
    page = read(_encode(image, "PNG", transparency=bytes([255, 0])))
    assert "Item 1" in _text(page)


def _pdf(pages: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(200, 100)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


_ENCRYPTED = """%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>> endobj
4 0 obj <</Filter/Standard/V 1/R 2/Length 40/P -4/O<{0}>/U<{0}>>> endobj
trailer <</Root 1 0 R/Encrypt 4 0 R/ID[<{1}><{1}>]/Size 5>>
%%EOF
""".format("ab" * 32, "cd" * 16)
"""A PDF whose password is not known to anybody."""


def test_encrypted_pdf(client: docfuse.Client) -> None:
    with pytest.raises(InputError, match="password"):
        client.analyze(_ENCRYPTED.encode())


def test_pdf_without_pages(client: docfuse.Client) -> None:
    with pytest.raises(InputError, match="no pages"):
        client.analyze(_pdf(0))


def test_blank_pages(client: docfuse.Client, read: Reader) -> None:
    page = read(_encode(Image.new("RGB", (600, 800), "white"), "PNG"))
    assert (page.boxes, page.links, page.fields, page.tables) == ([], [], [], [])
    assert page.classification.source == "image"
    blank = client.analyze(_pdf(2))
    assert [len(page.boxes) for page in blank.pages] == [0, 0]
    assert blank.errors == []


def test_page_with_one_box(client: docfuse.Client) -> None:
    box: GivenBox = {"box": [30, 40, 300, 70], "text": "Total"}
    page = client.analyze(draw_page(lines=1), boxes=[[box]], cut=False).pages[0]
    assert [box.text for box in page.boxes] == ["Total"]
    assert page.links == []


def test_page_with_1500_boxes(client: docfuse.Client) -> None:
    """The first 1024 in reading order are kept, and the result says so."""
    boxes: list[GivenBox] = [
        {"box": [20 + 18 * column, 20 + 15 * row, 36 + 18 * column, 32 + 15 * row], "text": str(row)}
        for row in range(50)
        for column in range(30)
    ]
    page = client.analyze(draw_page(lines=1), boxes=[boxes], cut=False).pages[0]
    assert page.truncated
    assert len(page.boxes) == 1024
    assert page.boxes[0].text == "0"
    assert max(int(box.text) for box in page.boxes) < 36


@pytest.mark.parametrize(
    ("box", "text"),
    [
        pytest.param([500, 700, 900, 1200], "partly outside", id="partly outside"),
        pytest.param([-300, -200, -100, -50], "wholly outside", id="wholly outside"),
        pytest.param([300, 70, 30, 40], "corners swapped", id="corners swapped"),
        pytest.param([30, 40, 30, 40], "no area", id="no area"),
    ],
)
def test_boxes_outside_the_image(client: docfuse.Client, box: list[float], text: str) -> None:
    """Either one clear error, or a result whose boxes lie on the page."""
    document = client.analyze(draw_page(lines=1), boxes=[[{"box": box, "text": text}]])
    if document.errors:
        assert [error.code for error in document.errors] == ["INVALID_ARGUMENT"]
        assert "box" in document.errors[0].message.lower()
        return
    corners = np.array([b.polygon for b in document.pages[0].boxes]).reshape(-1, 2)
    assert (corners >= 0).all()
    assert (corners <= [600, 800]).all()


@pytest.mark.parametrize(
    ("name", "array"),
    [
        pytest.param("IMAGE", np.zeros(10, np.float32), id="wrong dtype"),
        pytest.param("IMAGE", np.zeros((2, 5), np.uint8), id="wrong rank"),
        pytest.param("PICTURE", np.zeros(10, np.uint8), id="wrong name"),
    ],
)
def test_wrong_tensors(server_url: str, name: str, array: np.ndarray) -> None:
    kind = "FP32" if array.dtype == np.float32 else "UINT8"
    tensor = grpc.InferInput(name, list(array.shape), kind)
    tensor.set_data_from_numpy(array)
    with grpc.InferenceServerClient(server_url) as triton:
        with pytest.raises(InferenceServerException) as caught:
            triton.infer("document", [tensor])
    assert caught.value.status() == "StatusCode.INVALID_ARGUMENT"


def test_texts_and_boxes_of_different_number(server_url: str) -> None:
    boxes, texts = np.zeros((2, 4), np.float32), np.array([b"one"], np.object_)
    given = {"BOXES": (boxes, "FP32"), "TEXT": (texts, "BYTES"), "CUT": (np.array([True]), "BOOL")}
    inputs = [image_input(draw_page(lines=1))]
    for name, (array, kind) in given.items():
        inputs.append(grpc.InferInput(name, list(array.shape), kind))
        inputs[-1].set_data_from_numpy(array)
    with grpc.InferenceServerClient(server_url) as triton:
        with pytest.raises(InferenceServerException, match=r"2.*1|1.*2") as caught:
            triton.infer("document_with_text", inputs)
    assert caught.value.status() == "StatusCode.INVALID_ARGUMENT"


def test_missing_server() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"127.0.0.1:{free.getsockname()[1]}"
    with docfuse.Client(url, timeout=20) as client:
        with pytest.raises(NoServerError, match=f"No docfuse server at {url}"):
            client.analyze(draw_page(lines=1))


def test_wrong_port() -> None:
    """What listens there does not speak gRPC."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"127.0.0.1:{other.getsockname()[1]}"
        with docfuse.Client(url, timeout=5) as client:
            with pytest.raises(docfuse.ServerError, match=url):
                client.analyze(draw_page(lines=1))


def test_the_shell_shows_one_line_and_goes_on(server_url: str, tmp_path: Path) -> None:
    """Of a good and two bad files, the good one is analysed; the exit status says that not all went well."""
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "notes.png").write_text("no picture")
    (tmp_path / "good.png").write_bytes(draw_page(lines=1))
    paths = [str(tmp_path / name) for name in ("empty.jpg", "good.png", "notes.png")]
    shell = str(Path(sys.executable).with_name("docfuse"))
    command = [shell, "analyze", *paths, "--url", server_url, "--format", "jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    empty, good, notes = map(docfuse.Document.from_json, done.stdout.splitlines())
    assert "Item 1" in _text(good.pages[0])
    assert "empty.jpg is empty" in empty.errors[0].message
    assert "no readable image" in notes.errors[0].message
