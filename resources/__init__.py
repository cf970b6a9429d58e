"""Icons, bundled models and help texts, read with importlib.resources."""
