"""Tables of line items: varied columns and ruling, items of several lines, nested discounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from docfuse_training.synthetic.blocks import wrap
from docfuse_training.synthetic.content import Item
from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.sheet import BLACK, Face

WHITE = (255, 255, 255)
GREYS = ((238, 238, 238), (225, 230, 238), (245, 240, 230))


@dataclass
class Column:
    """A column: its field, printed header lines, alignment, and the cells' lines by item."""

    name: str
    header: list[str]
    align: str
    cells: list[list[str]]
    over: list[str] = field(default_factory=list)
    """Item numbers printed over the cells, one an item, under a header line of their own; or none."""
    x: float = 0.0
    width: float = 0.0

    def anchor(self) -> float:
        """The x that its texts are aligned to."""
        return {"left": self.x, "right": self.x + self.width, "center": self.x + self.width / 2}[self.align]


@dataclass
class Row:
    """What is printed below an item inside it: a label under the description and an amount, if any."""

    label: str
    amount: str
    label_name: str = "none"
    name: str = "line_discount"


@dataclass
class Grid:
    """A table ready to be laid out."""

    columns: list[Column]
    extras: list[list[Row]] = field(default_factory=list)
    look: str = "lines"


def item_columns(desk: Desk, items: Sequence[Item]) -> list[Column]:
    """Columns in a plausible order with the items' printed cells."""
    rng, locale = desk.rng, desk.locale
    symbol = desk.chance(0.25)
    decimals = rng.choice((0, 0, 2, 3)) if all(item.quantity % 1 == 0 for item in items) else 2
    texts = {
        "position": [[str((i + 1) * 10 if decimals == 3 else i + 1)] for i in range(len(items))],
        "item_number": [[item.number] for item in items],
        "description": [item.description for item in items],
        "quantity": [[locale.number(item.quantity, decimals)] for item in items],
        "unit": [[item.unit] for item in items],
        "unit_price": [[locale.money(item.unit_price, symbol)] for item in items],
        "vat_rate": [[_rate(desk, item.rate)] for item in items],
        "line_discount": [[locale.money(-item.discount, symbol)] for item in items],
        "line_amount": [[locale.money(item.amount, symbol)] for item in items],
        "unknown": [[desk.some(rng.choice(("code", "number", "word")))] for _ in items],
    }
    left = [name for name, share in (("position", 0.45), ("item_number", 0.45)) if desk.chance(share)]
    middle = (
        ["quantity"] * desk.chance(0.93) + ["unit"] * desk.chance(0.35) + ["unit_price"] * desk.chance(0.88)
    )
    if desk.chance(0.15):
        middle = middle[::-1]
    right = ["vat_rate"] * desk.chance(0.3) + ["line_discount"] * (
        any(i.discount for i in items) and desk.chance(0.5)
    )
    order = [*left, "description", *middle, *right, "line_amount"]
    if desk.chance(0.2) and "quantity" in order:
        order.remove("quantity")
        order.insert(0, "quantity")
    if desk.chance(0.12):
        order.insert(rng.randrange(1, len(order)), "unknown")
    if desk.chance(0.06) and "vat_rate" in order:
        order.remove("vat_rate")
        order.append("vat_rate")
    numbers = rng.choice(("right", "right", "right", "center"))
    numeric = {"quantity", "unit_price", "vat_rate", "line_discount", "line_amount"}
    columns = [Column(n, _header(desk, n), _align(n, n in numeric, numbers), texts[n]) for n in order]
    return _stacked(columns) if desk.chance(0.3) else columns


def _stacked(columns: list[Column]) -> list[Column]:
    """The item numbers over the descriptions, in one column, where there are both."""
    by_name = {column.name: column for column in columns}
    number, described = by_name.get("item_number"), by_name["description"]
    if number is None:
        return columns
    described.over = [lines[0] for lines in number.cells]
    described.header = [" ".join(number.header), " ".join(described.header)]
    return [column for column in columns if column is not number]


def _align(name: str, numeric: bool, numbers: str) -> str:
    return ("right" if name in ("line_amount", "unit_price") else numbers) if numeric else "left"


def _rate(desk: Desk, rate: float) -> str:
    text = desk.locale.number(rate, 0 if rate % 1 == 0 else 1)
    return text + desk.rng.choice(("", "%", " %", "%"))


def _header(desk: Desk, name: str) -> list[str]:
    text = desk.locale.word("columns", name)
    if desk.style.upper_keys:
        text = text.upper()
    words = text.split()
    return [words[0], " ".join(words[1:])] if len(words) > 1 and desk.chance(0.3) else [text]


def measure(desk: Desk, grid: Grid, x: float, width: float, face: Face, header: Face) -> bool:
    """Give every column its place; the description takes what is left. False if it does not fit."""
    gap = face.width("0") * desk.rng.choice((1.5, 2, 3))
    for column in grid.columns:
        cells = [line for lines in column.cells for line in lines] + column.over
        cells += [row.amount for rows in grid.extras for row in rows if column is grid.columns[-1]]
        widest = max([face.width(text) for text in cells] + [header.width(text) for text in column.header])
        column.width = widest + gap
    wide = next((c for c in grid.columns if c.name == "description"), grid.columns[0])
    rest = width - sum(c.width for c in grid.columns if c is not wide)
    if rest < face.width("0") * 12:
        return False
    wide.width = rest
    wide.cells = [[part for line in lines for part in wrap(line, face, rest - gap)] for lines in wide.cells]
    for column in grid.columns:
        column.x, x = (
            x + (gap / 2 if column.align != "left" or grid.look in ("grid", "columns") else 0),
            x + column.width,
        )
        column.width -= gap
    return True


def table(desk: Desk, x: float, y: float, width: float, grid: Grid, headers: bool = True) -> float:
    """Draw a table. Returns the y below it; narrower columns are dropped until the table fits."""
    face, head = (desk.style.body, desk.style.bold if desk.chance(0.6) else desk.style.body)
    while not measure(desk, grid, x, width, face, head):
        spare = [c for c in grid.columns if c.name not in ("description", "line_amount")]
        if not spare or len(grid.columns) < 2:
            break
        grid.columns.remove(spare[-1])
    top = y
    boxes: dict[int, list[int]] = {}
    if headers:
        y, boxes = _headers(desk, grid, x, y, width, head)
    pad = desk.rng.choice((2, 4, 8)) if grid.look != "plain" else 1
    for index in range(len(grid.columns[0].cells)):
        start = y
        y = _item(desk, grid, index, y + pad, boxes) + pad
        _rule_item(desk, grid.look, index, x, start, x + width, y)
    _rule_table(desk, grid, x, top, x + width, y)
    return y


def _headers(
    desk: Desk, grid: Grid, x: float, y: float, width: float, face: Face
) -> tuple[float, dict[int, list[int]]]:
    """Header lines, stacked where a header has two. Returns the y below and the boxes by column."""
    style = desk.style
    boxes: dict[int, list[int]] = {}
    step = round(face.size * style.leading)
    height = step * max(len(column.header) for column in grid.columns) + 8
    dark = grid.look == "dark"
    if dark:
        desk.sheet.shape("fill", x, y, x + width, y + height, style.accent)
    elif desk.chance(0.25):
        desk.sheet.shape("fill", x, y, x + width, y + height, desk.rng.choice(GREYS))
    for number, column in enumerate(grid.columns):
        lines = [
            desk.sheet.text(
                column.anchor(),
                y + 4 + i * step,
                text,
                face,
                "table_header",
                "none",
                column.align,
                WHITE if dark else BLACK,
            )
            for i, text in enumerate(column.header)
        ]
        if not column.over:
            desk.sheet.chain(lines)
        boxes[number] = lines
    if grid.look in ("lines", "columns", "zebra") or desk.chance(0.5):
        desk.sheet.shape("line", x, y + height, x + width, y + height, width=desk.rng.choice((1, 2)))
    return y + height + 2, boxes


def _item(desk: Desk, grid: Grid, index: int, y: float, headers: dict[int, list[int]]) -> float:
    """One line item. Returns the y below its last line."""
    sheet, face, step = desk.sheet, desk.style.body, desk.style.line
    every: list[int] = []
    anchor, bottom = -1, y + step
    for number, column in enumerate(grid.columns):
        over, lines = column.over[index : index + 1], column.cells[index]
        texts = [(text, "item_number") for text in over] + [(text, column.name) for text in lines]
        boxes = [
            sheet.text(column.anchor(), y + i * step, text, face, "cell", name, column.align)
            for i, (text, name) in enumerate(texts)
        ]
        cells = boxes[len(over) :]
        sheet.chain(cells)
        if number in headers:
            sheet.relate("header_cell", headers[number][0], boxes[: len(over)])
            sheet.relate("header_cell", headers[number][1 if over else 0], cells)
        every += boxes
        bottom = max(bottom, y + len(texts) * step)
        if column.name == "description" or anchor < 0:
            anchor = cells[0]
    label = next((c for c in grid.columns if c.name == "description"), grid.columns[0])
    for row in grid.extras[index] if grid.extras else ():
        every.append(sheet.text(label.x, bottom, row.label, face, "cell", row.label_name))
        last = grid.columns[-1]
        if row.amount:
            every.append(sheet.text(last.anchor(), bottom, row.amount, face, "cell", row.name, last.align))
        bottom += step
    sheet.relate("cell_item", anchor, every)
    return bottom


def _rule_item(desk: Desk, look: str, index: int, x1: float, y1: float, x2: float, y2: float) -> None:
    if look == "zebra" and index % 2 == 0:
        desk.sheet.shape("fill", x1, y1 + 1, x2, y2, GREYS[0])
    elif look in ("grid", "boxed_rows"):
        desk.sheet.shape("box", x1, y1, x2, y2)
    elif look == "lines":
        desk.sheet.shape("line", x1, y2, x2, y2, (120, 120, 120))


def _rule_table(desk: Desk, grid: Grid, x1: float, y1: float, x2: float, y2: float) -> None:
    if grid.look not in ("grid", "columns"):
        return
    desk.sheet.shape("box", x1, y1, x2, y2)
    for before, after in zip(grid.columns, grid.columns[1:], strict=False):
        middle = (before.x + before.width + after.x) / 2
        desk.sheet.shape("line", middle, y1, middle, y2)


def item_grid(desk: Desk, items: Sequence[Item], look: str) -> Grid:
    """A table of line items; notes are printed inside their items, and discounts without a column too."""
    columns = item_columns(desk, items)
    nested = not any(column.name == "line_discount" for column in columns)
    extras = []
    for item in items:
        rows = [Row(note, "") for note in item.notes]
        if nested and item.discount:
            rows.append(Row(item.discount_label, desk.locale.money(-item.discount, False)))
        extras.append(rows)
    return Grid(columns, extras, look)
