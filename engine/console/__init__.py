"""What the command line says and how its commands do their work."""
