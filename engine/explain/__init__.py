"""Why: where in a photo each bit of its code comes from, and what the bits mean."""
