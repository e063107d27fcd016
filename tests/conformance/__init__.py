"""The simulated API beside the API's own server: `python -m tests.conformance` prints the table."""
