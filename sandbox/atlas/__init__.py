"""Names, people, places and calendars that a simulated season is made from."""
