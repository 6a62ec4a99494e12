"""What a repository's detector and recogniser are like, beyond the tensors that they share.

The export writes the traits as `reading.json` beside the step that works with them (`text`), so that
thresholds, alphabet, crops and decoding come with the models. The defaults are those of PP-OCRv6 as a
detector and of docfuse's own recogniser.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from docfuse_pipeline.alphabet import ALPHABET
from docfuse_pipeline.settings import CROP_CAPS, CROP_HEIGHT, STEP_CHOICES, STEP_WIDTH

FILE: Final = "reading.json"
"""Name of the file beside a step's `model.py`."""


@dataclass(frozen=True)
class DetectorTraits:
    """How text lines are found on a detector's text map.

    Attributes:
        ink: least probability of a text pixel.
        box: least mean probability of a line.
        unclip: by how much a line is widened, in the terms of DB (Liao et al. 2020).
        opened: whether specks are taken away from the map (docTR) rather than gaps closed (PP-OCR), and
            holes in text do not count as text.
        words: whether the detector finds words, which are then joined to lines.
    """

    ink: float = 0.3
    box: float = 0.5
    unclip: float = 1.3
    opened: bool = False
    words: bool = False


@dataclass(frozen=True)
class RecognizerTraits:
    """How crops are cut for a recogniser, and how its answers become text.

    Attributes:
        alphabet: character per index of CHARACTERS; index 0 is the blank of CTC or the end of the text.
        decoding: `ctc`, or `attention`: one character per step up to the end.
        height: height of a crop, pixels.
        caps: most crops of one page for each crop width, pixels, ascending.
        steps: steps of CHARACTERS for each crop width.
        pieces: whether a long line is cut into overlapping pieces (docTR) rather than put into a wider crop.
        choices: characters that each step holds possible; of several, a character model chooses.
    """

    alphabet: tuple[str, ...] = ALPHABET
    decoding: Literal["ctc", "attention"] = "ctc"
    height: int = CROP_HEIGHT
    caps: Mapping[int, int] = field(default_factory=lambda: dict(CROP_CAPS))
    steps: Mapping[int, int] = field(
        default_factory=lambda: {width: width // STEP_WIDTH for width in CROP_CAPS}
    )
    pieces: bool = False
    choices: int = STEP_CHOICES

    @property
    def widths(self) -> tuple[int, ...]:
        """Crop widths, ascending."""
        return tuple(self.caps)


@dataclass(frozen=True)
class ReadingTraits:
    """Traits of the two models that read a page."""

    detector: DetectorTraits = field(default_factory=DetectorTraits)
    recognizer: RecognizerTraits = field(default_factory=RecognizerTraits)

    @classmethod
    def beside(cls, step: str) -> ReadingTraits:
        """Traits from the file beside a step; the defaults if there is none.

        Args:
            step: the step's `__file__`.
        """
        path = Path(step).with_name(FILE)
        return cls.from_json(path.read_text(encoding="utf-8")) if path.is_file() else cls()

    @classmethod
    def from_json(cls, text: str) -> ReadingTraits:
        """Traits from what `to_json` wrote."""
        found: dict[str, dict[str, Any]] = json.loads(text)
        recognizer = found["recognizer"]
        sizes = {key: {int(w): n for w, n in recognizer[key].items()} for key in ("caps", "steps")}
        alphabet = tuple(recognizer["alphabet"])
        return cls(
            DetectorTraits(**found["detector"]),
            RecognizerTraits(**{**recognizer, **sizes, "alphabet": alphabet}),
        )

    def to_json(self) -> str:
        """Text of the file."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


DEFAULT: Final = ReadingTraits()
"""Lines of any length, CTC over the Latin alphabet."""
