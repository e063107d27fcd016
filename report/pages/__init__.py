"""The pages: each module turns what the lake has into the content of one kind of page."""
