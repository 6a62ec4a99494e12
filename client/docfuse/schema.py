"""The published JSON Schema of results."""

from __future__ import annotations

import json

from docfuse.result import Document


def schema_text() -> str:
    """JSON Schema of `Document`, as in docs/result.schema.json."""
    return json.dumps(Document.model_json_schema(), indent=2, ensure_ascii=False) + "\n"
