"""The work: fetch, raw store, lake, bronze, silver, sandbox."""
