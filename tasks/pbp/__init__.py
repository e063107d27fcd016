"""Play by play: plays as events, possessions, garbage time, box scores from plays, and the verdict on each game."""
