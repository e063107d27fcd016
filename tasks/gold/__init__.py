"""Gold: analytics tables, correct at each point in time, and the rating model behind them."""
