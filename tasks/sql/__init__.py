"""SQL on a lake: queries, views, output formats."""
