"""Printed dates and times → ISO 8601, without a template and in the languages of Europe.

A rule of its own rather than a library's parser, which takes milliseconds a call and reads dates into prices.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

_MONTH_STEMS = (
    "jan gen ene ian sty led tammi januar",
    "feb fev fevr lut uno helmi",
    "mar mars maa mrt maer bre maalis",
    "apr avr abr kwi dub huhti",
    "may mai mag mei maj kve touko",
    "jun juin giu cze cer crv iun kesa",
    "jul juil lug lip cervenec cervenc crc iul heina",
    "aug aou ago sie srp elo",
    "sep set wrz zar szep syys",
    "oct okt ott out paz rij loka",
    "nov lis listopad noi marras",
    "dec dez dic des gru pro joulu",
)
"""How month names begin, accents aside: en de fr es it pt nl sv da no fi pl cs hu ro."""
_STEMS = {stem: number for number, stems in enumerate(_MONTH_STEMS, 1) for stem in stems.split()}
_LONGEST = max(map(len, _STEMS))
_WORD = r"(?P<month>[^\W\d_]{3,12})"
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?<!\d)(?P<year>(?:19|20)\d\d)\s?([-/.])\s?(?P<second>\d{1,2})\s?\2\s?(?P<first>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<first>\d{1,2})\s?([-/.])\s?(?P<second>\d{1,2})\s?\2\s?(?P<year>\d{4}|'?\d{2})(?!\d)",
        r"(?<!\d)(?P<first>\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?[\s\-/,.]*(?:de\s|of\s)?\s*" + _WORD
        + r"[\s\-/,.]*(?:de\s|del\s)?\s*(?P<year>\d{4}|'?\d{2})(?!\d)",
        _WORD + r"[\s\-/.]*(?P<first>\d{1,2})(?:st|nd|rd|th)?(?:[\s\-/,.]+|(?='))"
        r"(?P<year>\d{4}|(?:'\s?)?\d{2})(?!\d)",
        r"(?<!\d)(?P<year>(?:19|20)\d\d)[\s\-/.]*" + _WORD + r"[\s\-/.]*(?P<first>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<year>20\d\d)(?P<second>[01]\d)(?P<first>[0-3]\d)(?!\d)",
        r"(?<!\d)(?P<first>[0-3]\d)[-./ ]?(?P<second>[01]\d)[-./ ]?(?P<year>20\d\d)(?!\d)",
        r"(?<!\d)(?P<first>\d{1,2}) (?P<second>\d{1,2}) (?P<year>(?:19|20)\d\d)(?!\d)",
    )
)  # fmt: skip
"""Year, month, day forms by decreasing certainty; the last but one misses the signs that reading lost."""
_CENTURY_PIVOT = 70
"""Two-digit years from here on are of the last century, as in POSIX."""
_TIME = re.compile(
    r"(?<![\d.,:/-])(?P<hour>[0-2]?\d)\s?(?P<sign>[:.h])\s?(?P<minute>[0-5]\d)(?:\s?[:.]\s?(?P<second>[0-5]\d))?"
    r"(?![\d/]|[.,]\d)(?P<half>\s?[AaPp]\.?\s?[Mm]\b|[AaPp]\b)?"
    r"|(?<![\d.,:/-])(?P<whole>\d{1,2})\s?(?P<half2>[AaPp]\.?[Mm]\b)"
)
_OPENED = re.compile(
    r"(?<![\w.,/])(?P<day>\d{1,2}(?:[./]\d{1,2})?\.?|\d{1,2}\.? ?[^\W\d_]{3,12}\.?"
    r"|[^\W\d_]{3,12}\.? ?\d{1,2})\s*(?:[-–]|bis(?: zum)?|to|until|au|al?|t/m|do|till)\s*$",
    re.IGNORECASE,
)
"""The first day of a period, before the last one."""


def find_dates(text: str, day_first: bool | None = None) -> list[str]:
    """All dates of a text in the order they are printed, ISO 8601.

    Args:
        text: tidied text.
        day_first: how 03/04/2019 is read; None reads the day first.
    """
    return [date for _, _, date in _dates(text, day_first is not False)]


def find_period(text: str, day_first: bool | None = None) -> tuple[str, str] | None:
    """First and last day of a period, ISO 8601: two dates, the first perhaps without its month or year.

    Args:
        text: tidied text, such as "24.08. - 04.09.2026", "Oct 3 - Nov 3, 2026" or "1. bis 30.6.2026".
        day_first: as for `find_dates`.
    """
    dates = _dates(text, day_first is not False)
    days = [date for _, _, date in dates]
    if len(days) == 1 and (opened := _OPENED.search(text[: dates[0][0]])):
        days = [*find_dates(_completed(opened["day"].rstrip("."), days[0]), day_first), *days]
    return (days[0], days[1]) if len(days) == 2 and days[0] <= days[1] else None


def _completed(day: str, last: str) -> str:
    """A day without its year ("24.08", "Oct 3"), perhaps without its month, with those of a date."""
    year, month, _ = last.split("-")
    sign = next((sign for sign in "./" if sign in day), " ")
    return f"{day}.{month}.{year}" if day.isdigit() else f"{day}{sign}{year}"


def _dates(text: str, day_first: bool) -> list[tuple[int, int, str]]:
    """Begin, end and date of all dates of a text."""
    found: list[tuple[int, int, str]] = []
    for form in _FORMS:
        for match in form.finditer(text):
            free = all(match.end() <= start or match.start() >= end for start, end, _ in found)
            if free and (date := _date(match, day_first)):
                found.append((match.start(), match.end(), date))
    return sorted(found)


def find_times(text: str) -> list[str]:
    """All times of a text, HH:MM or HH:MM:SS, no parts of dates; those with a colon come first."""
    for begin, end, _ in reversed(_dates(text, True)):
        text = f"{text[:begin]} {text[end:].lstrip(' /,-')}"
    found: list[tuple[bool, str]] = []
    for match in _TIME.finditer(text):
        hour = int(match["hour"] or match["whole"])
        half = (match["half"] or match["half2"] or "").strip().lower()
        if half:
            hour = hour % 12 + (12 if half[0] == "p" else 0)
        if hour < 24:
            second = f":{match['second']}" if match["second"] else ""
            found.append((match["sign"] != ":", f"{hour:02d}:{match['minute'] or '00'}{second}"))
    return [time for _, time in sorted(found, key=lambda entry: entry[0])]


def month_number(word: str) -> int | None:
    """Number of a month's name or abbreviation, or None."""
    plain = unicodedata.normalize("NFD", word.casefold().replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("ź", "z")
    for length in range(min(len(plain), _LONGEST), 2, -1):
        if number := _STEMS.get(plain[:length]):
            return number
    return None


def _date(match: re.Match[str], day_first: bool) -> str | None:
    groups = match.groupdict()
    printed, first = groups["year"].lstrip("' "), int(groups["first"])
    year = int(printed)
    if len(printed) == 2:
        year += 1900 if year >= _CENTURY_PIVOT else 2000
    if word := groups.get("month"):
        month = month_number(word)
        return _iso(year, month, first) if month else None
    second = int(groups["second"])
    if match.start("year") == match.start() or day_first:
        orders = ((second, first), (first, second))
    else:
        orders = ((first, second), (second, first))
    return _iso(year, *orders[0]) or _iso(year, *orders[1])


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None
