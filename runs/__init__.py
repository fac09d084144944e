"""Training recipes, and experiments that run on a CPU."""
