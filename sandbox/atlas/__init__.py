"""Names, people, places and calendars of the simulated seasons."""
