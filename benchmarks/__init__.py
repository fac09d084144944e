"""Commands that print the figures in our documents. Never imported by the package."""
