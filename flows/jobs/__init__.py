"""A run's parameters, checked: one class per flow; and how every run begins and finishes."""
