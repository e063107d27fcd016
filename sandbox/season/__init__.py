"""One simulated season: played games, tournaments, betting market."""
