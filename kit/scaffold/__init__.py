"""Drafts a new endpoint from an example response: contract, simulated operation and example rows, as source text."""
