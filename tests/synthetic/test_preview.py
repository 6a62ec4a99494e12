"""Previews: the truth of a synthetic page drawn on it."""

from __future__ import annotations

from docfuse_training.synthetic import generate_page
from docfuse_training.synthetic.preview import annotate


def test_a_preview_leaves_its_page_as_it_is() -> None:
    page = generate_page(5, 0)
    image = page.load_image().copy()
    image.flags.writeable = False  # as the pages that no scanner has seen are
    assert (annotate(image, page) != image).any()
