"""Line items by the places of their cells: units beside quantities, amounts in the column of amounts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from docfuse_pipeline.item_rows import CellUnit, ItemCells
from docfuse_pipeline.printed_names import column_name
from docfuse_pipeline.units import SAME_ROW, row_overlap

_QUANTITY, _UNIT, _PRICE = "quantity", "unit", "unit_price"
_AMOUNT, _DISCOUNT = "line_amount", "line_discount"
_POSITION, _DESCRIPTION = "position", "description"
_WORD = re.compile(r"[^\W\d_]{2,9}\.?")
_MEASURES = frozenset(
    """
    pc pcs pce pces pkg pack pair ea each un unit units ud uds no nos set sets kit kits box boxes bx
    btl ctn cs ct doz lot roll rol h hr hrs hour hours min day days month months mo yr yrs week
    weeks g kg mg gr t lb lbs oz m km cm dm mm m2 m3 m² m³ km2 km² cm2 cm² cm3 cm³ dm3 dm³ mm2 mm²
    lm l ml cl hl ltr gal kwh kw st stk stck stü stück std psch pausch tag tage monat monate jahr
    jahre paar pa pak fl kt ktn lfm qm cbm ve me pal piece pieces pièce pièces pz u bte heure heures
    jour jours mois forfait for nr ore conf kpl kappale pss pkt tab tabl rll szt kompl op usł usl
    godz ks hod den dn dní dni kus bal db ora csom kom sat buc luni vnt val gab tk tund stuk stuks
    uur dag dagen zak doos tim timm timmar timmer styck dgr frp sv cx hora horas
    """.split()
)
"""What is counted or measured, in many languages, in small letters without a dot."""
_COUNT = re.compile(r"\d{1,4}")
_QUANTITY_WITH_UNIT = re.compile(r"(-?\d[\d.,]*) ?(\D.*)")
_NUMBERED = re.compile(r"(\d{1,3})(?: (\D.*)|$)")
_VOTES = 2
"""Amounts above and below that show where the column of amounts ends."""
_FLUSH = 0.6
"""Most that right ends of one column differ, in heights of their text."""


def by_places(items: Sequence[ItemCells]) -> list[ItemCells]:
    """The items of a table, cells named by what stands beside them.

    A word behind a quantity is its unit, a lone number that was taken for a unit is a quantity, and numbers
    that all descriptions begin with, one after another, are positions. Where an item has no amount, what ends
    where the amounts of others do is its amount: a negative one is taken for a discount easily. Where no item
    has one, lone prices are amounts.
    """
    ends = [(cell.unit.hull[2], item) for item in items for cell in _all(item, _AMOUNT)]
    lone = not ends and not any(_all(item, _QUANTITY) and _all(item, _PRICE) for item in items)
    found = []
    for item in items:
        others = [end for end, other in ends if other is not item]
        cells = (_counted(cell, item) for cell in item.cells)
        if not _all(item, _AMOUNT):
            cells = (_priced(cell, others, lone) for cell in cells)
        found.append(_with_unit(ItemCells(tuple(cells))))
    return _with_positions(found)


def _with_unit(item: ItemCells) -> ItemCells:
    """The item, a quantity with its unit ("186 m2") made two cells where it has no other unit."""
    quantities = _all(item, _QUANTITY)
    parts = _QUANTITY_WITH_UNIT.fullmatch(quantities[0].unit.text) if len(quantities) == 1 else None
    if parts is None or _all(item, _UNIT) or not _is_measure(parts[2]):
        return item
    return _split(item, quantities[0], (_QUANTITY, parts[1]), (_UNIT, parts[2]))


def _with_positions(items: list[ItemCells]) -> list[ItemCells]:
    """The items; numbers that all descriptions begin with, each the next one, are their positions."""
    described = [(item, _all(item, _DESCRIPTION)) for item in items]
    firsts = [_NUMBERED.match(cells[0].unit.text) if cells else None for _, cells in described]
    if len(items) < _VOTES or None in firsts or any(_all(item, _POSITION) for item in items):
        return items
    numbers = [int(first[1]) for first in firsts if first]
    if {after - before for before, after in pairwise(numbers)} not in ({1}, {10}):
        return items
    return [
        _split(item, cells[0], (_POSITION, first[1]), *([(_DESCRIPTION, first[2])] if first[2] else []))
        for (item, cells), first in zip(described, firsts, strict=True)
        if first
    ]


def _split(item: ItemCells, cell: CellUnit, *parts: tuple[str, str]) -> ItemCells:
    """The item, a cell of it made several of the given names and texts."""
    cells = [replace(cell, name=name, unit=replace(cell.unit, text=text)) for name, text in parts]
    return ItemCells(tuple(new for old in item.cells for new in (cells if old is cell else [old])))


def _all(item: ItemCells, name: str) -> list[CellUnit]:
    return [cell for cell in item.cells if cell.name == name]


def _counted(cell: CellUnit, item: ItemCells) -> CellUnit:
    """The cell, a unit behind its quantity, or a quantity that was taken for a unit."""
    if cell.name == _UNIT and _COUNT.fullmatch(cell.unit.text) and not _all(item, _QUANTITY):
        return replace(cell, name=_QUANTITY)
    told = column_name(cell.header or "") in (_QUANTITY, _UNIT)
    measure = _is_measure(cell.unit.text) or (told and _WORD.fullmatch(cell.unit.text))
    if cell.name is None and measure and not _all(item, _UNIT):
        if any(_is_behind(quantity, cell, item) for quantity in _all(item, _QUANTITY)):
            return replace(cell, name=_UNIT)
    return cell


def _is_measure(text: str) -> bool:
    return text.removesuffix(".").lower() in _MEASURES


def _is_behind(quantity: CellUnit, cell: CellUnit, item: ItemCells) -> bool:
    """Whether a cell is the next one behind a quantity on its row, and before a price or an amount."""
    row = [c for c in item.cells if row_overlap(c.unit.hull, quantity.unit.hull) >= SAME_ROW]
    right = sorted((c for c in row if c.unit.hull[0] >= quantity.unit.hull[2]), key=lambda c: c.unit.hull[0])
    return right[:1] == [cell] and any(c.name in (_PRICE, _AMOUNT) for c in right[1:])


def _priced(cell: CellUnit, ends: Sequence[float], lone: bool) -> CellUnit:
    """The cell as its item's amount, if it ends where others do, or is a price where no item has more."""
    height = cell.unit.hull[3] - cell.unit.hull[1]
    votes = sum(abs(cell.unit.hull[2] - end) <= _FLUSH * height for end in ends)
    if cell.name == _DISCOUNT and "%" not in cell.unit.text and votes >= _VOTES:
        return replace(cell, name=_AMOUNT)
    return replace(cell, name=_AMOUNT) if cell.name == _PRICE and lone else cell
