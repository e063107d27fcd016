"""The report site: static pages about one season of a lake, for people who look rather than query."""
