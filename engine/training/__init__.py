"""Fitting and training hashing networks."""
