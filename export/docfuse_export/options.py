"""Options of `docfuse export`, with their help texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

TargetName = Annotated[
    str, Option("--target", help="Where the repository is served: tensorrt, openvino, onnxruntime, embedded.")
]
Out = Annotated[Path, Option(help="Folder of the repository; replaced if it holds an older one.")]
Precision = Annotated[
    str | None, Option(help="fp16 or fp32 (tensorrt), bf16 or fp32 (embedded); the first is the default.")
]
Profiles = Annotated[
    str,
    Option("--profile", help="TensorRT: exact (one for each page size and number of boxes) or range (one)."),
]
Workspace = Annotated[int | None, Option(min=1, help="TensorRT: most scratch memory of a layer, MiB.")]
Capability = Annotated[
    str | None, Option(help="Compute capability to build for, such as 8.9; that of the GPU if left out.")
]
Detector = Annotated[str, Option(help="Text detector: ppocrv6, or doctr/NAME.")]
Recognizer = Annotated[str, Option(help="Text recogniser: docfuse, or doctr/NAME.")]
DetectorWeights = Annotated[Path | None, Option(help="File with the weights of a docTR detector.")]
RecognizerWeights = Annotated[Path | None, Option(help="File with the weights of a docTR recogniser.")]
Weights = Annotated[Path | None, Option(help="Folder with the weights; the committed ones if left out.")]
EnsembleNames = Annotated[
    list[str] | None, Option("--ensemble", help="Offer only this ensemble; may be repeated.")
]
Queue = Annotated[int | None, Option(min=1, help="Pages that may wait before more are refused.")]
Parameter = Annotated[list[str] | None, Option(help="MODEL.KEY=VALUE of a model's config; may be repeated.")]
Parity = Annotated[
    bool | None,
    Option(
        "--parity/--no-parity",
        help="Compare the engines with what they were made from. Done unless the target is embedded.",
    ),
]
Pages = Annotated[
    list[Path] | None,
    Option(help="A document to compare on; may be repeated. The bundled samples if left out."),
]
Check = Annotated[
    bool, Option("--check", help="Only say what is missing, stale or damaged; exit 1 if anything is.")
]
Json = Annotated[bool, Option("--json", help="Print the result as JSON, without progress.")]
