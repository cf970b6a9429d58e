"""What training minimises: targets, terms, and one criterion a method."""
