"""What the page about the methods refers to exists: tests, files, headings."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("reference", sorted(set(re.findall(r"`(tests/\S+?::\w+)`", TEXT))))
def test_every_test_is_there(reference: str) -> None:
    path, name = reference.split("::")
    assert re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), reference


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((\S+?)\)", TEXT))))
def test_every_link_leads_somewhere(link: str) -> None:
    path, _, heading = link.partition("#")
    text = (ROOT / "docs" / path).read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }
    assert not heading or heading in headings, link


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([\w/]+\.py)`", TEXT))))
def test_every_file_is_there(name: str) -> None:
    assert (ROOT / name).is_file() or any(ROOT.glob(f"*/docfuse*/{name}")), name
