"""Errors of the embedded server."""


class ServerError(RuntimeError):
    """The server cannot be started or kept alive; the message says why and what to do."""


class InterruptedStartError(ServerError):
    """A stop was requested before the server was ready."""
