"""Line items of receipts, in the arrangements that narrow paper has."""

from __future__ import annotations

from dataclasses import dataclass, field

from docfuse_training.synthetic import blocks
from docfuse_training.synthetic.content import Bill, Item
from docfuse_training.synthetic.desk import Desk


def rule(desk: Desk, y: float) -> float:
    """A separator: a drawn line, dashes, or white space. Rows of dashes are drawn, not labelled."""
    sheet, x1, x2 = desk.sheet, desk.style.margin, desk.sheet.width - desk.style.margin
    how = desk.rng.choice(("line", "dashes", "dashes", "stars", "none"))
    middle = y + desk.style.line / 2
    if how == "line":
        sheet.shape("line", x1, middle, x2, middle, width=desk.rng.choice((1, 2)))
    elif how in ("dashes", "stars"):
        step, length = (
            (desk.style.body.size * 0.55, 0.35) if how == "dashes" else (desk.style.body.size * 0.5, 0.12)
        )
        for i in range(int((x2 - x1) / step)):
            sheet.shape(
                "line", x1 + i * step, middle, x1 + i * step + desk.style.body.size * length, middle, width=2
            )
    return y + desk.style.line


def write_items(desk: Desk, y: float, bill: Bill) -> float:
    """The items in one of the arrangements receipts use. Returns the y below."""
    how = desk.layout("receipt_items")
    right = desk.sheet.width - desk.style.margin
    stops = {"line_amount": right - desk.style.body.width("0") * desk.rng.choice((0, 0, 3))}
    stops["unit_price"] = right - desk.width * desk.rng.uniform(0.25, 0.3)
    stops["quantity"] = right - desk.width * desk.rng.uniform(0.48, 0.56)
    headers: dict[str, int] = {}
    if desk.chance(0.55):
        headers = _headers(desk, y, how, stops)
        y = rule(desk, y + desk.style.line) if desk.chance(0.5) else y + desk.style.line
    symbol = desk.chance(0.12)
    for item in bill.items:
        y = _item(desk, y, item, how, stops, headers, symbol)
    return y


def _headers(desk: Desk, y: float, how: str, stops: dict[str, float]) -> dict[str, int]:
    face, sheet = desk.style.body, desk.sheet
    names = ["line_amount"] if how == "one_line" else ["quantity", "unit_price", "line_amount"]
    boxes, limit = {}, desk.sheet.width * 1.0
    for name in reversed(names):
        text = (
            min(desk.locale.words["columns"][name], key=len)
            if desk.chance(0.5)
            else desk.locale.word("columns", name)
        )
        if stops[name] - face.width(text) > desk.style.margin + face.width("0") * 6 and stops[name] < limit:
            boxes[name] = sheet.text(stops[name], y, text, face, "table_header", "none", "right")
            limit = stops[name] - face.width(text)
            limit = sheet.boxes[boxes[name]].box[0] - 4
    text = desk.locale.word("columns", "description")
    if desk.style.margin + face.width(text) < limit:
        boxes["description"] = sheet.text(desk.style.margin, y, text, face, "table_header")
    return boxes


@dataclass
class _Line:
    """The cells of one item as they are written."""

    desk: Desk
    headers: dict[str, int]
    y: float
    cells: list[int] = field(default_factory=list)

    def cell(self, x: float, text: str, name: str, align: str = "left") -> float:
        """Write a cell. Returns the x behind it and a space."""
        sheet, face = self.desk.sheet, self.desk.style.body
        self.cells.append(sheet.text(x, self.y, text, face, "cell", name, align))
        if name in self.headers:
            sheet.relate("header_cell", self.headers[name], [self.cells[-1]])
        return x + face.width(text + " ")

    def description(self, x: float, text: str, room: float) -> int:
        """Write the description in as many lines as it needs. Returns its first cell."""
        first = len(self.cells)
        for i, part in enumerate(blocks.wrap(text, self.desk.style.body, room)):
            self.y += self.desk.style.line if i else 0
            self.cell(x, part, "description")
        self.desk.sheet.chain(self.cells[first:])
        return self.cells[first]


def _item(
    desk: Desk, y: float, item: Item, how: str, stops: dict[str, float], headers: dict[str, int], symbol: bool
) -> float:
    """One item. Returns the y below."""
    style, locale, width = desk.style, desk.locale, desk.width
    line = _Line(desk, headers, y)
    x: float = style.margin
    amount, quantity = (locale.money(item.amount + item.discount, symbol), f"{item.quantity:g}")
    if how == "one_line":
        if desk.chance(0.8) or item.quantity > 1:
            x = line.cell(x, quantity, "quantity") + style.body.width(" ")
        room = stops["line_amount"] - style.body.width(amount + "  ") - x
        anchor = line.description(x, item.description[0], room)
    elif how == "columns":
        room = stops["quantity"] - style.margin - style.body.width("00000")
        anchor = line.description(x, item.description[0], room)
        line.cell(stops["quantity"], quantity, "quantity", "right")
        line.cell(stops["unit_price"], locale.money(item.unit_price, False), "unit_price", "right")
    else:
        if how == "code_first":
            line.cell(x, item.number, "item_number")
            line.y += style.line
        anchor = line.description(x, item.description[0], width)
        line.y += style.line
        if how == "two_lines" and desk.chance(0.4) and style.body.width(item.number) < width * 0.3:
            x = line.cell(x, item.number, "item_number")
        _times(line, x + style.body.width("  ") * desk.rng.choice((0, 1, 2)), quantity, item)
    line.cell(stops["line_amount"], amount, "line_amount", "right")
    if item.discount:
        line.y += style.line
        line.cell(style.margin + style.body.width("  "), item.discount_label, "none")
        line.cell(stops["line_amount"], locale.money(-item.discount, symbol), "line_discount", "right")
    desk.sheet.relate("cell_item", anchor, line.cells)
    return line.y + style.line


def _times(line: _Line, x: float, quantity: str, item: Item) -> None:
    """Quantity × price on one line."""
    desk = line.desk
    x = line.cell(x, quantity, "quantity")
    sign = desk.rng.choice(("x", "X", "*", "@"))
    desk.sheet.text(x, line.y, sign, desk.style.body)
    price = desk.locale.money(item.unit_price, False)
    line.cell(x + desk.style.body.width(sign + " "), price, "unit_price")
