"""Legal forms that companies' names end with, letters of them that were misread, and companies' numbers."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

from docfuse_pipeline.inline_keys import begins_with_tax_number
from docfuse_pipeline.printed_names import squeezed

_FORM: Final = re.compile(
    r"\b(?:sdn\.? ?bhd|bhd|co|corp|ltd|limited|inc|llc|plc|pte|pty|gmbh|ag|kg|ohg|e\.?k|s\.?a\.?r\.?l|"
    r"s\.?a\.?s?|s\.?l|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|oy|ab|aps|sp\. ?z ?[o0]\.? ?[o0]|"
    r"s\.? ?r\. ?o|d\.? ?o\. ?o)(?!\w)\.?",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\s*\(\s*(?:[A-Z][A-Z .:]{0,15})?\d{4,}[\w -]*\)?$", re.IGNORECASE)
"""A registration number in brackets, perhaps with its key, at the end of a name."""
_TAX_NUMBER: Final = re.compile(
    r"(?:[A-Z]{2} )?(?:VAT|EIN|GSTIN|USt|MwSt|TVA|SIRET|NIP|P\.? ?IVA|BTW|TIN)\b[-.\s]*"
    r"(?:ID|No|Nr|Reg)?[-.:\s]*(?:[A-Z]{2,3}[-\s]*)?\d[\d.\s-]{5,}",
    re.IGNORECASE,
)
"""A number with a key that says it is the tax's, perhaps of a country."""
_HOUSE: Final = re.compile(r"[1-9]|, ?co\W*$", re.IGNORECASE)
"""What an address has and no company: a number, or the state of Colorado."""
_MENDED: Final = {"Sdn Bhd": 0.75, "GmbH": 0.75, "Limited": 0.85}
"""Forms that are longer than a misread letter, and how alike the end of a name must be to be one."""


def end_of_form(text: str) -> int:
    """Where the last legal form of a text ends; 0 if it has none."""
    return max((match.end() for match in _FORM.finditer(text)), default=0)


def is_company(text: str) -> bool:
    """Whether a text is a company's name by its end: a legal form, and no number as a street has one."""
    ends = end_of_form(text) >= len(text.rstrip(" ,.")) > 0
    return ends and " " in text.strip() and _HOUSE.search(text) is None


def without_number(name: str) -> str:
    """A company's name without the registration number in brackets behind it."""
    return _NUMBER.sub("", name) or name


def is_number(text: str) -> bool:
    """Whether a text is a registration number in brackets and nothing else."""
    return _NUMBER.fullmatch(text.strip(" ,.")) is not None


def has_tax_number(text: str) -> bool:
    """Whether a text begins with the tax number of a party ("CH VAT CHE-114.398.201")."""
    return _TAX_NUMBER.match(text) is not None or begins_with_tax_number(text)


def with_legal_form(name: str) -> str:
    """A company's name whose legal form is spelled right ("Sbn Bhd" is "Sdn Bhd"), if it ends with one."""
    words = name.split(" ")
    for form, least in _MENDED.items():
        count = len(form.split())
        printed = " ".join(words[-count:])
        alike = SequenceMatcher(None, squeezed(printed), squeezed(form)).ratio()
        if len(words) > count and least <= alike < 1:
            return " ".join([*words[:-count], form.upper() if printed.isupper() else form])
    return name
