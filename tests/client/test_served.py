"""Both clients against a real server."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from documents_on_paper import blank_pdf, encoded, tiff
from PIL import Image

from docfuse import (
    AsyncClient,
    Client,
    Document,
    InputError,
    NoServerError,
    PageRefusedError,
    Retries,
    ServerTimeoutError,
)
from docfuse.demo import samples
from docfuse.wire import GivenBox
from docfuse_pipeline.specification import DOCUMENT_TENSORS

RECEIPT = next(path for path in samples() if path.name == "receipt-us.pdf")
FORM = next(path for path in samples() if path.name == "form.jpg")
INVOICE = next(path for path in samples() if path.name == "invoice-de.pdf")
TWO_PAGES = encoded(
    Image.new("L", (900, 1200), 255), "TIFF", save_all=True, append_images=[Image.open(FORM).convert("L")]
)
"""A blank page and the form."""


@pytest.fixture(scope="module")
def client(server_url: str) -> Iterator[Client]:
    with Client(server_url, timeout=120) as client:
        client.wait_ready(60)
        yield client


@pytest.fixture(scope="module")
def receipt(client: Client) -> Document:
    return client.analyze(RECEIPT)


def letters(texts: list[str]) -> str:
    """Letters and digits of texts in reading order: segments may be cut anywhere."""
    return "".join(c for text in texts for c in text if c.isalnum()).upper()


def test_a_receipt_is_read(receipt: Document) -> None:
    (page,) = receipt.pages
    assert receipt.errors == []
    assert receipt.source == str(RECEIPT)
    assert page.text_source == "image"
    assert receipt.classification == page.classification
    assert sum(page.classification.probabilities.values()) == pytest.approx(1, abs=0.01)
    text = letters([box.text for box in page.boxes])
    for words in ("SUDAMKOREANCUISINE", "4357", "MASTERCARD"):
        assert words in text
    inside = [0 <= x <= page.width and 0 <= y <= page.height for box in page.boxes for x, y in box.polygon]
    assert sum(inside) > 0.95 * len(inside)
    assert Document.from_json(receipt.to_json()) == receipt


def test_pages_come_back_in_order(client: Client) -> None:
    document = client.analyze(TWO_PAGES)
    assert [page.index for page in document.pages] == [0, 1]
    assert document.pages[0].boxes == []
    assert "APPLICATIONFORMEMBERSHIP" in letters([box.text for box in document.pages[1].boxes])


def test_sources_of_all_kinds_give_the_same(client: Client) -> None:
    from_path = client.analyze(FORM)
    from_bytes = client.analyze(FORM.read_bytes())
    assert from_bytes.pages == from_path.pages
    assert from_bytes.source is None
    array = np.asarray(Image.open(FORM))
    from_array = client.analyze(array)
    assert (from_array.pages[0].width, from_array.pages[0].height) == array.shape[::-1]
    assert "APPLICATIONFORMEMBERSHIP" in letters([box.text for box in from_array.pages[0].boxes])


def test_given_boxes_are_taken_as_they_are(client: Client) -> None:
    boxes: list[GivenBox] = [
        {"box": [100, 100, 260, 130], "text": "Total:"},
        {"box": [400, 100, 500, 130], "text": "12,50 £"},
    ]
    paper = np.full((600, 800), 255, np.uint8)
    document = client.analyze(paper, boxes=[boxes], cut=False)
    assert [box.text for box in document.pages[0].boxes] == ["Total:", "12,50 £"]
    for box, given in zip(document.pages[0].boxes, boxes, strict=True):
        corners = np.array(box.polygon)
        assert np.abs([*corners.min(0), *corners.max(0)] - np.array(given["box"])).max() < 1.5


def test_a_born_digital_invoice_is_exact(client: Client) -> None:
    document = client.analyze(INVOICE)
    (page,) = document.pages
    assert page.text_source == "text_layer"
    text = " ".join(box.text for box in page.boxes)
    for words in ("Rechnungsempfänger", "Lieferantenstraße 20", "Rechnung gemäß Bestellung Nr. 2013-471331"):
        assert words in text
    assert min(box.text_confidence for box in page.boxes) == 1
    assert client.analyze(INVOICE, ocr="never") == document
    (read,) = client.analyze(INVOICE, ocr="always").pages
    assert read.text_source == "image"
    assert (read.width, read.height) == (page.width, page.height)
    assert min(box.text_confidence for box in read.boxes) < 1


@pytest.mark.parametrize("source", [RECEIPT, FORM, np.full((60, 80), 255, np.uint8)])
def test_a_page_that_may_not_be_read_is_its_own_error(client: Client, source: object) -> None:
    for document in (client.analyze(source, ocr="never"), *client.analyze_many([source], ocr="never")):
        (error,) = document.errors
        assert (document.pages, error.index, error.code) == ([], 0, "NO_TEXT_LAYER")
        assert error.message.startswith("Page 1 has no text layer that can be used: ")
        assert error.message.endswith("Have its image read, with ocr auto.")


def test_given_boxes_win_over_a_text_layer(client: Client) -> None:
    boxes: list[GivenBox] = [{"box": [100, 100, 260, 130], "text": "Total:"}]
    for ocr in ("auto", "always", "never"):
        (page,) = client.analyze(INVOICE, boxes=[boxes], cut=False, ocr=ocr).pages
        assert (page.text_source, [box.text for box in page.boxes]) == ("given", ["Total:"])


def test_a_given_box_without_text_comes_back_beside_others(client: Client) -> None:
    boxes: list[GivenBox] = [
        {"box": [100, 100, 260, 130], "text": "Signature:"},
        {"box": [300, 100, 480, 130], "text": ""},
    ]
    (page,) = client.analyze(INVOICE, boxes=[boxes], cut=False).pages
    assert [box.text for box in page.boxes] == ["Signature:", ""]
    assert {field.value for field in page.fields} <= {None}


def test_there_is_no_other_way_to_read(client: Client) -> None:
    with pytest.raises(InputError, match="'maybe'; it must be one of auto, always, never"):
        client.analyze(INVOICE, ocr="maybe")  # type: ignore[arg-type]


def test_a_page_without_boxes_is_judged_by_its_look(client: Client) -> None:
    document = client.analyze(np.full((600, 800), 255, np.uint8), boxes=[[]])
    assert document.pages[0].boxes == []
    assert document.classification is not None
    assert document.classification.source == "image"


def test_terms_that_a_page_prints_say_its_class(client: Client) -> None:
    texts = ["INTER-OFFICE MEMORANDUM", "TO: J. Moore", "FROM: A. Smith", "SUBJECT: Third quarter"]
    boxes: list[GivenBox] = [
        {"box": [60, 60 + 60 * row, 500, 90 + 60 * row], "text": text} for row, text in enumerate(texts)
    ]
    document = client.analyze(np.full((1100, 850), 255, np.uint8), boxes=[boxes])
    assert document.classification is not None
    assert (document.classification.label, document.classification.source) == ("memo", "fused")


@pytest.mark.parametrize("count", [1, 3])
def test_boxes_must_be_for_all_pages(client: Client, count: int) -> None:
    with pytest.raises(InputError, match=f"boxes are of {count} pages"):
        client.analyze(tiff([255, 255]), boxes=[[]] * count)


def test_a_bad_page_is_one_error_and_the_others_complete(client: Client) -> None:
    good = FORM.read_bytes()
    with pytest.raises(PageRefusedError, match="image"):
        client.tensors(good[:3000].replace(b"JFIF", b"junk") + b"x", page=0)
    document = client.analyze(b"hello")
    assert document.pages == []
    (error,) = document.errors
    assert (error.index, error.code) == (0, "INVALID_ARGUMENT")
    assert "ensemble" not in error.message
    assert client.analyze(good).errors == []


def test_many_documents_come_back_in_order_whatever_happens(client: Client) -> None:
    sources = [
        RECEIPT,
        "none.pdf",
        b"hello",
        b"",
        encoded(Image.new("L", (300, 200), 255), "PNG"),
        blank_pdf(2),
    ]
    documents = list(client.analyze_many(sources))
    assert [len(document.pages) for document in documents] == [1, 0, 0, 0, 1, 2]
    codes = [document.errors[0].code for document in documents[1:4]]
    assert codes == ["INVALID_INPUT", "INVALID_ARGUMENT", "INVALID_INPUT"]
    assert documents[0].source == str(RECEIPT)


def test_a_missing_file_is_an_error_of_its_own(client: Client) -> None:
    with pytest.raises(InputError, match="There is no file"):
        client.analyze("none.pdf")


def test_lines_are_read_without_understanding(client: Client) -> None:
    result = client.ocr(np.asarray(Image.open(FORM)))
    assert result.boxes.shape == (len(result.texts), 4, 2)
    assert result.scores.shape == (len(result.texts),)
    assert "Application for Membership" in result.texts


def test_all_tensors_come_back(client: Client, receipt: Document) -> None:
    tensors = client.tensors(RECEIPT)
    assert set(tensors) == {tensor.name for tensor in DOCUMENT_TENSORS.outputs}
    kept = int(tensors["SEGMENT_COUNTS"][0])
    assert kept == len(receipt.pages[0].boxes)
    assert int(tensors["NODE_MASK"].sum()) == kept
    assert tensors["SUBMAPS"].shape[2:] == (64, 3, 8)


def test_time_runs_out(server_url: str) -> None:
    with (
        Client(server_url, timeout=0.01) as hasty,
        pytest.raises(ServerTimeoutError, match=r"within 0\.01 s"),
    ):
        hasty.analyze(RECEIPT)


def test_nothing_listens_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"127.0.0.1:{unused.getsockname()[1]}"
        with Client(url, retries=Retries(connect_attempts=2, first_wait=0.01)) as client:
            with pytest.raises(NoServerError, match=f"No docfuse server at {url}: nothing listens"):
                client.analyze(RECEIPT)
            with pytest.raises(NoServerError):
                next(client.analyze_many([RECEIPT, FORM]))
            with pytest.raises(NoServerError, match=r"became ready within 0\.3 s"):
                client.wait_ready(0.3)


def test_the_async_client_does_the_same(server_url: str, receipt: Document) -> None:
    async def run() -> None:
        async with AsyncClient(server_url, timeout=120) as client:
            await client.wait_ready(10)
            assert (await client.analyze(RECEIPT)).pages == receipt.pages
            assert (await client.analyze(INVOICE, ocr="never")).pages[0].text_source == "text_layer"
            both = await asyncio.gather(client.analyze(RECEIPT), client.analyze(b"hello"))
            assert [len(document.pages) for document in both] == [1, 0]
            many = [document async for document in client.analyze_many([TWO_PAGES, "none.pdf"])]
            assert [(len(document.pages), len(document.errors)) for document in many] == [(2, 0), (0, 1)]
            assert "Application for Membership" in (await client.ocr(FORM)).texts
            assert set(await client.tensors(RECEIPT)) == {tensor.name for tensor in DOCUMENT_TENSORS.outputs}
            with pytest.raises(InputError, match="There is no file"):
                await client.analyze("none.pdf")

    asyncio.run(run())


def test_the_async_client_finds_no_server() -> None:
    async def run() -> None:
        async with AsyncClient("127.0.0.1:9", retries=Retries(connect_attempts=1)) as client:
            with pytest.raises(NoServerError, match="nothing listens"):
                await client.analyze(RECEIPT)
            with pytest.raises(NoServerError, match="became ready"):
                await client.wait_ready(0.3)

    asyncio.run(run())


def test_samples_are_small_and_named_in_their_readme() -> None:
    files = samples()
    assert len(files) >= 4
    assert sum(path.stat().st_size for path in files) < 2**20
    readme = Path(files[0].parent / "README.md").read_text(encoding="utf-8")
    assert all(path.name in readme for path in files)
