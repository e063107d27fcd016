"""The orchestration kit: checks of its tables and references, its sessions, and copies of it."""
