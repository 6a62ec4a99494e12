"""Training of the models behind the reading: segments, types, fields, relations and page class."""
