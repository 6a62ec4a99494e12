"""Client of docfuse: send a page, get back what it is and what it says.

from docfuse import Client

with Client("localhost:8001") as client:
    document = client.analyze("invoice.pdf")
print(document.classification.label, document.field("payable_amount"))
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docfuse.aio import AsyncClient as AsyncClient
    from docfuse.client import Client as Client
    from docfuse.errors import DocfuseError as DocfuseError
    from docfuse.errors import InputError as InputError
    from docfuse.errors import NoServerError as NoServerError
    from docfuse.errors import PageRefusedError as PageRefusedError
    from docfuse.errors import ServerError as ServerError
    from docfuse.errors import ServerTimeoutError as ServerTimeoutError
    from docfuse.options import Limits as Limits
    from docfuse.options import Retries as Retries
    from docfuse.options import Tls as Tls
    from docfuse.result import Box as Box
    from docfuse.result import Document as Document
    from docfuse.result import ExtractedField as ExtractedField
    from docfuse.result import Page as Page
    from docfuse.result import PageError as PageError
    from docfuse.result import Table as Table
    from docfuse.sources import load_pages as load_pages

_HOMES = {
    "AsyncClient": "aio",
    "Client": "client",
    "DocfuseError": "errors",
    "InputError": "errors",
    "NoServerError": "errors",
    "PageRefusedError": "errors",
    "ServerError": "errors",
    "ServerTimeoutError": "errors",
    "Limits": "options",
    "Retries": "options",
    "Tls": "options",
    "Box": "result",
    "Document": "result",
    "ExtractedField": "result",
    "Page": "result",
    "PageError": "result",
    "Table": "result",
    "load_pages": "sources",
}
"""Where each public name lives; imported when it is first asked for, so that `import docfuse` is quick."""

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return metadata.version("docfuse")
    if name not in _HOMES:
        raise AttributeError(f"module 'docfuse' has no attribute '{name}'")
    return getattr(import_module(f"docfuse.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
