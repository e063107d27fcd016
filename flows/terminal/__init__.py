"""What people see in the terminal and in the Prefect UI."""
