"""The command line of the flows: options from parameters, checks before Prefect is loaded, exit codes."""
