"""Picture metrics that users compare rewards with: pure functions on arrays."""
