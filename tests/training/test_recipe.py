"""`docfuse train --recipe` as a user runs it, in small: a data set → weights that can be served."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw, ImageFont
from small_sets import write_funsd, write_sroie
from typer.testing import CliRunner

from docfuse_pipeline.class_words import FILE, WordClassifier
from docfuse_pipeline.labels import CLASSES
from docfuse_pipeline.resources import weights
from docfuse_training.cli import train
from docfuse_training.understanding.encode_reader import RawBackbone
from docfuse_training.understanding.modules import shipped_modules
from docfuse_training.understanding.recipes import RECIPES, REHEARSED, classes_alone, recipe_sets
from docfuse_training.understanding.sources import make_examples, read_set

DOCFUSE = str(Path(sys.executable).parent / "docfuse")
runner = CliRunner()


def _run(*arguments: str) -> None:
    """Run docfuse in a process of its own: it forks others, which pytest's process should not."""
    done = subprocess.run([DOCFUSE, *arguments], capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr


def test_pages_of_ones_own_become_weights(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "run"
    _run("synthesize", "--out", str(data), "--count", "3", "--kind", "receipt")
    names = sorted(path.stem for path in data.glob("*.json"))
    (data / "train.txt").write_text("\n".join(names[:2]), encoding="utf-8")
    (data / "dev.txt").write_text(names[2], encoding="utf-8")
    recipe = ["train", "--recipe", "custom", "--data", str(data), "--out", str(out), "--workers", "1"]
    _run(*recipe, "--steps", "4")
    history = json.loads((out / "history.json").read_text(encoding="utf-8"))
    assert [record["step"] for record in history] == [4] and "type" in history[0]["scores"]["custom"]
    assert (out / "history.png").stat().st_size > 1000
    assert {path.name for path in weights().iterdir()} - {"README.md"} <= {
        path.name for path in (out / "weights").iterdir()
    }
    before, after = shipped_modules(), shipped_modules(out / "weights")
    changed = before.relation.types[0].weight - after.relation.types[0].weight
    assert 0 < float(changed.abs().max()) < 0.1
    assert torch.equal(before.text_encoder.words, after.text_encoder.words)


def test_forms_as_read_are_also_seen_with_texts_cut_in_two(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "run"
    write_funsd(data)
    recipe = ["train", "--recipe", "funsd", "--data", str(data), "--out", str(out), "--workers", "1"]
    _run(*recipe, "--steps", "2", "--rehearsed", "2")
    modules, folder = shipped_modules(out / "weights"), out / "pages" / "funsd"
    backbone = RawBackbone(modules.backbone, 1)
    found = make_examples(folder, read_set(folder), modules, backbone, mistakes=1.0, seed=0)
    given, *read = sorted(found, key=lambda example: example.how)
    assert given.how == "given" and [example.how for example in read] == ["read", "read"]
    whole, cut = sorted(read, key=lambda example: len(example.texts))
    assert len(cut.texts) > len(whole.texts) and " ".join(cut.texts) == " ".join(whole.texts)
    forms = read_set(out / "pages" / REHEARSED)
    assert sorted(form.encoded.how for form in forms) == ["given", "given", "read", "read"]


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_says_what_its_folder_lacks(name: str, tmp_path: Path) -> None:
    arguments = ["--recipe", name, "--data", str(tmp_path), "--out", str(tmp_path / "run")]
    result = runner.invoke(train, arguments)
    assert result.exit_code == 2 and "--data" in result.output, result.output


def test_a_list_is_trained_on_and_another_measured_on(tmp_path: Path) -> None:
    write_sroie(tmp_path)
    assert set(recipe_sets("sroie", tmp_path)) == {"sroie"}
    (tmp_path / "train.txt").write_text("000\n", encoding="utf-8")
    (tmp_path / "dev.txt").write_text("000\n", encoding="utf-8")
    sets = recipe_sets("sroie", tmp_path)
    assert set(sets) == {"sroie", "sroie_dev"} and not classes_alone(sets)


def _write_classes(folder: Path, each: int) -> None:
    """Pages of two classes with nothing but their class."""
    for name, words in {"memo": "MEMORANDUM to the staff", "email": "Sent: Monday Subject: lunch"}.items():
        for index in range(each):
            image = Image.new("RGB", (480, 160), "white")
            text = f"{words}\nnumber {index}"
            ImageDraw.Draw(image).text((20, 20), text, "black", ImageFont.load_default(24))
            image.save(folder / f"{name}{index}.png")
            (folder / f"{name}{index}.json").write_text(json.dumps({"class": name}), encoding="utf-8")


def test_pages_with_a_class_alone_get_class_heads(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "run"
    data.mkdir()
    _write_classes(data, 4)
    recipe = ["train", "--recipe", "custom", "--data", str(data), "--out", str(out), "--workers", "1"]
    _run(*recipe)
    assert json.loads((out / "class_heads.json").read_text(encoding="utf-8"))["accuracy"] == 1
    words = WordClassifier.load(out / "weights" / FILE)
    assert CLASSES[int(words.logits(["A memorandum"]).argmax())] == "memo"
    before, after = shipped_modules(), shipped_modules(out / "weights")
    assert torch.equal(before.relation.types[0].weight, after.relation.types[0].weight)
    assert not torch.equal(before.fusion.classify[0].weight, after.fusion.classify[0].weight)
    figures = tmp_path / "figures.json"
    _run("evaluate", "custom", str(data), "--weights", str(out / "weights"), "--json", str(figures))
    assert json.loads(figures.read_text(encoding="utf-8"))["class_accuracy"] == 1


@pytest.mark.parametrize("option", ["--steps", "--rehearsed", "--runs"])
def test_pages_with_a_class_alone_take_no_steps(option: str, tmp_path: Path) -> None:
    _write_classes(tmp_path, 1)
    arguments = ["--recipe", "custom", "--data", str(tmp_path), "--out", str(tmp_path / "run")]
    result = runner.invoke(train, [*arguments, option, "4"])
    assert result.exit_code == 2 and "leave out" in result.output, result.output


def test_too_few_pages_with_a_class_alone_are_refused(tmp_path: Path) -> None:
    _write_classes(tmp_path, 1)
    arguments = ["train", "--recipe", "custom", "--data", str(tmp_path), "--out", str(tmp_path / "run")]
    done = subprocess.run([DOCFUSE, *arguments], capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 2 and "two pages" in done.stderr, done.stderr
