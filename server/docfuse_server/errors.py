"""Errors of the embedded server."""


class ServerError(RuntimeError):
    """The server cannot be started or kept alive; the message says why and what to do."""


class LostStepError(ServerError):
    """The process of a Python step was gone before the server was ready, which may not happen again."""


class InterruptedStartError(ServerError):
    """A stop was requested before the server was ready."""
