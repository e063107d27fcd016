"""Gold: analytics tables, point-in-time correct, and the models they stand on."""
