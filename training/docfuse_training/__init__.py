"""Training and evaluation of docfuse's models."""
