"""Exact Hamming search over packed codes; it knows no pictures."""
