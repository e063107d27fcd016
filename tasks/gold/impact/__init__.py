"""The model of players' impact: stints as a regression, box scores as its prior. See docs/players.md."""
