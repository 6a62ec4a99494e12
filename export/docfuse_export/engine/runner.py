"""Runs an ONNX file on OpenVINO: any number of rows in chunks, short rows at their own length."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov

Arrays = dict[str, np.ndarray]
THREADS = "DOCFUSE_THREADS"
"""Environment variable: threads of an engine whose options do not say how many; 0: one per core."""
Chunk = tuple["slice | np.ndarray", "int | None"]
"""Rows of a chunk, and the columns to keep of them (None: all)."""


@dataclass(frozen=True)
class Options:
    """How an engine runs; read from the parameters of its config.

    Attributes:
        precision: `bf16` where the CPU computes in it, or `f32`.
        chunk: most rows computed at once; bounds the engine's memory.
        threads: threads of the engine, 0 for as many as there are cores.
        cache_dir: where compiled engines are kept, relative to the ONNX file; empty for nowhere.
        shapes: shapes of the first input for which a static engine is compiled ahead.
        trim_pad: id that fills up the rows of the first input [rows, columns]. Rows are then computed with
            others of their length and no wider than needed, and outputs filled up with zeros. None: rows are
            taken as they are.
        trim_to: multiple of columns that trimming keeps.
        release_from: size of an input's second axis (the nodes of a page) from which the engine's memory is
            given back after each run, since it grows with the square of that size; 0: never.
    """

    precision: str = "f32"
    chunk: int = 16
    threads: int = 0
    cache_dir: str = ""
    shapes: tuple[tuple[int, ...], ...] = ()
    trim_pad: int | None = None
    trim_to: int = 8
    release_from: int = 0

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Options:
        """Options from a config's parameters; `shapes` looks like `1x1152x896x3;1x896x1152x3`."""
        shapes = parameters.get("shapes", "").split(";")
        return cls(
            precision=parameters.get("precision", cls.precision),
            chunk=max(1, int(parameters.get("chunk", cls.chunk))),
            threads=int(parameters.get("threads", cls.threads)),
            cache_dir=parameters.get("cache_dir", cls.cache_dir),
            shapes=tuple(tuple(int(size) for size in shape.split("x")) for shape in shapes if shape),
            trim_pad=int(parameters["trim_pad"]) if "trim_pad" in parameters else None,
            trim_to=int(parameters.get("trim_to", cls.trim_to)),
            release_from=int(parameters.get("release_from", cls.release_from)),
        )


class Runner:
    """One ONNX file, compiled."""

    def __init__(self, path: Path, options: Options):
        self._path, self.options = path, options
        self._core = ov.Core()
        self._keep_compiled()
        self._static = {shape: self._compile(shape) for shape in options.shapes}
        self._dynamic = None if self._static else self._compile()

    def _keep_compiled(self) -> None:
        """Cache compiled engines on disk; a folder that is read-only, as in an image, gives those it has."""
        if not self.options.cache_dir:
            return
        folder = self._path.parent / self.options.cache_dir
        with contextlib.suppress(OSError):
            folder.mkdir(exist_ok=True)
        if folder.is_dir():
            self._core.set_property({"CACHE_DIR": str(folder)})

    def _compile(self, shape: tuple[int, ...] | None = None) -> Any:
        can_bf16 = "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        config: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            # every engine is a process of its own, and all of them would pin their threads to the same cores
            "ENABLE_CPU_PINNING": False,
            "INFERENCE_PRECISION_HINT": "bf16" if can_bf16 and self.options.precision == "bf16" else "f32",
        }
        threads = self.options.threads or int(os.environ.get(THREADS, 0))
        if threads:
            config["INFERENCE_NUM_THREADS"] = threads
        model: Any = str(self._path)
        if shape is not None:
            model = self._core.read_model(model)
            model.reshape({model.inputs[0].get_any_name(): list(shape)})
        try:
            compiled = self._core.compile_model(model, "CPU", config)
        except RuntimeError:  # another server may be writing the same file of the cache
            self._core.set_property({"CACHE_DIR": ""})
            compiled = self._core.compile_model(model, "CPU", config)
        return compiled.create_infer_request()

    def compute(self, inputs: Arrays, wanted: Collection[str]) -> Arrays:
        """Compute all rows.

        Args:
            inputs: arrays [rows, …] by name; the first decides the chunks.
            wanted: names of the outputs to return.

        Returns:
            The wanted outputs, [rows, …].
        """
        first = next(iter(inputs.values()))
        if self.options.trim_pad is None and len(first) <= self.options.chunk:
            return {name: array.copy() for name, array in self._infer(inputs, wanted).items()}
        outputs: Arrays = {}
        for rows, columns in self._chunks(first):
            part = {name: np.ascontiguousarray(array[rows][:, :columns]) for name, array in inputs.items()}
            for name, array in self._infer(part, wanted).items():
                if name not in outputs:
                    tail = array.shape[1:] if columns is None else (first.shape[1], *array.shape[2:])
                    outputs[name] = np.zeros((len(first), *tail), array.dtype)
                if columns is None:
                    outputs[name][rows] = array
                else:
                    outputs[name][rows, :columns] = array
        return outputs

    def _chunks(self, first: np.ndarray) -> Iterator[Chunk]:
        if self.options.trim_pad is None:
            for start in range(0, len(first), self.options.chunk):
                yield slice(start, start + self.options.chunk), None
            return
        for rows, columns in rows_by_length(first, self.options.trim_pad, self.options.trim_to):
            for start in range(0, len(rows), self.options.chunk):
                yield rows[start : start + self.options.chunk], columns

    def _infer(self, inputs: Arrays, wanted: Collection[str]) -> Arrays:
        """Arrays that are valid until the next call."""
        engine = self._static.get(next(iter(inputs.values())).shape)
        if engine is None:
            self._dynamic = self._dynamic or self._compile()
            engine = self._dynamic
        large = max(array.shape[1] for array in inputs.values()) >= (self.options.release_from or np.inf)
        results = engine.infer(inputs, share_inputs=True, share_outputs=not large)
        if large:
            engine.get_compiled_model().release_memory()
        return {name: results[name] for name in wanted}


def rows_by_length(ids: np.ndarray, pad: int, multiple: int) -> Iterator[tuple[np.ndarray, int]]:
    """Rows that may be computed together without much padding.

    Args:
        ids: [rows, columns]; `pad` fills the right end of each row.
        pad: the id of padding.
        multiple: widths are rounded up to it.

    Yields:
        Indices of rows, and the columns that hold all of their ids: at least `multiple`, at most all.
    """
    columns = ids.shape[1]
    lengths = np.where(ids != pad, np.arange(1, columns + 1), 0).max(axis=1)
    widths = np.minimum(np.maximum(-(-lengths // multiple), 1) * multiple, columns)
    for width in np.unique(widths):
        yield np.flatnonzero(widths == width), int(width)
