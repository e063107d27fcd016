"""The orchestration kit: its tables, its references to the repository, its sessions, and copies of it."""
