"""What is set, emitted and measured around Prefect."""
