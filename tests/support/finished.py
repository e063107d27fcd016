"""The simulated season that tests read unless they choose another: a finished one, in which nothing changes.

A user's default is a season in progress (`tasks.settings.SANDBOX_NOW`).
"""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2025, 7, 15, 12, tzinfo=UTC)  # after the draft, before the next schedule is announced
SIZE = "mini"
ENVIRONMENT = {"CBBD_SANDBOX_NOW": NOW.isoformat(), "CBBD_SANDBOX_SIZE": SIZE}
