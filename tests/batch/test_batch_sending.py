"""Sending to real servers: documents of every kind come back, and a server that goes away loses none."""

import threading
import time
from collections.abc import Iterator

import pytest
from away import Door
from documents_on_paper import blank_pdf, encrypted_pdf
from toy import patience
from traffic import draw_page

from docfuse import InputError, NoServerError, sources
from docfuse_batch.groups import Content
from docfuse_batch.sending import Sender, Service

PAGE = draw_page(300, 200, lines=2)


def documents(count: int) -> Iterator[tuple[str, Content]]:
    return ((f"{number}.png", PAGE) for number in range(count))


def test_every_document_comes_back_once(server_url: str) -> None:
    given: list[tuple[str, Content]] = [
        ("page", PAGE), ("pdf", blank_pdf(3)), ("text", b"hello"), ("empty", b""),
        ("unread", InputError("It is gone.")), ("locked", encrypted_pdf(b"x")), ("cut", PAGE[:200]),
    ]  # fmt: skip
    results = list(Sender(Service([server_url])).send(iter(given)))
    assert len(results) == len(given)
    documents = dict(results)
    assert len(documents["page"].pages) == 1
    assert len(documents["pdf"].pages) == 3
    names = ("text", "empty", "unread", "locked", "cut")
    errors = {name: documents[name].errors[0].message for name in names}
    assert errors["unread"] == "It is gone."
    assert "encrypted" in errors["locked"]
    assert "empty" in errors["empty"]


def test_pages_that_may_not_be_read_are_final(server_url: str) -> None:
    ((_, document),) = Sender(Service([server_url], ocr="never")).send(iter([("page", PAGE)]))
    assert [error.code for error in document.errors] == ["NO_TEXT_LAYER"]


def test_a_reader_that_fails_in_its_own_way(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_split_tiff", lambda *_: 1 / 0)
    given: list[tuple[str, Content]] = [("bad", b"II*\x00 and more"), ("page", PAGE)]
    results = dict(Sender(Service([server_url])).send(iter(given)))
    assert "ZeroDivisionError" in results["bad"].errors[0].message


def test_a_source_that_fails_is_raised(server_url: str) -> None:
    def failing() -> Iterator[tuple[str, Content]]:
        yield "page", PAGE
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        list(Sender(Service([server_url])).send(failing()))


def test_no_server_for_too_long() -> None:
    begin = time.monotonic()
    said = r"away, after 2 s of waiting.*127\.0\.0\.1:9.*run the same command"
    with pytest.raises(NoServerError, match=said):
        list(Sender(Service(["127.0.0.1:9"], timeout=5, patience=2)).send(documents(9)))
    assert time.monotonic() - begin < 30


def send_all(sender: Sender, count: int) -> Iterator[str]:
    """Pass over the documents until each came back; what a lost server had taken is left to the next pass."""
    left = dict(documents(count))
    while left:
        for name, document in sender.send(iter(list(left.items()))):
            assert not document.errors
            del left[name]  # a second time would be an error
            yield name


def test_another_replica_takes_over(server_url: str) -> None:
    sender = Sender(Service(["127.0.0.1:9", server_url], patience=60 * patience()))
    assert len(list(send_all(sender, 8))) == 8


def test_a_server_that_comes_back(server_url: str) -> None:
    door = Door(server_url)
    sender = Sender(Service([door.url], concurrency=2, timeout=8 * patience(), patience=60 * patience()))
    opening = threading.Timer(10, door.open)
    for number, _ in enumerate(send_all(sender, 6)):
        if number == 1:
            door.shut()
            opening.start()
    assert opening.finished.is_set()
    door.shut()
