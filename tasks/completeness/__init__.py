"""What should exist, what does, and what to request."""
