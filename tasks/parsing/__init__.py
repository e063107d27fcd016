"""Responses to typed frames: parsing, repair of numbers, drift."""
