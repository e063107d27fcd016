"""What `cbbd-etl` can do: one module per group of commands."""
