"""The work: plan requests, fetch, store raw responses, build bronze, silver and gold, and audit the lake."""
