"""One simulated game: possessions, plays, box score, lineups, win probability."""
