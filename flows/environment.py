"""Prefect's environment, set before Prefect is imported: no telemetry, no call but to the API."""

import os

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
