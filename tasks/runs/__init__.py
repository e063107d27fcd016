"""One run: its engine, its summary, resuming it, freshness of a lake, and generated documents."""
