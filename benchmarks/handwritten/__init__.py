"""Errors written by hand: what a reader saw changed, not what an engine changed."""
