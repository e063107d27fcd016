"""Rows of responses, made from simulated games."""
