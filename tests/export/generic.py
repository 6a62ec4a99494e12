"""A repository whose engines run on the generic engine model, and nothing else is changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2 as pb

from docfuse_export.configs import to_text
from docfuse_export.engines import ENGINE_FOLDER, GENERIC
from docfuse_export.inprocess import read_config


def swap_backends(repository: Path, out: Path) -> None:
    """Copy a repository; of each engine's config, change just what names the backend and its device."""
    shutil.copytree(repository, out, ignore=shutil.ignore_patterns("*.plan"))
    engines = [path.parents[1].name for path in out.glob("*/1/model.onnx")]
    for name in engines:
        config = read_config(out, name)
        config.backend, config.platform, config.default_model_filename = "python", "", "model.py"
        (group,) = config.instance_group
        group.kind = pb.ModelInstanceGroup.KIND_CPU
        del group.profile[:]
        (out / name / "config.pbtxt").write_text(to_text(config), encoding="utf-8")
        for file in GENERIC:
            shutil.copyfile(ENGINE_FOLDER / file, out / name / "1" / file)


def changed_lines(repository: Path, swapped: Path, name: str) -> set[str]:
    """Fields of an engine's config that differ after the swap."""
    before, after = (read_config(folder, name) for folder in (repository, swapped))
    for config in (before, after):
        for field in ("backend", "platform", "default_model_filename", "instance_group"):
            config.ClearField(field)
    return set() if before == after else {text_format.MessageToString(before)}
