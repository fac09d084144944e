"""Training judges on our pairs: docs/training-judges.md. Nothing heavy is imported before use."""
