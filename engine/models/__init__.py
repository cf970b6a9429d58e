"""Trained models as files: the bundle format and the store of installed ones."""
