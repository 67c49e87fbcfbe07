"""Files that people send: what they are, what they are called, where they lie, and how they are fetched."""
