"""What happens when the flows are deployed."""
