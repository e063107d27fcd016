"""A new endpoint from an example of its response: contract, simulated operation and example rows, as source text."""
