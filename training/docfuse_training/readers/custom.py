"""Documents of one's own: a JSON file beside each picture, in the format that `docfuse synthesize` writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docfuse_pipeline.labels import CLASSES, DOCUMENT_FIELDS, FIELDS, RELATIONS, TYPES
from docfuse_training.readers.common import DataError, bounds, page_loader, read_json, split_lines
from docfuse_training.readers.funsd import read_funsd
from docfuse_training.synthetic import printed_values
from docfuse_training.truth import TruthBox, TruthDocument, TruthPage, TruthRelation

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".pdf")


def read_custom(folder: Path | str, split: str | None = None) -> list[TruthDocument]:
    """Pages of a folder: `NAME.json` beside `NAME.png` (or JPEG, TIFF, WebP, PDF), or FUNSD's.

    All parts of the JSON may be left out, and what is left out is not learned from: `class`; `boxes` with
    `box` (x1, y1, x2, y2 in pixels), `text`, `type`, `field`; `relations` with `name`, `source`, `target`
    (indices of boxes; every relation that is used has to be complete); and, for labels without boxes,
    `values` (field → spellings), `pairs` of printed key and value, `items` (column → text). `SPLIT.txt`
    lists names, if there is one.

    Raises:
        DataError: a file is missing or says something that does not exist.
    """
    folder = Path(folder)
    if (folder / "annotations").is_dir():
        return read_funsd(folder, split)
    names = split_lines(folder, split) or sorted(path.stem for path in folder.glob("*.json"))
    if not names:
        raise DataError(f"{folder} has no JSON files: see docs/training.md for the format.")
    return [_document(folder, Path(name.strip()).stem) for name in names]


def _document(folder: Path, name: str) -> TruthDocument:
    path = folder / f"{name}.json"
    if not path.is_file():
        raise DataError(f"{path} is missing.")
    picture = next((file for s in SUFFIXES if (file := folder / f"{name}{s}").is_file()), None)
    if picture is None:
        raise DataError(f"{path} has no picture beside it ({', '.join(SUFFIXES)}).")
    row = read_json(path)
    try:
        page = _page(name, picture, row)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DataError(f"{path} is not in the format of docs/training.md: {error!r}.") from error
    printed = page.values or printed_values(page)
    values = {field: spellings[0] for field, spellings in printed.items() if spellings}
    return TruthDocument(name, str(picture), [page], values, page.items, page.page_class)


def _page(name: str, picture: Path, row: dict[str, Any]) -> TruthPage:
    boxes = [
        TruthBox(
            bounds(box["box"]),
            box.get("text", ""),
            _known(box.get("type"), TYPES, "type"),
            _known(box.get("field"), FIELDS, "field"),
        )
        for box in row.get("boxes", ())
    ]
    relations = [
        TruthRelation(
            str(_known(link["name"], RELATIONS, "relation")), int(link["source"]), int(link["target"])
        )
        for link in row.get("relations", ())
    ]
    if any(not 0 <= end < len(boxes) for link in relations for end in (link.source, link.target)):
        raise ValueError("a relation names a box that is not there")
    return TruthPage(
        id=name,
        load_image=page_loader(picture),
        boxes=boxes,
        relations=relations,
        labelled_relations=frozenset(link.name for link in relations),
        page_class=_known(row.get("class"), CLASSES, "class"),
        values={
            str(_known(field, DOCUMENT_FIELDS, "field")): list(texts)
            for field, texts in row.get("values", {}).items()
        },
        pairs=[(key, value) for key, value in row.get("pairs", ())],
        items=list(row.get("items", ())),
    )


def _known(value: str | None, names: tuple[str, ...], what: str) -> str | None:
    if value is not None and value not in names:
        raise ValueError(f"there is no {what} {value!r}: use one of {', '.join(names)}")
    return value
