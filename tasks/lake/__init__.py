"""The lake: Iceberg tables, the raw store, object storage and maintenance of files."""
