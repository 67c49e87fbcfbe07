"""The guide to a new chat channel: five steps, nothing written before the end, then everything at once."""
