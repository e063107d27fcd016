"""One simulated game: possessions, plays, box score, line-ups, win probability."""
