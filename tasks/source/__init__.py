"""The API: client, rate limit, retries, and fetching of many requests."""
