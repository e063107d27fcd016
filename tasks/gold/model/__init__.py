"""The rating model: games as arrays, a Gaussian belief about strengths, its static and its sequential form."""
