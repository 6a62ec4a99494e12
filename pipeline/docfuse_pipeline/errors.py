"""Errors whose message is meant for the caller."""


class BadPageError(ValueError):
    """The page cannot be processed; the message says what is wrong with it and what to do."""


class OverloadedError(RuntimeError):
    """The server is full; the caller may try again later."""
