"""Who is on the roster of the next season: what is known of players, and who is announced."""
