"""One simulated season: schedule played, bracket, betting market."""
