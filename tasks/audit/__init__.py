"""The audit: what a lake has of what it must have, how good it is, and the report about it."""
