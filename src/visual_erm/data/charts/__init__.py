"""Charts: a program runs once, confined; its figure is copied, edited, drawn and measured."""
