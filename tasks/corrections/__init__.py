"""Corrections: values that the source changed, from all responses to the same request, as a table."""
