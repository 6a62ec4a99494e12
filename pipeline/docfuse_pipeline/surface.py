"""Surface features: what a segment's text looks like, whatever its language.

They stand beside the mean of its token features: the subword pieces of a number say little about its form.
"""

import math
import re
from collections.abc import Sequence

import numpy as np

from docfuse_pipeline.hints import CURRENCY
from docfuse_pipeline.settings import SURFACE_WIDTH

SURFACE_FEATURES = (
    "length",  # log(1 + characters) / log(65), at most 1
    "words",  # log(1 + words) / log(17), at most 1
    "digits",  # share of the characters, white space aside
    "upper",  # share of upper-case letters
    "punctuation",  # share of what is neither letter nor digit
    "capital",  # 1 if the first letter is upper case
    "colon",  # 1 if it ends with a colon
    "currency",  # 1 if it has a currency symbol or a code such as EUR
    "amount",  # 1 if it has a number with two decimals
    "integer",  # 1 if it is one whole number
    "date",  # 1 if it has three numbers, or two around a word, joined as in a date
    "time",  # 1 if it has a time such as 14:32
    "percent",  # 1 if it has a percent sign after a number
    "address",  # 1 if it has an e-mail or web address
    "code",  # 1 if a word mixes letters and digits
    "registration",  # 1 if it has the form of an IBAN or a VAT number
)
LONG_TEXT, MANY_WORDS = 64, 16

_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        CURRENCY.pattern,
        r"(?<![\d.,])\d{1,3}(?:[.,' ]?\d{3})*[.,]\s?\d\d(?![\d.,/]*\d)",
        r"^\d+$",
        r"\b\d{1,4}([-/.])\s?\d{1,2}\1\s?\d{2,4}\b|\b\d{1,2}\.?[ \-/]?[^\W\d_]{3,10}[.,]{0,2}[ \-/]?\d{2,4}\b"
        r"|\b[^\W\d_]{3,10}\.? \d{1,2},? \d{4}\b",
        r"\b[0-2]?\d:[0-5]\d\b|\b[0-2]?\d(?:[.h][0-5]\d)?\s?(?:[AaPp]\.?[Mm]\b|Uhr\b)",
        r"\d\s?%",
        r"\S@\S+\.\w{2}|\bwww\.|https?://|\b[\w-]+\.(?:com|org|net|de|fr|es|it|pl|se|eu|co\.uk)\b",
        r"\b(?=\w*\d)(?=\w*[^\W\d_])\w{3,}\b(?![.,]\d)|\b[A-Z]{1,5}-\d+",
        r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}|\b[A-Z]{2} ?[A-Z]?\d{8,12}[A-Z]?\b",
    )
)
"""The forms `currency` to `registration`, in order."""


def surface_features(texts: Sequence[str]) -> np.ndarray:
    """Surface features of segment texts, in the order of `SURFACE_FEATURES`.

    Returns:
        float32 [n, SURFACE_WIDTH], every value from 0 to 1; an empty text is all zeros.
    """
    return np.array([_features(text.strip()) for text in texts], np.float32).reshape(-1, SURFACE_WIDTH)


def _features(text: str) -> list[float]:
    visible = "".join(text.split())
    if not visible:
        return [0.0] * SURFACE_WIDTH
    total = len(visible)
    initial = next(filter(str.isalpha, visible), "")
    return [
        min(math.log1p(len(text)) / math.log1p(LONG_TEXT), 1.0),
        min(math.log1p(len(text.split())) / math.log1p(MANY_WORDS), 1.0),
        sum(map(str.isdigit, visible)) / total,
        sum(map(str.isupper, visible)) / total,
        1 - sum(map(str.isalnum, visible)) / total,
        float(initial.isupper()),
        float(visible[-1] in ":："),
        *(float(form.search(text) is not None) for form in _FORMS),
    ]
