"""The comparison of engines with their references: on a real page, and where it must find something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from docfuse.sources import load_pages
from docfuse_export.assemble import Plan, assemble
from docfuse_export.engines import source_graph
from docfuse_export.inprocess import Arrays, Engine
from docfuse_export.judge import judge
from docfuse_export.parity import Changes, changes, compare, distance
from docfuse_export.run import wants_parity
from docfuse_export.runtimes import onnxruntime_engine

SAMPLES = Path(__file__).parents[2] / "client" / "docfuse" / "samples"


@pytest.fixture(scope="module")
def page() -> bytes:
    return next(load_pages(SAMPLES / "receipt-us.pdf"))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("parity") / "repository"
    assemble(Plan(), out)
    return out


@pytest.fixture(scope="module")
def engines() -> dict[str, Engine]:
    plan = Plan()
    return {model.name: onnxruntime_engine(source_graph(plan, model)) for model in plan.engines}


def test_embedded_engines_lie_near_torch_and_the_published_graphs(repository: Path, page: bytes) -> None:
    found = judge(Plan(), repository, [page])
    compared = {(d.model, d.tensor): d for d in found.differences}
    engines = {model.name: model for model in Plan().engines}
    seen = {model for model, _ in compared}
    assert "recognizer_192" in seen
    assert all(name.startswith("recognizer_") for name in engines.keys() - seen)  # widths without lines
    assert len(compared) == sum(len(engines[name].outputs) for name in seen)
    for (model, tensor), difference in compared.items():
        if difference.whole:
            assert difference.mean < 0.02, difference
        else:
            assert difference.mean < 0.02 * difference.scale, (model, tensor)
    assert compared["fusion", "NODES"].largest < 0.01  # pair geometry runs in float32
    assert found.changes.classes == 0 and found.changes.boxes[1] > 40
    assert found.changes.boxes[0] <= 3


def test_equal_engines_do_not_differ_and_a_worse_one_shows(
    repository: Path, page: bytes, engines: dict[str, Engine]
) -> None:
    def coarse(inputs: Arrays) -> Arrays:
        found = engines["text_encoder"](inputs)
        return {**found, "CUTS": np.zeros_like(found["CUTS"])}

    worse = compare(repository, engines, {**engines, "text_encoder": coarse}, [page])
    for difference in worse.differences:
        assert (difference.largest > 0) == (difference.tensor == "CUTS"), difference
    assert worse.changes.boxes[0] > 0  # no line is cut any more


def _page(**more: object) -> dict:
    boxes = [{"id": 0, "text": "Total", "type": "key"}, {"id": 1, "text": "9.00", "type": "value"}]
    page = {
        "classification": {"label": "receipt"},
        "boxes": boxes,
        "links": [{"source": 0, "target": 1, "relation": "key_value"}],
        "fields": [{"name": "payable_amount", "key": "Total", "value": "9.00"}],
        "tables": [{"columns": [{"name": "quantity"}], "items": [{"cells": [{"column": 0, "text": "2"}]}]}],
    }
    return {**page, **more}


def test_changed_answers_are_counted_by_kind() -> None:
    same = changes([(_page(), _page()), (_page(), _page())])
    assert same == Changes(2, 0, (0, 4), (0, 2), (0, 2), (0, 2))
    other = _page(
        classification={"label": "invoice"}, boxes=_page()["boxes"][:1], links=[], fields=[], tables=[]
    )
    assert changes([(_page(), other)]) == Changes(1, 1, (1, 2), (1, 1), (1, 1), (1, 1))
    assert changes([(other, _page())]).fields == (1, 0)


def test_outputs_of_another_shape_or_type_are_refused() -> None:
    for other in (np.zeros(3, np.float32), np.zeros(2, np.float16)):
        with pytest.raises(ValueError, match="Shapes or types differ"):
            distance(np.zeros(2, np.float32), other)
    assert distance(np.array([1, 2], np.int32), np.array([1, 9], np.int32)) == (7.0, 0.5, 2.0)


@pytest.mark.parametrize(
    ("target", "told", "wanted"),
    [
        ("embedded", None, False),
        ("embedded", True, True),
        ("openvino", None, True),
        ("openvino", False, False),
    ],
)
def test_the_embedded_target_is_compared_only_when_told(target: str, told: bool | None, wanted: bool) -> None:
    assert wants_parity(Plan(target=target), told) is wanted


def test_parity_needs_the_document_ensemble() -> None:
    from docfuse_export.assemble import ensembles_named

    plan = Plan(target="openvino", ensembles=ensembles_named(["ocr"]))
    assert not wants_parity(plan, None)
    with pytest.raises(ValueError, match="needs the ensemble 'document'"):
        wants_parity(plan, True)
