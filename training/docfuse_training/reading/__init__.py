"""Training of the models that read: the text recogniser and the text detector."""
