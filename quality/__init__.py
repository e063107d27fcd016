"""What is true: datasets, columns, contracts and the checks made from them."""
