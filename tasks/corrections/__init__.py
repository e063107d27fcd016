"""Values that changed: what the source said when, and the table of corrections."""
