"""Rows of responses, built from simulated games."""
