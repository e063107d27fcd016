"""The simulated API as a server: HTTP, faults, and a transport for httpx."""
