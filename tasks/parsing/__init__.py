"""Responses to typed frames: parsing, repair of values of another type, drift from the contract."""
