"""What a caller has (path, bytes, array, picture) → encoded images, one per page.

The kind of a file is told by its content, never by its name. Image files are passed on as they are: the
server reads them, and says so where it cannot.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from docfuse.errors import InputError
from docfuse.options import MIB, Limits

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from docfuse.text_layer import TextLayer

    Source: TypeAlias = str | Path | bytes | np.ndarray | Image.Image
else:
    Source = Any

JPEG_QUALITY = 92
"""A 200 dpi page as JPEG of this quality decodes nine times faster than as PNG and reads as well."""
_PDF_HEADER_WITHIN = 1024
"""A PDF's header may stand anywhere in its first 1024 bytes (ISO 32000-1, annex H.3.4.1)."""
_TIFF_HEADERS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


class SourcePage(NamedTuple):
    """A page as it is sent, and the text layer of a PDF's page if it was asked for."""

    image: bytes
    layer: TextLayer | None = None


def load_pages(
    source: Source, *, password: str | None = None, limits: Limits | None = None
) -> Iterator[bytes]:
    """Yield the encoded image of every page, one at a time.

    Args:
        source: path of a file, a file's bytes, an array, or a PIL image. Arrays are uint8, [H, W] gray or
            [H, W, 3] RGB. A PDF is rendered page by page as JPEG, a TIFF of several pages is split.
        password: for an encrypted PDF.
        limits: sizes that are refused, and the resolution of PDF pages.

    Raises:
        InputError: there is no such file, it is empty, too large, damaged, encrypted, or has no or too
            many pages.
    """
    for page in source_pages(source, password=password, limits=limits):
        yield page.image


def source_pages(
    source: Source, *, password: str | None = None, limits: Limits | None = None, layers: bool = False
) -> Iterator[SourcePage]:
    """Yield every page as `load_pages` does, with `layers` also the text layers of a PDF.

    Raises:
        InputError: the source cannot be used.
    """
    limits = limits or Limits()
    if not isinstance(source, (str, Path, bytes, bytearray, memoryview)):
        yield SourcePage(_encode_picture(source))
        return
    name = source_name(source) or "The document"
    data = read_file(source, limits.max_bytes)
    if b"%PDF-" in data[:_PDF_HEADER_WITHIN]:
        from docfuse.pdf import render_pages
        from docfuse.text_layer import read_pages

        if layers:
            yield from map(SourcePage._make, read_pages(data, name, password, limits))
        else:
            yield from map(SourcePage, render_pages(data, name, password, limits))
    elif data.startswith(_TIFF_HEADERS):
        yield from map(SourcePage, _split_tiff(data, name, limits))
    else:
        yield SourcePage(data)


def nth_page(source: Source, index: int, limits: Limits | None = None) -> bytes:
    """The encoded image of one page, counted from 0.

    Raises:
        InputError: the source cannot be used, or has no such page.
    """
    for number, image in enumerate(load_pages(source, limits=limits)):
        if number == index:
            return image
    raise InputError(f"There is no page {index + 1} in {source_name(source) or 'the document'}.")


def page_array(source: Source, index: int, limits: Limits | None = None) -> np.ndarray:
    """One page as pixels, uint8: an array as it is, anything else [H, W, 3] RGB.

    Raises:
        InputError: the source cannot be used, or has no such page.
    """
    import numpy as np

    if isinstance(source, np.ndarray):
        return source
    return np.asarray(decode(nth_page(source, index, limits)))


def decode(image: bytes) -> Image.Image:
    """An encoded image as an RGB PIL image, in the orientation in which its pixels are stored.

    Raises:
        InputError: it is no image that Pillow can read.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(image)) as picture:
            return flatten(picture)
    except Exception as error:  # Pillow raises many kinds for damaged files
        raise InputError(f"The page is no image that can be read ({error}).") from None


def source_name(source: Source) -> str | None:
    """File name of a path; None for anything else."""
    return str(source) if isinstance(source, (str, Path)) else None


def read_file(source: str | Path | bytes, max_bytes: int) -> bytes:
    """The bytes of a file, given by its path or as they are.

    Raises:
        InputError: there is no such file, or it is empty or larger than `max_bytes`.
    """
    name = source_name(source) or "The document"
    data = _read(source, max_bytes) if isinstance(source, (str, Path)) else bytes(source)
    if not data:
        raise InputError(f"{name} is empty.")
    if len(data) > max_bytes:
        raise _too_large(name, len(data), max_bytes)
    return data


def _too_large(name: str, size: int, limit: int) -> InputError:
    return InputError(f"{name} has {size / MIB:.1f} MiB, more than the limit of {limit / MIB:.0f} MiB.")


def _read(path: str | Path, max_bytes: int) -> bytes:
    path = Path(path)
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; name the files in it.")
        size = path.stat().st_size
        if size > max_bytes:
            raise _too_large(str(path), size, max_bytes)
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


def check_page_count(count: int, name: str, limits: Limits) -> None:
    """Refuse a document with no pages, or with more than the limit.

    Raises:
        InputError: what is wrong with the count.
    """
    if count == 0:
        raise InputError(f"{name} has no pages.")
    if count > limits.max_pages:
        raise InputError(f"{name} has {count} pages, more than the limit of {limits.max_pages}.")


def _split_tiff(data: bytes, name: str, limits: Limits) -> Iterator[bytes]:
    """A TIFF of one page passes as it is; the pages of a longer one are encoded each on its own."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as picture:
            count = getattr(picture, "n_frames", 1)
            check_page_count(count, name, limits)
            if count == 1:
                yield data
                return
            for index in range(count):
                picture.seek(index)
                yield encode(picture)
    except InputError:
        raise
    except Exception as error:  # Pillow raises many kinds for damaged files
        raise InputError(f"{name} is a damaged TIFF file ({error}); save it again or send another.") from None


def _encode_picture(source: Any) -> bytes:
    """An array or a PIL image as an encoded image."""
    import numpy as np
    from PIL import Image

    if isinstance(source, Image.Image):
        return encode(source)
    if not isinstance(source, np.ndarray):
        raise InputError(
            f"A {type(source).__name__} is no document; give a path, bytes, an array or a PIL image."
        )
    if source.dtype != np.uint8 or source.ndim not in (2, 3) or source.shape[2:] not in ((), (1,), (3,)):
        raise InputError(
            f"The array is {source.dtype} {list(source.shape)}; "
            "give uint8 [height, width] or [height, width, 3] RGB."
        )
    if source.size == 0:
        raise InputError("The array is empty.")
    array = source[..., 0] if source.shape[2:] == (1,) else source
    return encode(Image.fromarray(np.ascontiguousarray(array)))


def encode(picture: Image.Image) -> bytes:
    """A PIL image as JPEG, or as PNG where JPEG would lose what the mode holds (two levels, 16 bit)."""
    stream = io.BytesIO()
    if picture.mode in ("L", "RGB"):
        picture.save(stream, "JPEG", quality=JPEG_QUALITY)
    elif picture.mode in ("1", "I;16"):
        picture.save(stream, "PNG", compress_level=1)
    else:
        flatten(picture).save(stream, "JPEG", quality=JPEG_QUALITY)
    return stream.getvalue()


def flatten(picture: Image.Image) -> Image.Image:
    """Any PIL image as RGB; what is transparent becomes white paper."""
    from PIL import Image

    if picture.mode.startswith(("I;16", "I", "F")):  # Pillow would clip these to 255 instead of scaling
        import numpy as np

        values = np.asarray(picture, dtype=np.float64)
        top = 65535.0 if picture.mode.startswith("I") else max(float(values.max()), 1.0)
        picture = Image.fromarray((values.clip(0, top) * (255.0 / top)).astype(np.uint8))
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(paper, layer).convert("RGB")
    return picture.convert("RGB")
