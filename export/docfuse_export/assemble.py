"""Puts a complete Triton model repository together: configs, Python steps, engines, tokenizer, manifest."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from docfuse_export import configs, reading
from docfuse_export.targets import EMBEDDED, QUEUE
from docfuse_pipeline import resources, traits
from docfuse_pipeline import specification as spec

MANIFEST = "manifest.json"
_HERE = Path(__file__).resolve().parent
_ENGINE = ("model.py", "runner.py")
_TOKENIZER = "tokenizer.json"
_TOKENIZING = ("text", "given_text")
"""Steps that turn text into token ids, and need the vocabulary."""
_READING = ("boxes", "text")
"""Steps that work with the detector and the recogniser, and need to know what they are like."""
Report = Callable[[str, int], None]
"""Called with each model's name and its size in bytes, as it is ready."""


@dataclass(frozen=True)
class Plan:
    """What to assemble.

    Attributes:
        target: name of the target; only `embedded` so far.
        weights: folder with text_encoder.onnx, backbone.onnx, fusion.onnx, relation.onnx, tokenizer.json.
        ensembles: which ensembles the repository offers; models that none of them needs are left out.
        queue: pages that may wait before more are refused.
        parameters: config parameters by model, stronger than the target's.
        reading: which detector and recogniser.
    """

    target: str = EMBEDDED.name
    weights: Path = field(default_factory=resources.weights)
    ensembles: tuple[spec.Ensemble, ...] = spec.ENSEMBLES
    queue: int = QUEUE
    parameters: configs.Parameters = field(default_factory=dict)
    reading: reading.Reading = field(default_factory=reading.Reading)

    @property
    def served(self) -> tuple[spec.Ensemble, ...]:
        """The ensembles as the chosen detector and recogniser need them."""
        return self.reading.ensembles(self.ensembles)

    @property
    def models(self) -> tuple[spec.Model, ...]:
        """Every model that the ensembles need."""
        return configs.models_of(self.served)


def assemble(plan: Plan, out: Path, report: Report = lambda name, size: None) -> bool:
    """Build the repository at `out`, all of it or nothing; a repository that is up to date is left alone.

    Args:
        plan: what to assemble.
        out: folder of the repository; replaced if it holds an older one.
        report: told about each model.

    Returns:
        Whether anything was written.

    Raises:
        ValueError: the target does not exist yet, or `out` holds something that is no repository of ours.
        FileNotFoundError: a weights file is missing.
    """
    if plan.target != EMBEDDED.name:
        raise ValueError(
            f"Target {plan.target!r} is not there yet: only {EMBEDDED.name!r} can be assembled so far."
        )
    _check_sources(plan)
    out = out.resolve()
    manifest = {
        "docfuse": importlib.metadata.version("docfuse"),
        "target": plan.target,
        "hash": fingerprint(plan),
    }
    if out.exists():
        found = _read_manifest(out)
        if found.get("hash") == manifest["hash"]:
            return False
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        sizes = _fill(plan, folder, report)
        text = json.dumps(manifest | {"models": sizes}, indent=2)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
        folder.chmod(0o755)
        _put_in_place(folder, out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _check_sources(plan: Plan) -> None:
    names = [f"{model.name}.onnx" for model in plan.models if _from_weights(model)]
    if any(model.name in _TOKENIZING for model in plan.models):
        names.append(_TOKENIZER)
    missing = [name for name in names if not (plan.weights / name).is_file()]
    steps = resources.model_repository()
    missing += [
        f"{m.name}/1/model.py" for m in plan.models if m.kind == "python" and not _step(steps, m).is_file()
    ]
    if missing:
        raise FileNotFoundError(f"Missing in {plan.weights} or {steps}: {', '.join(missing)}.")


def _from_weights(model: spec.Model) -> bool:
    return model.kind == "engine" and not reading.is_made(model.name)


def _step(steps: Path, model: spec.Model) -> Path:
    return steps / model.name / "1" / "model.py"


def _read_manifest(out: Path) -> dict[str, str]:
    path = out / MANIFEST
    if not path.is_file():
        if any(out.iterdir()):
            raise ValueError(
                f"{out} holds something else than a model repository of docfuse: choose another folder."
            )
        return {}
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _configs(plan: Plan) -> dict[str, str]:
    return configs.all_configs(EMBEDDED, plan.parameters, plan.queue, plan.served)


def fingerprint(plan: Plan) -> str:
    """Hash of everything that the repository is made from."""
    digest = hashlib.sha256(json.dumps([_configs(plan), plan.reading.fingerprint()]).encode())
    steps = resources.model_repository()
    files = [*plan.reading.files(), *(_HERE / "engine" / name for name in _ENGINE), plan.weights / _TOKENIZER]
    files += [_step(steps, model) for model in plan.models if model.kind == "python"]
    files += [plan.weights / f"{model.name}.onnx" for model in plan.models if _from_weights(model)]
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _fill(plan: Plan, folder: Path, report: Report) -> dict[str, int]:
    """Write everything but the manifest; returns the size of each engine in bytes."""
    for name, text in _configs(plan).items():
        (folder / name / "1").mkdir(parents=True)
        (folder / name / "config.pbtxt").write_text(text, encoding="utf-8")
    sizes = {}
    for model in plan.models:
        version = folder / model.name / "1"
        if model.kind == "python":
            shutil.copyfile(_step(resources.model_repository(), model), version / "model.py")
            if model.name in _READING:
                (version / traits.FILE).write_text(plan.reading.traits.to_json(), encoding="utf-8")
            if model.name in _TOKENIZING:
                shutil.copyfile(plan.weights / _TOKENIZER, version / _TOKENIZER)
            continue
        for name in _ENGINE:
            shutil.copyfile(_HERE / "engine" / name, version / name)
        _write_engine(model, plan, version / "model.onnx")
        sizes[model.name] = (version / "model.onnx").stat().st_size
        report(model.name, sizes[model.name])
    return sizes


def _write_engine(model: spec.Model, plan: Plan, path: Path) -> None:
    if _from_weights(model):
        shutil.copyfile(plan.weights / f"{model.name}.onnx", path)
        return
    path.write_bytes(plan.reading.engine(model.name).SerializeToString())


def _put_in_place(folder: Path, out: Path) -> None:
    """Swap the finished folder in; a reader finds the old repository or the new one, never half of one."""
    if not out.exists():
        folder.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    out.replace(old)
    folder.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def ensembles_named(names: Iterable[str]) -> tuple[spec.Ensemble, ...]:
    """The ensembles of those names; all of them if there is none.

    Raises:
        ValueError: there is no ensemble of a name.
    """
    known = {ensemble.name: ensemble for ensemble in spec.ENSEMBLES}
    wanted = tuple(names) or tuple(known)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ValueError(f"No ensemble {', '.join(unknown)}: there are {', '.join(known)}.")
    return tuple(known[name] for name in wanted)
