"""Retrieval metrics and the protocols they are measured by."""
