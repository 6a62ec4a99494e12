"""Documents of one's own: what the reader takes, and what it says of what it does not."""

import json
from pathlib import Path

import pytest
from small_sets import write_custom, write_funsd

from docfuse_training.readers import DataError, read_custom
from docfuse_training.synthetic import generate_page
from docfuse_training.synthetic.preview import truth_record


def test_a_page_with_boxes_values_and_pairs(tmp_path: Path) -> None:
    write_custom(tmp_path)
    (document,) = read_custom(tmp_path)
    page = document.pages[0]
    assert [box.type for box in page.boxes] == ["value", None, None, "key"]
    assert page.values == {"payable_amount": ["31.50"], "due_date": []}
    assert page.pairs == [("TOTAL", "31.50")] and page.page_class == "receipt"
    assert document.values == {"payable_amount": "31.50"}
    assert page.load_image().shape == (260, 420, 3)


def test_what_synthesize_writes_can_be_read(tmp_path: Path) -> None:
    made = generate_page(3, 0)
    record = truth_record(made)
    (tmp_path / "x.json").write_text(json.dumps(record), encoding="utf-8")
    write_custom(tmp_path)
    (tmp_path / "a.png").rename(tmp_path / "x.png")
    (tmp_path / "a.json").unlink()
    (document,) = read_custom(tmp_path)
    assert document.pages[0].boxes == made.boxes and document.pages[0].relations == made.relations
    assert document.page_class == made.page_class


def test_forms_in_the_format_of_funsd(tmp_path: Path) -> None:
    write_funsd(tmp_path)
    assert read_custom(tmp_path)[0].pages[0].relations[0].name == "key_value"


def test_lists_say_which_pages(tmp_path: Path) -> None:
    write_custom(tmp_path)
    (tmp_path / "train.txt").write_text("a\n", encoding="utf-8")
    assert [document.id for document in read_custom(tmp_path, "train")] == ["a"]
    (tmp_path / "train.txt").write_text("b\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"b\.json is missing"):
        read_custom(tmp_path, "train")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"class": "novel"}, "there is no class 'novel'"),
        ({"boxes": [{"box": [0, 0, 1, 1], "type": "price"}]}, "there is no type 'price'"),
        ({"boxes": [{"text": "no box"}]}, "box"),
        ({"relations": [{"name": "key_value", "source": 0, "target": 9}]}, "a box that is not there"),
        ({"values": {"Preis": ["1"]}}, "there is no field 'Preis'"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, change: dict[str, object], message: str) -> None:
    write_custom(tmp_path)
    row = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    (tmp_path / "a.json").write_text(json.dumps(row | change), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_custom(tmp_path)


def test_a_picture_has_to_be_there(tmp_path: Path) -> None:
    write_custom(tmp_path)
    (tmp_path / "a.png").unlink()
    with pytest.raises(DataError, match="no picture beside it"):
        read_custom(tmp_path)
    with pytest.raises(DataError, match="no JSON files"):
        read_custom(tmp_path / "nowhere")
