"""How good a judge is: matching of error lists, scores of the published benchmark and our own."""
