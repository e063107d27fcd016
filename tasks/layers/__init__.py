"""Raw to bronze to silver to derived tables: building, publishing, rules, replay."""
