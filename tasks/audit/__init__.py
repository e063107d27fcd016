"""The audit: completeness and quality of a lake, and the reports about it."""
