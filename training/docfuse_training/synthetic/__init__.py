"""Synthetic documents with exact boxes, types, fields and relations."""

from docfuse_training.synthetic.generate import KINDS, generate, generate_page, printed_values

__all__ = ["KINDS", "generate", "generate_page", "printed_values"]
