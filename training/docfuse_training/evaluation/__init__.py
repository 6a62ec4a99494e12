"""Evaluation: metrics by the field's definitions, and the command that measures a served docfuse."""
