"""The command `docfuse train`: data → encoded pages → cut head → all tasks → weights."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docfuse_training.understanding.aims import Aims

if TYPE_CHECKING:
    from rich.progress import Progress

    from docfuse_training.long_run import Options, Task
    from docfuse_training.understanding.batches import Batch
    from docfuse_training.understanding.encode import Source
    from docfuse_training.understanding.examples import Example
    from docfuse_training.understanding.modules import Modules

RATE, DECAY = 6e-4, 0.03
_CUT_STEPS, _CUT_RATE, _FRESH_CUT_RATE = 600, 5e-4, 2e-3
"""Batches, at most, and learning rates of a cut head that was trained before and of a fresh one, which learn
before there are segments."""
_MEASURED = 100
"""Held-out examples of each set, at most, that are measured on while training."""


def models(
    out: Annotated[Path, typer.Option(help="Folder of the run: pages, checkpoint, figures.")],
    data: Annotated[
        Path | None, typer.Option(help="Folder with sroie/, vrdu_adbuy/, my_receipts/, …")
    ] = None,
    synthetic: Annotated[int, typer.Option(min=0, help="Number of synthetic pages.")] = 2400,
    forms: Annotated[int, typer.Option(min=0, help="Number of synthetic forms besides.")] = 1600,
    bills: Annotated[int, typer.Option(min=0, help="Number of synthetic invoices and bills besides.")] = 800,
    steps: Annotated[int, typer.Option(min=1, help="Batches; the learning rate falls over them.")] = 9000,
    tune_from: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the steps after which the text encoder learns too.")
    ] = 0.7,
    rate: Annotated[float, typer.Option(help="Highest learning rate.")] = RATE,
    start: Annotated[Path | None, typer.Option(help="Weights folder to start from.")] = None,
    hold: Annotated[float, typer.Option(min=0, help="Weight of staying near what --start says.")] = 0.0,
    mistakes: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the read pages seen again, some texts cut in two.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of pages, weights and batches.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes that read pages.")] = 2,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    weights_out: Annotated[Path | None, typer.Option(help="Folder for the ONNX weights.")] = None,
) -> None:
    """Train all models behind the reading; a run that was cut off goes on when it is started again."""
    from docfuse_training.long_run import Options
    from docfuse_training.understanding.sources import (
        REAL,
        SYNTHETIC_SHARES,
        bill_parts,
        form_parts,
        real_parts,
        synthetic_parts,
    )

    parts = synthetic_parts(synthetic, seed) if synthetic else {}
    parts |= form_parts(forms, seed) if forms else {}
    parts |= bill_parts(bills, seed) if bills else {}
    parts |= real_parts(data) if data is not None else {}
    if not parts:
        raise typer.BadParameter("no data: give --synthetic, or --data with sroie/, vrdu_adbuy/, … in it")
    if hold and start is None:
        raise typer.BadParameter("there is nothing to stay near: give --start with --hold")
    shares = SYNTHETIC_SHARES | {name: chosen.share for name, chosen in REAL.items()}
    options = Options(
        steps=steps, rate=rate, decay=DECAY, every=min(1000, -(-steps // 5)), seed=seed, worker=False,
        average=min(0.998, 1 - 5 / steps),
    )  # fmt: skip
    run(
        parts, shares, options, out, start, tune_from, workers, device, weights_out or out / "weights",
        Aims(mistakes=mistakes, hold=hold),
    )  # fmt: skip


def run(
    parts: dict[str, list[Source]],
    shares: dict[str, float],
    options: Options,
    out: Path,
    start: Path | None,
    tune_from: float,
    workers: int,
    device: str,
    weights_out: Path,
    aims: Aims,
) -> None:
    """Encode, train, and write the weights.

    Args:
        parts: the data by set; see `sources.HELD_OUT`.
        shares: of the sets among the pages trained on.
        options: how to train.
        out: folder of the run.
        start: weights folder to start from, if not the published weights.
        tune_from: share of the steps after which the text encoder learns too.
        workers: processes that read pages.
        device: `auto`, or a device of torch.
        weights_out: folder for the ONNX weights.
        aims: what is learned from and weighed besides.
    """
    from docfuse_export.torch_export import export_modules
    from docfuse_training.shown_run import train_shown
    from docfuse_training.understanding.calibration import calibrate
    from docfuse_training.understanding.sources import HELD_OUT, encode_sets

    measured: list[Example] = []

    def prepare(progress: Progress) -> tuple[Modules, Task[Batch]]:
        """The modules to train and how, after the data has been encoded."""
        encode_sets(parts, out / "pages", start, workers, progress)
        modules, examples = _examples(out / "pages", list(parts), shares, start, options.seed, aims, progress)
        measured.extend(e for name, chosen in examples.items() if name.endswith(HELD_OUT) for e in chosen)
        return modules, _task(modules, examples, shares, options, tune_from, aims)

    trained = train_shown(prepare, options, out, device)
    if measured:
        report = calibrate(trained.cpu(), measured)
        (out / "calibration.json").write_text(json.dumps(report, indent=1))
    export_modules(trained.cpu().named(), weights_out)


def _task(
    modules: Modules,
    examples: dict[str, list[Example]],
    shares: dict[str, float],
    options: Options,
    tune_from: float,
    aims: Aims,
) -> Task[Batch]:
    """What is trained for: sets that have a share are trained on, held-out ones measured on."""
    from docfuse_training.stored import evenly
    from docfuse_training.understanding.sources import HELD_OUT, LEARNED
    from docfuse_training.understanding.train_understanding import understanding_task

    sets = {
        name: ([replace(e, settled=False) for e in chosen] if name in LEARNED else chosen, shares[name])
        for name, chosen in examples.items()
        if name in shares and chosen
    }
    held_out = {
        name.removesuffix(HELD_OUT): [chosen[index] for index in evenly(len(chosen), _MEASURED)]
        for name, chosen in examples.items()
        if name.endswith(HELD_OUT)
    }
    held = copy.deepcopy(modules).eval().requires_grad_(False) if aims.hold else None
    return understanding_task(sets, held_out, round(tune_from * options.steps), held, aims)


def _examples(
    folder: Path,
    names: list[str],
    shares: dict[str, float],
    start: Path | None,
    seed: int,
    aims: Aims,
    progress: Progress,
) -> tuple[Modules, dict[str, list[Example]]]:
    """The modules to train, their cut head trained already, and the examples of every set."""
    from docfuse_training.understanding.cuts import train_cuts
    from docfuse_training.understanding.encode_reader import RawBackbone
    from docfuse_training.understanding.modules import started_modules
    from docfuse_training.understanding.sources import HELD_OUT, make_examples, read_set

    modules = started_modules(start, seed)
    pages = {name: read_set(folder / name) for name in progress.track(names, description="Aligning")}
    training = {name: (pages[name], shares[name]) for name in names if name in shares}
    rate = _CUT_RATE if start else _FRESH_CUT_RATE
    train_cuts(modules.text_encoder.cut, training, _CUT_STEPS, rate, seed, aims.missed_cuts)
    backbone, examples = RawBackbone(modules.backbone, 2), {}
    for name in progress.track(names, description="Segments"):
        own = 0.0 if name.endswith(HELD_OUT) else aims.mistakes
        examples[name] = make_examples(folder / name, pages.pop(name), modules, backbone, own, seed)
    return modules.train(), examples
