"""The operations of the simulated API: parameters in, rows out."""
