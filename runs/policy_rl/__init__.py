"""Policies that are trained with the visual reward: recipes for TRL, verl and ms-swift.

    verm data build pairs --preset small
    verm data prompts pairs -o prompts --layout trl
    accelerate launch --num_processes 8 -m runs.policy_rl.trl_grpo --prompts prompts/train.parquet

Numbers are those of the paper (arXiv 2603.13224): 256 prompts a step in two updates, 8 rollouts of
each, learning rate 1e-6, KL of 0.01 in the loss, one epoch.
"""
