"""Drawings: a numbered document, operators that edit its elements, and what that did."""
