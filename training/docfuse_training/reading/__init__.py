"""Training of the text recogniser."""
