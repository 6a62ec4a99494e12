"""Errors of the client; every message is one sentence that says what is wrong and what to do."""


class DocfuseError(Exception):
    """Any failure that docfuse reports."""


class InputError(DocfuseError, ValueError):
    """A file, array or option that cannot be used."""


class NoTextLayerError(InputError):
    """A page without a text layer that can be used, where reading its image is not allowed."""

    code = "NO_TEXT_LAYER"


class ServerError(DocfuseError, RuntimeError):
    """The server failed; `code` is the gRPC status, such as UNAVAILABLE."""

    def __init__(self, message: str, code: str = "UNKNOWN") -> None:
        super().__init__(message)
        self.code = code


class NoServerError(ServerError):
    """There is no docfuse server at the address."""


class PageRefusedError(ServerError):
    """The server cannot process this page; it is fit for others."""


class ServerTimeoutError(ServerError, TimeoutError):
    """No answer within the time allowed."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "DEADLINE_EXCEEDED")
