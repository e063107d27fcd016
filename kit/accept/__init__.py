"""`cbbd-etl kit accept N`: judges the change of a session, before its commit and on a work tree with changes."""
