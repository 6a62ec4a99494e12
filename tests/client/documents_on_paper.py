"""Small files made by hand: PDFs, pictures, results."""

import hashlib
import io

import numpy as np
from PIL import Image

from docfuse.result import (
    Box,
    Cell,
    Classification,
    Column,
    ExtractedField,
    Item,
    Link,
    Page,
    PageWarning,
    Table,
)

_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def pdf(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first being the catalog."""
    data = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return data + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, trailer, len(data))
    )


def blank_pdf(pages: int, size: tuple[int, int] = (200, 300)) -> bytes:
    """A PDF of empty pages, size in points."""
    kids = b" ".join(b"%d 0 R" % (3 + i) for i in range(pages))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] >>" % size
    tree = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages)
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", tree, *[page] * pages])


def encrypted_pdf(password: bytes) -> bytes:
    """An empty page behind a password: the standard handler, revision 2 (ISO 32000-1, 7.6.3)."""
    padded = (password + _PADDING)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    identifier, permissions = b"0123456789abcdef", b"\xfc\xff\xff\xff"
    key = hashlib.md5(padded + owner + permissions + identifier).digest()[:5]
    user = _rc4(key, _PADDING)
    encrypt = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (
        owner.hex().encode(),
        user.hex().encode(),
    )
    trailer = b"/Encrypt 4 0 R /ID [<%s> <%s>]" % ((identifier.hex().encode(),) * 2)
    tree = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 300] >>"
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", tree, page, encrypt], trailer)


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    result, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        result.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(result)


def encoded(picture: Image.Image, format: str, **options: object) -> bytes:
    """A picture as a file's bytes."""
    stream = io.BytesIO()
    picture.save(stream, format, **options)
    return stream.getvalue()


def tiff(shades: list[int]) -> bytes:
    """A TIFF with a gray page of each shade."""
    pages = [Image.new("L", (40, 60), shade) for shade in shades]
    return encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])


def pixels(image: bytes) -> np.ndarray:
    """Pixels of an encoded image."""
    return np.asarray(Image.open(io.BytesIO(image)))


def classification(label: str, confidence: float, source: str = "fused") -> Classification:
    """A class among invoice and receipt."""
    other = {"invoice": "receipt", "receipt": "invoice"}[label]
    probabilities = {label: confidence, other: 1 - confidence}
    return Classification(label=label, confidence=confidence, probabilities=probabilities, source=source)


def field(name: str | None, value: str, confidence: float, **more: object) -> ExtractedField:
    """A field whose value stands in box 1, its key, if any, in box 0."""
    key = more.pop("key", "Total:")
    return ExtractedField(
        name=name, key=key, value=value, normalized=more.pop("normalized", value), confidence=confidence,
        key_boxes=[0] if key else [], value_boxes=[1], **more,
    )  # fmt: skip


def table(names: list[str | None], rows: list[list[str]], headers: list[str | None] | None = None) -> Table:
    """A table of items; every cell is box 2."""
    headers = headers or [None] * len(names)
    items = [
        Item(
            cells=[
                Cell(column=c, text=text, normalized=text, confidence=0.9, boxes=[2])
                for c, text in enumerate(row)
            ]
        )
        for row in rows
    ]
    columns = [Column(name=name, header=header) for name, header in zip(names, headers, strict=True)]
    return Table(columns=columns, items=items, confidence=0.8)


def box(number: int, text: str, kind: str, x: float, y: float) -> Box:
    """A box of 60 × 12 pixels."""
    corners = [(x, y), (x + 60, y), (x + 60, y + 12), (x, y + 12)]
    return Box(
        id=number,
        polygon=corners,
        text=text,
        text_confidence=0.99,
        type=kind,
        type_confidence=0.9,
        line=number,
    )


def page(index: int = 0, **more: object) -> Page:
    """A page of 200 × 300 pixels: a key, its value to the right, a cell below, and what else is given."""
    content: dict[str, object] = {
        "classification": classification("invoice", 0.9),
        "boxes": [
            box(0, "Total:", "key", 10, 20),
            box(1, "12.50", "value", 120, 20),
            box(2, "<b>Tea & milk</b>", "cell", 10, 60),
        ],
        "links": [Link(source=0, target=1, relation="key_value", confidence=0.8)],
        "fields": [field("payable_amount", "12.50", 0.7, normalized=12.5)],
        "tables": [table(["description"], [["<b>Tea & milk</b>"]])],
        "warnings": [PageWarning(code="totals_mismatch", message="The sums do not agree.")],
    }
    return Page(index=index, width=200, height=300, **(content | more))


def written_pdf(content: bytes, *more: bytes, page: bytes = b"", font: bytes = b"") -> bytes:
    """A PDF of one page, 400 × 500 points unless `page` says otherwise, with fonts /F and /B (Helvetica).

    Args:
        content: operators of the page.
        more: further objects, from number 7 on.
        page: entries of the page's dictionary.
        font: entries of font F.
    """
    helvetica = b"<< /Type /Font /Subtype /Type1 /Encoding /WinAnsiEncoding %s >>"
    resources = b"<< /Font << /F 5 0 R /B 6 0 R /G 7 0 R >> /XObject << /X 7 0 R >> >>"
    box = b"" if b"/MediaBox" in page else b"/MediaBox [0 0 400 500]"
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [8 0 R] /DR %s >> >>" % resources,
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources %s %s %s >>" % (resources, box, page),
            stream(content),
            helvetica % (b"/BaseFont /Helvetica %s" % font),
            helvetica % b"/BaseFont /Helvetica-Bold",
            *more,
        ]
    )


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def line(text: str, x: float = 40, y: float = 450, size: float = 12, before: str = "") -> bytes:
    """Operators that print a line of text in points from the page's lower left."""
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"{before} BT /F {size} Tf 1 0 0 1 {x} {y} Tm ({escaped}) Tj ET\n".encode("cp1252")


def unicode_map(*pairs: tuple[int, int]) -> bytes:
    """A ToUnicode stream: character codes of one byte → code points."""
    rows = b"".join(b"<%02X> <%04X>\n" % pair for pair in pairs)
    return stream(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange\n"
        b"%d beginbfchar\n%sendbfchar endcmap end" % (len(pairs), rows)
    )
