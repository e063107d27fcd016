"""Play-by-play: plays as events, possessions, garbage time, box scores from plays, and a quality flag per game."""
