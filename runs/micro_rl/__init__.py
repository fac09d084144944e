"""A small policy learns to write what it sees, by GRPO, with one reward after the other.

    python -m runs.micro_rl --out runs/out/micro_rl
    python -m runs.micro_rl --task table --out runs/out/micro_table

The question: does a policy trained with the visual reward write what is in the picture better than
one that was trained with a similarity? The policy sees a picture and writes SVG or HTML token by
token. It is pre-trained on generated scenes, as somebody in a hurry describes them, and goes on
from there with each reward in turn: same start, seeds, prompts and steps. What it writes is
compared with what is true, element by element or cell by cell, which no reward but one does.

`tasks` says what a task is; `svg` and `table` are the two.
"""
