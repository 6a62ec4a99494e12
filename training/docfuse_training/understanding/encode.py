"""Encoding: every page is read once, and all that is frozen is kept in a cache for training."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from docfuse_pipeline.errors import BadPageError
from docfuse_pipeline.lines import Lines
from docfuse_pipeline.tokens import TokenRows
from docfuse_training.truth import TruthBox, TruthPage, TruthRelation
from docfuse_training.understanding.encode_reader import Reader, Sheet

GIVEN = "given"
READ = "read"
_QUALITY = 95


@dataclass(frozen=True)
class Source:
    """A part of the data, encoded by one process: read by the engines, given by its own boxes, or both."""

    pages: Callable[[], Iterable[TruthPage]]
    hows: tuple[str, ...] = (READ, GIVEN)


@dataclass(frozen=True)
class EncodedPage:
    """A page as the graph sees it before anything learned, and what is known of it.

    `features` float16 [K, 384]: the frozen features of the real tokens, in the order of the rows.
    """

    page: TruthPage
    how: str
    sheet: Sheet
    lines: Lines
    rows: TokenRows
    features: np.ndarray


def _no_image() -> np.ndarray:
    raise ValueError("the cache keeps no source image: encode the page anew")


def _truth_json(page: TruthPage) -> str:
    known = {
        "id": page.id, "boxes": [asdict(box) for box in page.boxes],
        "relations": [asdict(relation) for relation in page.relations],
        "labelled_relations": sorted(page.labelled_relations), "page_class": page.page_class,
        "values": page.values, "pairs": page.pairs, "items": page.items,
    }  # fmt: skip
    return json.dumps(known)


def _truth_page(text: str) -> TruthPage:
    known = json.loads(text)
    return TruthPage(
        id=known["id"],
        load_image=_no_image,
        boxes=[TruthBox(**{**box, "box": tuple(box["box"])}) for box in known["boxes"]],
        relations=[TruthRelation(**relation) for relation in known["relations"]],
        labelled_relations=frozenset(known["labelled_relations"]),
        page_class=known["page_class"],
        values=known["values"],
        pairs=[(key, value) for key, value in known["pairs"]],
        items=known["items"],
    )


def save(encoded: EncodedPage, path: Path) -> None:
    """Write a page to the cache; the canvas as JPEG."""
    lines, rows, sheet = encoded.lines, encoded.rows, encoded.sheet
    _, canvas = cv2.imencode(".jpg", sheet.canvas[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    places = np.concatenate([np.zeros((0, 2), np.float32), *lines.places])
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(
            file, truth=np.array(_truth_json(encoded.page)), how=np.array(encoded.how), canvas=canvas,
            scale=np.array(sheet.scale), transform=sheet.transform, texts=np.array(json.dumps(lines.texts)),
            quads=lines.quads, scores=lines.scores, cuttable=lines.cuttable, character_places=places,
            row_lines=rows.row_lines, ids=rows.ids, gaps=rows.gaps, spans=rows.spans, places=rows.places,
            features=encoded.features,
        )  # fmt: skip
    part.replace(path)


def load_canvas(path: Path) -> np.ndarray:
    """The canvas of a cached page, uint8 [H, W, 3]."""
    with np.load(path) as data:
        return np.ascontiguousarray(cv2.imdecode(data["canvas"], cv2.IMREAD_COLOR)[..., ::-1])


def load(path: Path) -> EncodedPage:
    """Read a page from the cache, without its canvas: thousands of those do not fit into memory."""
    with np.load(path) as data:
        texts = json.loads(str(data["texts"]))
        ends = np.cumsum([0, *map(len, texts)])
        places = [data["character_places"][a:b] for a, b in itertools.pairwise(ends)]
        return EncodedPage(
            _truth_page(str(data["truth"])),
            str(data["how"]),
            Sheet(np.zeros((0, 0, 3), np.uint8), float(data["scale"]), data["transform"]),
            Lines(texts, data["quads"], data["scores"], data["cuttable"], places),
            TokenRows(data["row_lines"], data["ids"], data["gaps"], data["spans"], data["places"]),
            data["features"],
        )


def encode_page(reader: Reader, page: TruthPage, hows: Sequence[str]) -> list[EncodedPage]:
    """Encode a page as read by the engines, as given by its own boxes, or both."""
    sheet, pixels = reader.sheet(page.load_image())
    encoded = []
    for how in hows:
        if how == READ:
            lines = reader.read(sheet, pixels)
        elif page.boxes:
            boxes = np.array([box.box for box in page.boxes], np.float32)
            try:
                lines = reader.given(sheet, boxes, [box.text for box in page.boxes])
            except BadPageError:  # a box of no size: such labels are no input a caller could send
                continue
        else:
            continue
        encoded.append(EncodedPage(page, how, sheet, lines, *reader.tokens(lines)))
    return encoded


def cache_path(cache: Path, page_id: str, how: str) -> Path:
    """Where a page lies in the cache."""
    return cache / f"{re.sub(r'[^A-Za-z0-9._-]', '_', page_id)}.{how}.npz"


def _work(sources: Sequence[Source], cache: Path, done: Any, start: Path | None) -> None:
    import torch

    from docfuse_training.understanding.modules import started_modules

    torch.set_num_threads(1)
    reader = Reader(started_modules(start, 0).text_encoder)
    for source in sources:
        for page in source.pages():
            wanted = [how for how in source.hows if how == READ or page.boxes]
            if not all(cache_path(cache, page.id, how).exists() for how in wanted):
                for encoded in encode_page(reader, page, wanted):
                    save(encoded, cache_path(cache, page.id, encoded.how))
            done.put(page.id)
    done.put(None)


def encode(
    sources: Sequence[Source],
    cache: Path,
    workers: int = 2,
    report: Callable[[str], None] = lambda page_id: None,
    start: Path | None = None,
) -> None:
    """Encode all pages into the cache folder; pages that are there already are skipped.

    Args:
        sources: parts of the data, worked on in this order.
        cache: folder of the cache.
        workers: number of processes.
        report: told about each page.
        start: weights folder whose text encoder is used, if not the published one.

    Raises:
        RuntimeError: a process ended early; its error is on stderr.
    """
    cache.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("fork")  # sources hold closures, which no other way carries over
    done: Any = context.Queue()
    processes = [
        context.Process(target=_work, args=(sources[index::workers], cache, done, start), daemon=True)
        for index in range(workers)
    ]
    for process in processes:
        process.start()
    waiting = workers
    while waiting:
        try:
            page_id = done.get(timeout=5)
        except Exception as error:
            if any(process.exitcode for process in processes):
                raise RuntimeError("an encoding process ended early: see its error above") from error
            continue
        if page_id is None:
            waiting -= 1
        else:
            report(page_id)
    for process in processes:
        process.join()
