"""The API as a data source: HTTP client, rate limit, retries, and fetching many requests."""
