"""One module per subject, with its endpoints and the tables that are built from them."""
