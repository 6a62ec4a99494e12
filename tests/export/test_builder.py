"""The builder and its errors, with a stand-in for TensorRT; the real one is in test_tensorrt.py."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from docfuse_export import builder
from docfuse_export.builder import BuildError, find_builder
from docfuse_export.plans import FORMAT, MANIFEST, PLAN, Recipe, as_json, trouble, write_plan
from docfuse_export.profiles import profiles_of
from docfuse_export.surgery import orientation
from docfuse_pipeline import settings as s
from docfuse_pipeline import specification as spec

FAKE = Path(__file__).with_name("fake")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The stand-in, installed nowhere yet."""
    monkeypatch.syspath_prepend(FAKE)
    monkeypatch.delitem(sys.modules, "tensorrt_rtx", raising=False)
    module = importlib.import_module("tensorrt_rtx")
    assert module.__file__ == str(FAKE / "tensorrt_rtx.py")
    return module


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, fake: ModuleType):
    """Install the stand-in under some names; a GPU of a compute capability, or none."""

    def installed(*names: str, gpu: str | None = None) -> None:
        monkeypatch.setattr(builder, "_load", lambda name: fake if name in names else None)
        monkeypatch.setattr(builder, "device_capability", lambda: gpu)

    return installed


def test_without_any_tensorrt_it_says_what_to_install(install) -> None:
    install()
    with pytest.raises(ModuleNotFoundError, match=r"TensorRT is missing.*pip install"):
        find_builder()


def test_the_full_tensorrt_comes_first_and_builds_for_the_gpu_that_is_there(install) -> None:
    install("tensorrt", "tensorrt_rtx", gpu="8.6")
    found = find_builder()
    assert (found.flavour, found.version, found.capability) == ("tensorrt", "10.9.0", "8.6")
    with pytest.raises(ValueError, match=r"this machine's GPU, of compute capability 8\.6, not for 9\.0"):
        find_builder("9.0")
    install("tensorrt")
    with pytest.raises(ValueError, match="there is none"):
        find_builder()


def test_an_old_tensorrt_is_refused(install, fake: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    install("tensorrt", gpu="8.6")
    monkeypatch.setattr(fake, "__version__", "8.6.1")
    with pytest.raises(ValueError, match=r"TensorRT 8\.6\.1 is too old"):
        find_builder()


def test_rtx_builds_for_a_named_compute_capability(install) -> None:
    install("tensorrt_rtx")
    assert find_builder().capability == builder.DEFAULT_CAPABILITY
    assert find_builder("12.0").capability == "12.0"
    with pytest.raises(ValueError, match=r"'9\.0': choose one of 8\.6, 8\.9, 12\.0"):
        find_builder("9.0")
    install("tensorrt_rtx", gpu="8.6")
    assert find_builder().capability == "8.6"


def test_an_operator_that_is_not_supported_is_told_in_one_line(install, monkeypatch) -> None:
    install("tensorrt_rtx")
    monkeypatch.setenv("FAKE_UNKNOWN", "HardSwish")
    with pytest.raises(BuildError) as caught:
        find_builder().build(orientation(), profiles_of(spec.ORIENTATION))
    wanted = "does not take orientation: operator HardSwish: Assertion failed: no importer was found"
    assert str(caught.value) == f"TensorRT {wanted}"


def test_a_failed_build_gives_tensorrts_own_error(install) -> None:
    install("tensorrt_rtx")
    with pytest.raises(BuildError, match=r"could not build orientation: Could not find any impl.* for node"):
        find_builder(workspace_mib=1).build(orientation(), profiles_of(spec.ORIENTATION))


def test_timings_are_kept_from_build_to_build(install, tmp_path: Path) -> None:
    install("tensorrt_rtx")
    cache = tmp_path / "new" / "timings"
    for _ in range(2):
        find_builder(timing_cache=cache).build(orientation(), profiles_of(spec.ORIENTATION))
    assert cache.read_bytes() == b"timed timed "


def test_profiles_hold_every_canvas_and_number_of_nodes() -> None:
    canvases = profiles_of(spec.DETECTOR)
    assert [p.name for p in canvases] == list(s.CANVASES)
    for profile in canvases:
        for shape, rows in zip(profile.shapes["CANVAS"], (1, 4, 8), strict=True):
            assert shape == (rows, *s.CANVASES[profile.name], 3)
    nodes = profiles_of(spec.FUSION)
    assert [p.shapes["NODE_MASK"][2] for p in nodes] == [(8, count) for count in s.NODE_BUCKETS]
    assert all(p.shapes["NODE_MASK"][0][1] == p.shapes["NODE_MASK"][2][1] for p in nodes)
    for width, model in spec.RECOGNIZERS.items():
        (profile,) = profiles_of(model)
        assert profile.shapes["CROPS"][2] == (s.CROP_CAPS[width], s.CROP_HEIGHT, width, 3)
    (profile,) = profiles_of(spec.TEXT_ENCODER)
    assert profile.shapes["TOKEN_IDS"][2] == (s.ROW_CAP, s.ROW_TOKENS)
    (wide,) = profiles_of(spec.FUSION, "range")
    assert wide.shapes["NODE_MASK"] == ((1, 64), (4, 128), (8, 1024))


@pytest.fixture
def recipe() -> Recipe:
    profiles = as_json(profiles_of(spec.ORIENTATION))
    return Recipe("tensorrt", "10.9.0", "8.9", "fp16", profiles, None, "abc")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": "10.12.1"}, "the TensorRT version was 10.9.0 and now is 10.12.1"),
        ({"capability": "9.0"}, "compute capability was 8.9 and now is 9.0"),
        ({"flavour": "tensorrt_rtx"}, "the TensorRT flavour was tensorrt and now is tensorrt_rtx"),
        ({"precision": "fp32"}, "precision was fp16 and now is fp32"),
        ({"workspace_mib": 512}, "workspace (MiB) was None and now is 512"),
        ({"profiles": []}, "optimisation profiles changed"),
        ({"graph": "abd"}, "the graph's hash changed"),
    ],
)
def test_a_plan_of_another_recipe_is_not_used(tmp_path: Path, recipe: Recipe, changed, reason: str) -> None:
    from dataclasses import replace

    write_plan(tmp_path, b"plan", recipe, 1.0)
    assert trouble(tmp_path, recipe) is None
    other = replace(recipe, **changed)
    assert trouble(tmp_path, other) == reason
    assert other.key != recipe.key


def test_damaged_and_foreign_files_are_told_apart(tmp_path: Path, recipe: Recipe) -> None:
    assert trouble(tmp_path, recipe) == "there is no plan yet"
    write_plan(tmp_path, b"plan", recipe, 1.0)
    (tmp_path / PLAN).write_bytes(b"plam")
    assert "damaged" in str(trouble(tmp_path, recipe))
    manifest = tmp_path / MANIFEST
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(f'"format": {FORMAT}', '"format": 99'))
    assert trouble(tmp_path, recipe) == f"its manifest has format 99, not {FORMAT}"
    manifest.write_text('{"form', encoding="utf-8")
    assert "no JSON" in str(trouble(tmp_path, recipe))
    manifest.write_text("[]", encoding="utf-8")
    assert "format None" in str(trouble(tmp_path, recipe))
    manifest.unlink()
    assert trouble(tmp_path, recipe) == "it has no manifest"
