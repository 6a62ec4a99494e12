"""Pages from a seed: `generate_page(seed, index)` makes the same page whatever was made before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from random import Random

from docfuse_pipeline.labels import NO_FIELD, RELATIONS, UNKNOWN_FIELD
from docfuse_training.synthetic import archive, degrade, prose
from docfuse_training.synthetic.adorder import write_ad_order
from docfuse_training.synthetic.billing_letter import write_billing_letter
from docfuse_training.synthetic.desk import Desk, Style, make_style
from docfuse_training.synthetic.form import write_form
from docfuse_training.synthetic.invoice import write_invoice
from docfuse_training.synthetic.locales import Locale, locales
from docfuse_training.synthetic.receipt import write_receipt
from docfuse_training.synthetic.sheet import Sheet
from docfuse_training.synthetic.typed_form import write_typed_form
from docfuse_training.truth import TruthBox, TruthPage, text_boxes

ATTEMPTS = 40

Writer = Callable[[Desk], None]
KINDS: dict[str, tuple[float, Writer]] = {
    "invoice": (0.22, lambda desk: write_invoice(desk, "invoice")),
    "billing_letter": (0.05, write_billing_letter),
    "order": (0.06, lambda desk: write_invoice(desk, "order")),
    "receipt": (0.26, write_receipt),
    "ad_order": (0.05, lambda desk: write_ad_order(desk, "order")),
    "ad_invoice": (0.05, lambda desk: write_ad_order(desk, "invoice")),
    "form": (0.1, write_form),
    "typed_form": (0.16, write_typed_form),
    "letter": (0.05, prose.write_letter),
    "memo": (0.03, prose.write_memo),
    "email": (0.03, prose.write_email),
    "resume": (0.03, prose.write_resume),
    "report": (0.03, prose.write_report),
    "other": (0.02, prose.write_other),
    "scientific_paper": (0.02, archive.write_scientific_paper),
    "news_article": (0.02, archive.write_news_article),
    "advertisement": (0.02, archive.write_advertisement),
    "questionnaire": (0.02, archive.write_questionnaire),
    "budget": (0.02, archive.write_budget),
    "presentation": (0.02, archive.write_presentation),
    "specification": (0.02, archive.write_specification),
    "file_folder": (0.02, archive.write_file_folder),
    "handwritten": (0.02, archive.write_handwritten),
}
"""Kind of page → share of the pages, and what writes it."""
CLASSES = {"ad_order": "order", "ad_invoice": "invoice", "billing_letter": "invoice", "typed_form": "form"}
"""Class of the kinds that are not named like their class."""

ARCHIVED = frozenset(KINDS) - {
    "invoice", "billing_letter", "order", "receipt", "ad_order", "ad_invoice", "form",
}  # fmt: skip
"""Kinds of page that archives keep: mostly English, typewritten, and scanned with few pixels or faxed."""


def generate(
    count: int, seed: int, families: str = "train", kinds: Sequence[str] | None = None
) -> Iterator[TruthPage]:
    """Pages 0 … count − 1 of a seed; see `generate_page`."""
    for index in range(count):
        yield generate_page(seed, index, families, kinds)


def generate_page(
    seed: int,
    index: int,
    families: str = "train",
    kinds: Sequence[str] | None = None,
    slanted: bool = True,
) -> TruthPage:
    """One synthetic page with exact truth; it depends on its arguments and the machine's fonts alone.

    Args:
        seed: Which collection of pages.
        index: Which page of it.
        families: "train", or "held_out" for layouts and fonts that no training page has.
        kinds: Names from `KINDS` to choose from; all by default.
        slanted: Whether some pages lie askew on the scanner, so that boxes are hulls of slanted lines.

    Raises:
        ValueError: unknown families or kinds.
    """
    if families not in ("train", "held_out"):
        raise ValueError(f'families is {families!r}: use "train" or "held_out".')
    if unknown := set(kinds or ()) - set(KINDS):
        raise ValueError(f"Unknown kinds {sorted(unknown)}: use some of {', '.join(KINDS)}.")
    for attempt in range(ATTEMPTS):
        rng = Random(f"{seed}/{index}/{families}/{attempt}")
        names = list(kinds or KINDS)
        kind = rng.choices(names, [KINDS[name][0] for name in names])[0]
        desk = make_desk(rng, kind, families == "held_out")
        KINDS[kind][1](desk)
        if desk.sheet.flawless():
            return _page(f"synthetic-{families}-{seed}-{index}", kind, desk, slanted)
    raise RuntimeError(f"No layout of page {index} fitted: a bug of the generator.")


def make_desk(rng: Random, kind: str, held_out: bool) -> Desk:
    """An empty sheet with the style and country of a page of that kind."""
    rows = locales()
    name = rng.choices([row["name"] for row in rows], [row["weight"] for row in rows])[0]
    if kind.startswith("ad_"):
        name = rng.choice(("en_US", "en_US", "en_US", "en_GB"))
    elif kind in ARCHIVED and rng.random() < 0.5:
        name = "en_US"
    if kind == "receipt":
        sheet, style = _roll(rng, held_out)
    elif kind in ARCHIVED:
        sheet, style = _typed(rng, held_out)
        if kind == "presentation" and rng.random() < 0.6:
            sheet = Sheet(sheet.height, sheet.width)
    else:
        sheet, style = _office(rng, held_out, dense=kind.startswith("ad_"))
    return Desk(sheet, style, Locale(name, rng), rng, held_out)


def _office(rng: Random, held_out: bool, dense: bool) -> tuple[Sheet, Style]:
    """A sheet of letter or A4 paper; dense ones have smaller print and may lie on their side."""
    width = rng.choice((850, 1000, 1100, 1240, 1240, 1500, 1654))
    sheet = Sheet(width, round(width * rng.choice((1.294, 1.414, 1.414))))
    size = round(width * (rng.uniform(0.0115, 0.0145) if dense else rng.uniform(0.0125, 0.02)))
    if dense and rng.random() < 0.25:
        sheet = Sheet(sheet.height, sheet.width)
    size = max(size, 11)
    kinds = ("sans", "sans", "sans", "serif", "serif", "mono", "condensed")
    return sheet, make_style(rng, size, kinds, held_out, round(width * rng.uniform(0.05, 0.1)))


def _typed(rng: Random, held_out: bool) -> tuple[Sheet, Style]:
    """A sheet as archives keep it: few pixels, often a typewriter's face."""
    width = rng.choice((720, 760, 760, 800, 850, 1000, 1240))
    sheet = Sheet(width, round(width * rng.uniform(1.2, 1.4)))
    size = max(11, round(width * rng.uniform(0.0135, 0.019)))
    kinds = ("mono", "mono", "sans", "serif", "serif")
    return sheet, make_style(rng, size, kinds, held_out, round(width * rng.uniform(0.06, 0.13)))


def _roll(rng: Random, held_out: bool) -> tuple[Sheet, Style]:
    """A receipt's strip of paper, cut to length when it is written."""
    width = rng.choice((420, 520, 600, 600, 640, 760))
    kinds = ("mono", "mono", "mono", "sans", "condensed")
    style = make_style(
        rng, round(width * rng.uniform(0.028, 0.04)), kinds, held_out, round(width * rng.uniform(0.03, 0.12))
    )
    return Sheet(width, width * 12), style


def _page(name: str, kind: str, desk: Desk, slanted: bool) -> TruthPage:
    sheet = desk.sheet
    faxed = 0.4 if kind in ARCHIVED else 0.12
    recipe = degrade.make_recipe(desk.rng, sheet.width, sheet.height, kind == "receipt", faxed)
    if not slanted:
        recipe = replace(recipe, matrix=degrade.STILL)
    boxes = [TruthBox(degrade.move(recipe, box.box), box.text, box.type, box.field) for box in sheet.boxes]
    return TruthPage(
        name,
        partial(degrade.render, sheet.width, sheet.height, tuple(sheet.ops), recipe),
        boxes,
        list(sheet.relations),
        frozenset(RELATIONS),
        CLASSES.get(kind, kind),
    )


def printed_values(page: TruthPage) -> dict[str, list[str]]:
    """Document field → its values as printed on a page, the lines of one text joined by spaces."""
    found: dict[str, list[str]] = {}
    for lines in text_boxes(page):
        box = page.boxes[lines[0]]
        if box.type != "value" or box.field in (None, NO_FIELD, UNKNOWN_FIELD):
            continue
        text = " ".join(page.boxes[i].text for i in lines)
        if text not in found.setdefault(box.field or "", []):
            found[box.field or ""].append(text)
    return found
