"""The rating model: games as arrays, Gaussian estimates of team strength, in a static and a sequential form."""
