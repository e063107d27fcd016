"""Completeness: which data should exist, which exists, and which requests are due."""
