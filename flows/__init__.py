"""The schedule of the work: one Prefect flow per module, and the command line."""
