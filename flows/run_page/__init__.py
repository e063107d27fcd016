"""What an operator sees of a run in Prefect's UI: its log, its progress, its artifacts and the assets that it makes."""
