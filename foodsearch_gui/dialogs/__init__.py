"""Dialogs: settings, decisions, details of errors."""
