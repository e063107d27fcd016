"""All modules that hold operations: importing this one registers all of them."""

from sandbox.operations import board, draft, floor, games, people, ratings, static, stats  # noqa: F401
