"""A small policy learns to write what it sees, by GRPO, with one reward after the other.

    python -m runs.micro_rl --out runs/out/micro

The question: does a policy trained with the visual reward draw better pictures than one that was
trained with a similarity? The policy sees a picture and writes SVG text token by token. It is
pre-trained on generated scenes until it draws most things roughly right, and goes on from there
with each reward in turn: same start, seeds, prompts and steps. What it draws is judged by comparing
the parameters of the elements with the true ones, which no reward sees.
"""
