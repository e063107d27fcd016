"""Checks of an environment: what is found, and what to do where it is wrong."""
