"""The settings of a build as one value that is passed along, so that no step reads the environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from quality.dataset import Endpoint
from tasks.build_process import Bounds
from tasks.layers.overrides import Override, load_overrides
from tasks.layers.words import Words, parse_words, with_words
from tasks.settings import Settings

MAX_REMOVED_SHARE: float = Settings.model_fields["max_removed_share"].default


@dataclass(frozen=True)
class BuildPolicy:
    """The settings of a build.

    Attributes:
        overrides: values that replace the source's, of all tables.
        max_removed_share: share of a partition's rows that a new version may remove, 0-1.
        words: an operator's words for values of another type in single columns.
        process: bounds of the process in which partitions are built; None builds them in this process.
    """

    overrides: tuple[Override, ...] = ()
    max_removed_share: float = MAX_REMOVED_SHARE
    words: Words = ()
    process: Bounds | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The policy of these settings. The file of overrides is read here, once per run.

        Raises:
            BadInput: when an override or a word is not valid.
        """
        words = parse_words(settings.drift)
        process = Bounds(settings.build_memory_mb, settings.build_seconds) if settings.build_process else None
        return cls(tuple(load_overrides(settings.overrides)), settings.max_removed_share, words, process)

    def adjusted(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint with the operator's words."""
        return with_words(endpoint, self.words)


DEFAULT_POLICY = BuildPolicy()
