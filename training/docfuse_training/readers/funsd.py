"""FUNSD: noisy scanned forms whose entities are typed and linked (Jaume et al., 2019)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docfuse_training.readers.common import (
    DataError,
    labelled_box,
    labels,
    need,
    page_loader,
    read_json,
    split_lines,
)
from docfuse_training.readers.funsd_tables import tell_tables
from docfuse_training.truth import TruthBox, TruthDocument, TruthPage, TruthRelation

FOLDERS = {"test": "testing_data", "train": "training_data"}


def _root(folder: Path, split: str | None) -> Path:
    if (folder / "annotations").is_dir() and split is None:
        return folder
    names = list(FOLDERS.values()) if split is None else [FOLDERS.get(split, split)]
    root = next((folder / name for name in names if (folder / name / "annotations").is_dir()), None)
    if root is None:
        raise DataError(f"{folder} has no annotations/ nor {' nor '.join(names)}/: give the folder of FUNSD.")
    return root


def _relations(form: list[dict[str, Any]]) -> list[TruthRelation]:
    """Links as [from, to] pairs of entity ids; both ends list a link, which counts once."""
    index = {entity["id"]: i for i, entity in enumerate(form)}
    pairs = {(a, b) for entity in form for a, b in entity["linking"] if a in index and b in index and a != b}
    names = labels("funsd")["links"]
    found = []
    for source, target in sorted((index[a], index[b]) for a, b in pairs):
        kind = f"{form[source]['label']} {form[target]['label']}"
        found.append(TruthRelation(names.get(kind, names["any"]), source, target))
    return found


def _document(root: Path, path: Path) -> TruthDocument:
    image = need(root, "images", f"{path.stem}.png")
    form = read_json(path).get("form")
    if form is None:
        raise DataError(f"{path} has no `form`: is it an annotation of FUNSD?")
    boxes = []
    for entity in form:
        x1, y1, x2, y2 = entity["box"]
        boxes.append(labelled_box("funsd", [x1, y1, x2, y2], entity["text"], entity["label"]))
    words = [
        TruthBox(tuple(word["box"]), word["text"]) for entity in form for word in entity.get("words", [])
    ]
    relations = frozenset(labels("funsd")["relations"])
    boxes, links = tell_tables(boxes, _relations(form))
    page = TruthPage(path.stem, page_loader(image), boxes, links, relations, words=words)
    return TruthDocument(path.stem, str(image), [page])


def read_funsd(folder: Path | str, split: str | None = None) -> list[TruthDocument]:
    """Pages of `annotations/` and `images/`, in `folder` or in its `testing_data/`, else `training_data/`.

    A list `SPLIT.txt` in the folder, or `dev.txt` if no split is given, says which of them.

    Raises:
        DataError: the folder is not FUNSD's, or has no such part.
    """
    folder = Path(folder)
    listed = split_lines(folder, split) if split is None or (folder / f"{split}.txt").is_file() else None
    root = _root(folder, None if listed else split)
    need(root, "images")
    paths = sorted((root / "annotations").glob("*.json"))
    return [_document(root, path) for path in paths if listed is None or path.stem in listed]
