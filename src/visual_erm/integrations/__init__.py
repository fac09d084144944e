"""The reward inside trainers and evaluators: one thin file each over `engine`.

None of them imports its framework before it is used by it, but for the plug-in of ms-swift, which
registers itself. What a user writes, and what becomes of a fault there: docs/training.md.
"""
