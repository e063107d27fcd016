"""One module per subject: the endpoint and the tables made from it, side by side."""
