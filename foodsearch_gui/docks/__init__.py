"""Panels at the right of the window."""
