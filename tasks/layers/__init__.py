"""Builds the layers raw → bronze → silver → derived tables: publishing, overrides, rules, replay."""
