"""The operations of the simulated API: from parameters to rows."""

# Importing a module registers its operations.
from sandbox.operations import board, draft, floor, games, people, ratings, static, stats  # noqa: F401
