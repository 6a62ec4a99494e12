"""The specification: every tensor of the graph by name, dtype and shape, every model, every ensemble.

ONNX export, TensorRT profiles, config.pbtxt and the parity checks come from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from docfuse_pipeline import settings as s
from docfuse_pipeline.labels import CLASSES, FIELDS, RELATIONS, TYPES
from docfuse_pipeline.traits import DEFAULT, RecognizerTraits

DType = Literal["UINT8", "INT32", "FP16", "FP32", "FP64", "BOOL", "BYTES"]


@dataclass(frozen=True)
class Axis:
    """A dimension that varies, with the smallest, the usual and the largest size it takes."""

    name: str
    minimum: int
    optimum: int
    maximum: int


@dataclass(frozen=True)
class Tensor:
    """A named tensor. `dims` leaves out the batch axis where the model has one."""

    name: str
    dtype: DType
    dims: tuple[int | Axis, ...]

    @property
    def config_dims(self) -> tuple[int, ...]:
        """Dims as config.pbtxt has them: -1 where the size varies."""
        return tuple(-1 if isinstance(dim, Axis) else dim for dim in self.dims)

    def batched(self, size: int | Axis) -> Tensor:
        """The same tensor with a leading axis, as a step without batching declares it."""
        return Tensor(self.name, self.dtype, (size, *self.dims))

    def renamed(self, name: str) -> Tensor:
        """The same tensor under another name."""
        return Tensor(name, self.dtype, self.dims)


@dataclass(frozen=True)
class Model:
    """One model of the repository.

    `kind` is `engine` (an ONNX graph that each target runs in its own way) or `python` (a step).
    `max_batch_size` 0 means that a request is one page and is never merged with others. `asks` are the models
    that a step runs by itself, outside the ensembles' graphs; those are `asked`.
    """

    name: str
    kind: Literal["engine", "python"]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    max_batch_size: int = 0
    instances: int = 1
    parameters: Mapping[str, str] = field(default_factory=dict)
    asks: tuple[Model, ...] = ()
    asked: bool = False


@dataclass(frozen=True)
class Step:
    """A model inside an ensemble; `renames` maps tensor names of the model to names in the ensemble."""

    model: Model
    renames: Mapping[str, str] = field(default_factory=dict)

    def ensemble_name(self, tensor: Tensor) -> str:
        """Name of the model's tensor inside the ensemble."""
        return self.renames.get(tensor.name, tensor.name)


@dataclass(frozen=True)
class Ensemble:
    """A graph of steps; an edge is a tensor name that one step emits and others take.

    A step makes one other step ready at most, so that a page is in one step at a time. tritonserver loses
    count of steps that begin together when the page's client goes away, or when one of them fails: 2.51 then
    ended with SIGSEGV or stood still at every second client that was cut off.
    """

    name: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    steps: tuple[Step, ...]


_short = min(min(size) for size in s.CANVASES.values())
_long = max(max(size) for size in s.CANVASES.values())
CANVAS_HEIGHT = Axis("height", _short, 1152, _long)
CANVAS_WIDTH = Axis("width", _short, 896, _long)
FEATURE_HEIGHT = Axis("feature_height", _short // 8, 144, _long // 8)
FEATURE_WIDTH = Axis("feature_width", _short // 8, 112, _long // 8)
PAGE_HEIGHT = Axis("page_height", 1, 2200, s.PAGE_LONG_SIDE)
PAGE_WIDTH = Axis("page_width", 1, 1700, s.PAGE_LONG_SIDE)
FILE_BYTES = Axis("bytes", 1, 400_000, s.MAX_BYTES)
LINE = Axis("lines", 1, 60, s.MAX_NODES)
ROW = Axis("rows", 1, 60, s.ROW_CAP)
SEGMENT = Axis("segments", 1, 64, s.MAX_NODES)
NODE = Axis("nodes", s.NODE_BUCKETS[0], 128, s.MAX_NODES)

# Page
IMAGE = Tensor("IMAGE", "UINT8", (FILE_BYTES,))
"""The encoded image file."""
CANVAS = Tensor("CANVAS", "UINT8", (CANVAS_HEIGHT, CANVAS_WIDTH, 3))
"""The rectified page, RGB, letterboxed onto a canvas: scaled, anchored top left, the rest white."""
PAGE = Tensor("PAGE", "UINT8", (PAGE_HEIGHT, PAGE_WIDTH, 3))
"""The rectified page, RGB, at source resolution (capped)."""
SCALE = Tensor("SCALE", "FP32", (1,))
"""Canvas pixels per page pixel."""
TRANSFORM = Tensor("TRANSFORM", "FP64", (3, 3))
"""Homography from page pixels to source pixels."""
PAGE_INFO = Tensor("PAGE_INFO", "BYTES", (1,))
"""JSON: `width`, `height` of the source, `orientation` and `skew` (degrees), `warnings` (code, message)."""
SLOT = Tensor("SLOT", "INT32", (1,))
"""Admission slot that the page holds until its last step gives it back; -1 if admission is off."""
THUMBNAIL = Tensor("THUMBNAIL", "UINT8", (s.ORIENTATION_SIDE, s.ORIENTATION_SIDE, 3))
ROTATIONS = Tensor("ROTATIONS", "FP32", (4,))
"""Probabilities that the page was turned clockwise by 0, 90, 180, 270 degrees."""

# Text
TEXT_MAP = Tensor("TEXT_MAP", "UINT8", (CANVAS_HEIGHT, CANVAS_WIDTH))
"""Text probability × 255 per canvas pixel."""
CROPS = Tensor("CROPS", "UINT8", (s.CROP_HEIGHT, Axis("crop_width", 64, 192, 1280), 3))
CHARACTERS = Tensor("CHARACTERS", "INT32", (Axis("crop_steps", 16, 48, 320), s.STEP_CHOICES))
"""The most probable alphabet indices of each recogniser step, the best one first."""
PROBABILITIES = Tensor("PROBABILITIES", "FP32", CHARACTERS.dims)
"""Their probabilities."""


def crops(width: int, recognizer: RecognizerTraits = DEFAULT.recognizer) -> Tensor:
    """Crops of one width, RGB, text height filling them, padded on the right as the recogniser wants it."""
    return Tensor("CROPS", "UINT8", (recognizer.height, width, 3))


def characters(width: int, recognizer: RecognizerTraits = DEFAULT.recognizer) -> Tensor:
    """CHARACTERS of one width; without an axis for choices if there is one alone."""
    return Tensor("CHARACTERS", "INT32", _steps(width, recognizer))


def probabilities(width: int, recognizer: RecognizerTraits = DEFAULT.recognizer) -> Tensor:
    """PROBABILITIES of one width."""
    return Tensor("PROBABILITIES", "FP32", _steps(width, recognizer))


def _steps(width: int, recognizer: RecognizerTraits) -> tuple[int, ...]:
    steps = recognizer.steps[width]
    return (steps, recognizer.choices) if recognizer.choices > 1 else (steps,)


LINE_TEXT = Tensor("LINE_TEXT", "BYTES", (LINE,))
"""Text of each line, UTF-8. One empty line if there is none."""
LINE_QUADS = Tensor("LINE_QUADS", "FP32", (LINE, 4, 2))
LINE_SCORES = Tensor("LINE_SCORES", "FP32", (LINE,))
"""Confidence of the reading, 0 to 1."""
LINE_CUTTABLE = Tensor("LINE_CUTTABLE", "BOOL", (LINE,))
"""Whether the line may be cut into segments (a caller's own boxes may be taken as they are)."""
LINE_COUNTS = Tensor("LINE_COUNTS", "INT32", (2,))
"""Lines kept, lines dropped."""
ROW_LINES = Tensor("ROW_LINES", "INT32", (ROW,))
"""Line of each token row, ascending; -1 for a dummy."""
TOKEN_IDS = Tensor("TOKEN_IDS", "INT32", (s.ROW_TOKENS,))
"""Vocabulary ids; 1 (the vocabulary's pad) fills the rest of a row. No special tokens."""
TOKEN_GAPS = Tensor("TOKEN_GAPS", "FP32", (s.ROW_TOKENS,))
"""White space before each token, in heights of the line, clipped to 0..8."""
TOKEN_SPANS = Tensor("TOKEN_SPANS", "INT32", (s.ROW_TOKENS, 2))
"""First and one-past-last character of each token in its line's text."""
TOKEN_PLACES = Tensor("TOKEN_PLACES", "FP32", (s.ROW_TOKENS, 2))
"""Where each token begins and ends, as fractions of the line's length."""
TOKEN_FEATURES = Tensor("TOKEN_FEATURES", "FP16", (s.ROW_TOKENS, s.TOKEN_WIDTH))
CUTS = Tensor("CUTS", "FP32", (s.ROW_TOKENS,))
"""Probability that a new segment begins at each token."""

# A caller's own text
BOXES = Tensor("BOXES", "FP32", (LINE, 4))
"""x1, y1, x2, y2 in source pixels."""
TEXT = Tensor("TEXT", "BYTES", (LINE,))
"""UTF-8; empty for what nobody has read, such as a signature. A page of empty texts alone has no boxes."""
CUT = Tensor("CUT", "BOOL", (1,))
"""Whether the caller's boxes may be cut into segments."""

# Nodes
SEMANTIC = Tensor("SEMANTIC", "FP16", (NODE, s.SEMANTIC_WIDTH))
NODE_BOXES = Tensor("NODE_BOXES", "FP32", (NODE, 4))
"""x1, y1, x2, y2 in canvas pixels; zeros where padded."""
NODE_MASK = Tensor("NODE_MASK", "FP32", (NODE,))
"""1 for a segment, 0 for padding."""
SEGMENT_TEXT = Tensor("SEGMENT_TEXT", "BYTES", (SEGMENT,))
SEGMENT_QUADS = Tensor("SEGMENT_QUADS", "FP32", (SEGMENT, 4, 2))
"""Corners in page pixels."""
SEGMENT_LINES = Tensor("SEGMENT_LINES", "INT32", (SEGMENT,))
"""Line that each segment was cut from."""
SEGMENT_SCORES = Tensor("SEGMENT_SCORES", "FP32", (SEGMENT,))
SEGMENT_COUNTS = Tensor("SEGMENT_COUNTS", "INT32", (2,))
"""Segments kept, lines and segments dropped by any cap so far."""
BACKBONE_CANVAS = CANVAS.renamed("BACKBONE_CANVAS")
"""The canvas again, once the nodes are known: so the backbone does not run beside the reading."""
FEATURES = Tensor("FEATURES", "FP16", (s.FEATURE_CHANNELS, FEATURE_HEIGHT, FEATURE_WIDTH))
NODES = Tensor("NODES", "FP16", (NODE, s.NODE_WIDTH))
"""The multimodal feature per text box."""
SUBMAPS = Tensor("SUBMAPS", "FP16", (NODE, s.FEATURE_CHANNELS, *s.SUBMAP))
CLASS_PROBABILITIES = Tensor("CLASS_PROBABILITIES", "FP32", (len(CLASSES),))
TYPE_PROBABILITIES = Tensor("TYPE_PROBABILITIES", "FP32", (NODE, len(TYPES)))
FIELD_PROBABILITIES = Tensor("FIELD_PROBABILITIES", "FP32", (NODE, len(FIELDS)))
PARTNERS = Tensor("PARTNERS", "INT32", (len(RELATIONS), NODE, s.PARTNERS))
"""For each relation and target box the best source boxes, best first."""
PARTNER_PROBABILITIES = Tensor("PARTNER_PROBABILITIES", "FP32", (len(RELATIONS), NODE, s.PARTNERS))
RESULT = Tensor("RESULT", "BYTES", (1,))
"""The page as JSON, UTF-8: `docfuse.Page`."""

# Interface of docling's KServe OCR client
LANG_TYPE = Tensor("lang_type", "BYTES", (1, 1))
RAW_IMAGE = Tensor(
    "image", "UINT8", (1, Axis("image_height", 1, 2200, 20_000), Axis("image_width", 1, 1700, 20_000), 3)
)
OCR_BOXES = Tensor("boxes", "FP32", (LINE, 4, 2))
OCR_TEXTS = Tensor("txts", "BYTES", (LINE,))
OCR_SCORES = Tensor("scores", "FP32", (LINE,))


def _one(*tensors: Tensor) -> tuple[Tensor, ...]:
    """What a step without batching declares for an engine's tensors of one page."""
    return tuple(tensor.batched(1) for tensor in tensors)


_LINES = (LINE_TEXT, LINE_QUADS, LINE_SCORES, LINE_CUTTABLE, LINE_COUNTS)
_ROWS = tuple(t.batched(ROW) for t in (TOKEN_IDS, TOKEN_GAPS, TOKEN_SPANS, TOKEN_PLACES))
_SEGMENTS = (SEGMENT_TEXT, SEGMENT_QUADS, SEGMENT_LINES, SEGMENT_SCORES, SEGMENT_COUNTS)
_PAGE_OUTPUTS = (CANVAS.batched(1), PAGE, SCALE, TRANSFORM, PAGE_INFO, SLOT)


ORIENTATION = Model("orientation", "engine", (THUMBNAIL,), (ROTATIONS,), 8, asked=True)
PAGE_STEP = Model("page", "python", (IMAGE,), _PAGE_OUTPUTS, instances=2, asks=(ORIENTATION,))
OCR_PAGE_STEP = Model("ocr_page", "python", (LANG_TYPE, RAW_IMAGE), (CANVAS.batched(1), PAGE, SCALE, SLOT))
DETECTOR = Model("detector", "engine", (CANVAS,), (TEXT_MAP,), 8)


def recognizers(traits: RecognizerTraits) -> dict[int, Model]:
    """The recogniser engine of each crop width."""
    return {
        w: Model(
            f"recognizer_{w}",
            "engine",
            (crops(w, traits),),
            (characters(w, traits), probabilities(w, traits)),
            traits.caps[w],
            asked=True,
        )
        for w in traits.widths
    }


def text_step(traits: RecognizerTraits) -> Model:
    """The step that finds the lines and has them read; as many instances as pages that are read at once."""
    return Model(
        "text",
        "python",
        (TEXT_MAP.batched(1), PAGE, SCALE),
        (*_LINES, ROW_LINES, *_ROWS),
        instances=2,
        asks=tuple(recognizers(traits).values()),
    )


RECOGNIZERS = recognizers(DEFAULT.recognizer)
TEXT_STEP = text_step(DEFAULT.recognizer)
GIVEN_TEXT_STEP = Model(
    "given_text",
    "python",
    (BOXES, TEXT, CUT, TRANSFORM, PAGE_INFO, SLOT),
    (*_LINES, ROW_LINES, *_ROWS),
)
TEXT_ENCODER = Model("text_encoder", "engine", (TOKEN_IDS, TOKEN_GAPS), (TOKEN_FEATURES, CUTS), s.ROW_CAP)
SEGMENTS_STEP = Model(
    "segments",
    "python",
    (*_LINES, ROW_LINES, *_ROWS, TOKEN_FEATURES.batched(ROW), CUTS.batched(ROW), SCALE, CANVAS.batched(1)),
    (*_one(SEMANTIC, NODE_BOXES, NODE_MASK), *_SEGMENTS, BACKBONE_CANVAS.batched(1)),
)
BACKBONE = Model("backbone", "engine", (CANVAS,), (FEATURES,), 8)
FUSION = Model(
    "fusion", "engine", (FEATURES, SEMANTIC, NODE_BOXES, NODE_MASK), (NODES, CLASS_PROBABILITIES, SUBMAPS), 8
)
RELATION = Model(
    "relation",
    "engine",
    (NODES, NODE_BOXES, NODE_MASK),
    (TYPE_PROBABILITIES, FIELD_PROBABILITIES, PARTNERS, PARTNER_PROBABILITIES),
    8,
)
STRUCTURE_STEP = Model(
    "structure",
    "python",
    (
        PAGE_INFO,
        SLOT,
        TRANSFORM,
        *_SEGMENTS,
        *_one(CLASS_PROBABILITIES, TYPE_PROBABILITIES, FIELD_PROBABILITIES, PARTNERS, PARTNER_PROBABILITIES),
    ),
    (RESULT,),
)
OCR_RESULT_STEP = Model(
    "ocr_result",
    "python",
    (LINE_TEXT, LINE_QUADS, LINE_SCORES, LINE_COUNTS, SLOT),
    (OCR_BOXES, OCR_TEXTS, OCR_SCORES),
)

MODELS = (
    ORIENTATION, PAGE_STEP, OCR_PAGE_STEP, DETECTOR, *RECOGNIZERS.values(), TEXT_STEP,
    GIVEN_TEXT_STEP, TEXT_ENCODER, SEGMENTS_STEP, BACKBONE, FUSION, RELATION, STRUCTURE_STEP, OCR_RESULT_STEP,
)  # fmt: skip


_UNDERSTAND = (
    Step(TEXT_ENCODER),
    Step(SEGMENTS_STEP),
    Step(BACKBONE, {CANVAS.name: BACKBONE_CANVAS.name}),
    Step(FUSION),
    Step(RELATION),
    Step(STRUCTURE_STEP),
)
_RAW_OUTPUTS = (
    RESULT,
    TRANSFORM,
    SCALE,
    *_SEGMENTS,
    *_one(SEMANTIC, NODE_BOXES, NODE_MASK, NODES, SUBMAPS, CLASS_PROBABILITIES),
    *_one(TYPE_PROBABILITIES, FIELD_PROBABILITIES, PARTNERS, PARTNER_PROBABILITIES),
)

DOCUMENT_WITH_TEXT = Ensemble(
    "document_with_text",
    (IMAGE, BOXES, TEXT, CUT),
    (RESULT,),
    (Step(PAGE_STEP), Step(GIVEN_TEXT_STEP), *_UNDERSTAND),
)


def ensembles(traits: RecognizerTraits) -> tuple[Ensemble, ...]:
    """Every ensemble, reading with a recogniser of these traits."""
    read = (Step(DETECTOR), Step(text_step(traits)))
    steps = (Step(PAGE_STEP), *read, *_UNDERSTAND)
    return (
        Ensemble("document", (IMAGE,), (RESULT,), steps),
        DOCUMENT_WITH_TEXT,
        Ensemble("document_tensors", (IMAGE,), _RAW_OUTPUTS, steps),
        Ensemble(
            "ocr",
            (LANG_TYPE, RAW_IMAGE),
            (OCR_BOXES, OCR_TEXTS, OCR_SCORES),
            (Step(OCR_PAGE_STEP), *read, Step(OCR_RESULT_STEP)),
        ),
    )


ENSEMBLES = ensembles(DEFAULT.recognizer)
DOCUMENT, _, DOCUMENT_TENSORS, OCR = ENSEMBLES
