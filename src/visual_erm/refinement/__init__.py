"""Refinement at test time: draft, draw, judge, revise; the best is kept.

    import visual_erm

    refined = visual_erm.refine("icon.png", task="svg", policy="tracer")
    refined.best.source, refined.best.value, refined.stop

A policy writes (`policies`), the reward says how good it is and what differs (`rewards`), `loop`
decides what is kept and when to stop, `batch` does it for a file of rows.
"""
