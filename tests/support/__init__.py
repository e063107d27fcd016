"""Helpers of the tests: records made from contracts, responses put into lakes, lakes built from them."""
