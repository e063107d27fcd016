"""The registry: endpoints, tables, columns and rules, the checks that use them, and the pages generated from them."""
