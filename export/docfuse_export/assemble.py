"""Puts a complete Triton model repository together: configs, Python steps, engines, tokenizer, manifest."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from docfuse_export import plans
from docfuse_export.assembly import Plan
from docfuse_export.builder import Builder, find_builder
from docfuse_export.engines import ENGINE_FOLDER, GENERIC, TIMINGS, Made, Workshop, code_hash, recipe
from docfuse_export.placing import locked, new_folder
from docfuse_pipeline import class_words, resources, traits
from docfuse_pipeline import specification as spec

__all__ = ["MANIFEST", "Plan", "assemble", "ensembles_named", "fingerprint", "stale"]
MANIFEST = "manifest.json"
_TOKENIZER = "tokenizer.json"
_TOKENIZING = ("text", "given_text")
"""Steps that turn text into token ids, and need the vocabulary."""
_READING = ("text",)
"""Steps that work with the detector's and the recogniser's answers, and need to know what they are like."""
_JUDGING = ("structure",)
"""Steps that judge a page's class by its words too, where the weights have what that takes."""
Report = Callable[[str, int], None]
"""Called with each engine's name and its size in bytes, as it is ready."""
Judge = Callable[[Path], "dict[str, Any] | None"]
"""Called with the finished folder before it takes its place; what it returns goes into the manifest."""


def assemble(
    plan: Plan,
    out: Path,
    report: Report = lambda name, size: None,
    judge: Judge = lambda folder: None,
    waiting: Callable[[], None] = lambda: None,
) -> bool:
    """Build the repository at `out`, all of it or nothing; a repository that is up to date is left alone.

    TensorRT plans that are finished survive an interruption, and plans of an older repository are taken over
    where they still fit; any other is built.

    Args:
        plan: what to assemble.
        out: folder of the repository; replaced if it holds an older one.
        report: told about each engine.
        judge: compares the engines with what they were made from.
        waiting: called if another export works on `out`; this one then waits for it.

    Returns:
        Whether anything was written.

    Raises:
        ValueError: `out` holds something that is no repository of ours, or weights cannot be used.
        FileNotFoundError: a weights file is missing.
        ImportError: TensorRT, or another package that the target needs, is missing.
        BuildError: TensorRT cannot build an engine.
        OSError: something cannot be read or written.
    """
    _check_sources(plan)
    out, wanted = out.resolve(), fingerprint(plan)
    parts = out.with_name(f".{out.name}-parts")
    builder = _builder(plan, parts)
    with locked(out, waiting):
        if not _troubles(plan, out, builder, wanted):
            return False
        if builder is not None:
            _take_timings(out / TIMINGS, parts)
        with new_folder(out) as folder:
            made = _fill(plan, folder, Workshop(plan, builder, out, parts), report)
            if builder is not None:
                _take_timings(parts / TIMINGS, folder)
            manifest = {**_manifest(plan, builder, made), "hash": wanted}
            parity = judge(folder)
            manifest |= {"parity": parity} if parity is not None else {}
            (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        shutil.rmtree(parts, ignore_errors=True)
    return True


def stale(plan: Plan, out: Path) -> list[str]:
    """Why the repository at `out` cannot be served as the plan wants it; empty if it can.

    Raises:
        ValueError: `out` holds something that is no repository of ours.
        ImportError: TensorRT is missing.
        FileNotFoundError: a weights file is missing.
    """
    _check_sources(plan)
    return _troubles(plan, out.resolve(), _builder(plan), fingerprint(plan))


def _builder(plan: Plan, parts: Path | None = None) -> Builder | None:
    if not plan.run_by.gpu:
        return None
    timings = parts / TIMINGS if parts is not None else None
    return find_builder(plan.capability, plan.workspace_mib, timings)


def _troubles(plan: Plan, out: Path, builder: Builder | None, wanted: str) -> list[str]:
    found = _read_manifest(out)
    if not found:
        return [f"there is no repository at {out}"]
    if found.get("hash") != wanted:
        return [f"{out} was made from other weights, options or code"]
    return [
        f"{model.name}: {reason}" for model in plan.engines if (reason := _trouble(plan, out, model, builder))
    ]


def _trouble(plan: Plan, out: Path, model: spec.Model, builder: Builder | None) -> str | None:
    """Why an engine of a repository that was made by this plan cannot be used."""
    version = out / model.name / "1"
    if not (version / plans.GRAPH).is_file():
        return "its graph is gone"
    if builder is None:
        return None
    return plans.trouble(version, recipe(plan, model, builder, plans.file_hash(version / plans.GRAPH)))


def _check_sources(plan: Plan) -> None:
    paths = [plan.weights_file(model) for model in plan.engines if not plan.makes(model.name)]
    if any(model.name in _TOKENIZING for model in plan.models):
        paths.append(plan.weights / _TOKENIZER)
    paths += [_step(model) for model in plan.models if model.kind == "python"]
    missing = dict.fromkeys(str(path) for path in paths if not path.is_file())
    if missing:
        raise FileNotFoundError(f"Missing: {', '.join(missing)}.")


def _words(plan: Plan) -> list[Path]:
    """The weights of words, if there are any.

    Raises:
        ValueError: the file holds none.
    """
    path = plan.weights / class_words.FILE
    if not path.is_file():
        return []
    class_words.WordClassifier.load(path)
    return [path]


def _step(model: spec.Model) -> Path:
    return resources.model_repository() / model.name / "1" / "model.py"


def _read_manifest(out: Path) -> dict[str, Any]:
    path = out / MANIFEST
    if not path.is_file():
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise ValueError(
                f"{out} holds something else than a model repository of docfuse: choose another folder."
            )
        return {}
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {"hash": None}  # damaged: made anew
    return found


def fingerprint(plan: Plan) -> str:
    """Hash of everything that the repository is made from, but for the TensorRT that builds its plans."""
    digest = hashlib.sha256(json.dumps([plan.configs(), plan.reading.fingerprint()]).encode())
    if plan.run_by.pinned:
        digest.update(f"{plan.run_by.precision} {plan.profiles} {code_hash()}".encode())
    files = [*plan.reading.files(), *(ENGINE_FOLDER / name for name in GENERIC), plan.weights / _TOKENIZER]
    files += [_step(model) for model in plan.models if model.kind == "python"]
    files += [plan.weights_file(model) for model in plan.engines if not plan.makes(model.name)]
    files += _words(plan)
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _fill(plan: Plan, folder: Path, workshop: Workshop, report: Report) -> dict[str, Made]:
    """Write everything but the manifest; returns what was made, by engine."""
    for name, text in plan.configs().items():
        (folder / name / "1").mkdir(parents=True)
        (folder / name / "config.pbtxt").write_text(text, encoding="utf-8")
    made = {}
    for model in plan.models:
        version = folder / model.name / "1"
        if model.kind == "engine":
            made[model.name] = workshop.make(model, version)
            report(model.name, made[model.name].size)
            continue
        shutil.copyfile(_step(model), version / "model.py")
        if model.name in _READING:
            (version / traits.FILE).write_text(plan.reading.traits.to_json(), encoding="utf-8")
        if model.name in _TOKENIZING:
            shutil.copyfile(plan.weights / _TOKENIZER, version / _TOKENIZER)
        for path in _words(plan) if model.name in _JUDGING else ():
            shutil.copyfile(path, version / path.name)
    return made


def _manifest(plan: Plan, builder: Builder | None, made: dict[str, Made]) -> dict[str, Any]:
    manifest: dict[str, Any] = {
        "docfuse": importlib.metadata.version("docfuse"),
        "target": plan.target,
        "precision": plan.run_by.precision,
        "models": {name: engine.size for name, engine in made.items()},
        "engines": {name: asdict(engine) for name, engine in made.items()},
    }
    if builder is not None:
        manifest["tensorrt"] = {
            "flavour": builder.flavour,
            "version": builder.version,
            "capability": builder.capability,
            "profiles": plan.profiles,
        }
    return manifest


def _take_timings(source: Path, folder: Path) -> None:
    if source.is_file() and not (folder / TIMINGS).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / TIMINGS)


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
