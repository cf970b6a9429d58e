"""Item models over the values of the engine; they live in the GUI thread."""
