"""The configuration: what it may be, and the file that holds it."""
