"""Attempts to be paid for something else than the picture, against any reward.

An attack is made from a reference, as a policy could write it (source) or as somebody could paint
it (picture). It succeeds against a reward if it is paid at least as much as an honest attempt with
mistakes at the same reference.
"""

from visual_erm.bench.hacks.attack import ATTACKS, Attack, Case
from visual_erm.bench.hacks.suite import Result, cases, run, summary

__all__ = ["ATTACKS", "Attack", "Case", "Result", "cases", "run", "summary"]
