"""From weights to a complete Triton model repository."""
