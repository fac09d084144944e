"""From a verdict to the number that training receives."""
