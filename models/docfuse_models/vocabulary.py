"""The text encoder's vocabulary: XLM-R's pieces cut to the Latin-script languages of Europe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram

from docfuse_models.pretrained import read_e5

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
PAD, UNKNOWN = 1, 3
SIZE = 24_000
LANGUAGES = {
    "en": 3.0, "de": 2.0, "fr": 2.0, "es": 2.0, "it": 1.5, "nl": 1.5, "pt": 1.5, "pl": 1.5, "sv": 1.2,
    "da": 1.0, "nb": 1.0, "fi": 1.0, "cs": 1.0, "ro": 1.0, "hu": 1.0, "sk": 0.7, "sl": 0.7, "sh": 0.8,
    "ca": 0.6, "lt": 0.5, "lv": 0.5, "is": 0.4, "tr": 0.7,
}  # fmt: skip
"""Languages that the vocabulary is chosen for, with their weights."""
_MARKS = frozenset("▁€₤£•–—−‘’“”„…™№‰×√→■●□▪►★○◆’‚‹›ȘșȚț")


def is_european(piece: str) -> bool:
    """Whether a piece has only Latin letters of Europe, digits, punctuation and a few marks."""
    return bool(piece) and piece[0] != "<" and all(ord(c) < 0x180 or c in _MARKS for c in piece)


def common_words() -> list[tuple[str, float]]:
    """Common words of each language, of the `wordfreq` package; they choose pieces and nothing else."""
    import wordfreq  # a large package that only a new vocabulary needs

    words = []
    for language, weight in LANGUAGES.items():
        for word in wordfreq.top_n_list(language, 25_000 if weight > 1 else 10_000):
            words.append((word, weight * wordfreq.word_frequency(word, language) ** 0.4))
    return words


def business_words(weight: float) -> list[tuple[str, float]]:
    """Words that bills and forms print, in the languages that the vocabulary is for, and short numbers."""
    text = Path(__file__).with_name("terms.txt").read_text(encoding="utf-8")
    numbers = (
        [f"{n}" for n in range(100)] + [f"{n:02d}" for n in range(10)] + [f"{y}" for y in range(1990, 2040)]
    )
    numbers += [f"{whole}{mark}{n:02d}" for n in range(100) for mark in ".," for whole in (3, 271)]
    return [(word, weight) for word in dict.fromkeys([*text.split(), *numbers])]


def spellings(words: Iterable[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    """The ways documents print each word, with weights: as it is, capitalised, in capitals."""
    for word, weight in words:
        yield word, weight
        yield word.capitalize(), 0.7 * weight
        yield word.upper(), 0.2 * weight


def select_pieces(
    pieces: Sequence[str], scores: np.ndarray, words: Iterable[tuple[str, float]], size: int = SIZE
) -> np.ndarray:
    """Choose the pieces that spell the given words, the heaviest first.

    Single characters are always kept, so that any word can be spelled; places that are left over go to the
    most probable pieces.

    Args:
        pieces: all pieces in the order of their ids, which is that of falling probability; the first four
            are the special ones.
        scores: float [len(pieces)], log probabilities.
        words: words with their weights.
        size: number of pieces to keep, the special ones included.

    Returns:
        int64 [size], ascending old ids; the first four are the special ones.
    """
    first = len(SPECIAL)
    tokenizer = build_tokenizer(pieces, scores)
    weights: Counter[int] = Counter()
    entries = list(spellings(words))
    for encoding, (_, weight) in zip(tokenizer.encode_batch([w for w, _ in entries]), entries, strict=True):
        weights.update(dict.fromkeys(encoding.ids, weight))
    fitting = [i for i in range(first, len(pieces)) if is_european(pieces[i])]
    single = {i for i in fitting if len(pieces[i].lstrip("▁")) <= 1}
    others = sorted((i for i in fitting if i not in single), key=lambda i: (-weights[i], i))
    return np.array([*range(first), *sorted([*single, *others[: size - first - len(single)]])])


def build_tokenizer(pieces: Sequence[str], scores: np.ndarray) -> Tokenizer:
    """A Unigram tokenizer without special tokens that follows XLM-R's normalisation.

    Args:
        pieces: pieces in the order of the ids.
        scores: float [len(pieces)], log probabilities.
    """
    vocabulary = [(piece, float(score)) for piece, score in zip(pieces, scores, strict=True)]
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(
                Regex(r"[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u200B-\u200F\uFEFF]"), ""
            ),
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"\s+"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    return tokenizer


def choose_vocabulary(path: Path, size: int = SIZE) -> None:
    """Choose the pieces anew and write the tokenizer to `path`; every later stage has to be trained again."""
    e5 = read_e5()
    kept = select_pieces(e5.pieces, e5.scores, [*common_words(), *business_words(10.0)], size)
    build_tokenizer([e5.pieces[i] for i in kept], e5.scores[kept]).save(str(path))
