"""Prefect's environment, set before Prefect is imported: no telemetry, no call but to the API, time to start."""

import os

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
# The server that Prefect starts for a single run needs longer than its 20 seconds on a busy or slow machine.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
# A gateway before the server that gives up is a time-out like others, which Prefect's client repeats.
os.environ.setdefault("PREFECT_CLIENT_RETRY_EXTRA_CODES", "504")
