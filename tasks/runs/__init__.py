"""One run: its session, its summary, resuming it, and its freshness."""
