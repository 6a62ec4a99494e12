"""Starts and supervises an embedded tritonserver."""
