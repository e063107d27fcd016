"""The lake: Iceberg tables, the raw store, and the files below them."""
