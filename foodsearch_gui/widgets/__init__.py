"""Reusable parts of pages; they know nothing of the session."""
