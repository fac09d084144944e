"""Pairs with known truth, and what a judge makes of them."""
