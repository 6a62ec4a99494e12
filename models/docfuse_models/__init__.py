"""Torch modules of docfuse: backbone, text encoder, fusion and relation."""
