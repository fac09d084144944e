#!/bin/sh
# GRPO of verl (0.9) with the visual reward, at the paper's settings.
#
#   verm data prompts pairs -o prompts --layout verl
#   sh runs/policy_rl/verl_grpo.sh prompts/train.parquet prompts/train.parquet
#
# Anything after the two files is handed to verl, and wins. The judge is that of VISUAL_ERM_JUDGE
# (docs/training.md); with a judge model, serve it on other GPUs than these.
set -eu

TRAIN=$1
KEPT=$2
shift 2

exec python3 -m verl.trainer.main_ppo \
  algorithm.adv_estimator=grpo \
  algorithm.use_kl_in_reward=False \
  data.train_files="$TRAIN" \
  data.val_files="$KEPT" \
  data.image_key=images \
  data.train_batch_size=256 \
  data.max_prompt_length=8192 \
  data.max_response_length=8192 \
  data.filter_overlong_prompts=True \
  data.truncation=error \
  actor_rollout_ref.model.path=Qwen/Qwen3-VL-8B-Instruct \
  actor_rollout_ref.model.use_remove_padding=True \
  actor_rollout_ref.model.enable_gradient_checkpointing=True \
  actor_rollout_ref.actor.optim.lr=1e-6 \
  actor_rollout_ref.actor.ppo_mini_batch_size=128 \
  actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu=4 \
  actor_rollout_ref.actor.use_kl_loss=True \
  actor_rollout_ref.actor.kl_loss_coef=0.01 \
  actor_rollout_ref.actor.kl_loss_type=low_var_kl \
  actor_rollout_ref.actor.entropy_coeff=0 \
  actor_rollout_ref.rollout.name=vllm \
  actor_rollout_ref.rollout.n=8 \
  actor_rollout_ref.rollout.tensor_model_parallel_size=2 \
  actor_rollout_ref.rollout.gpu_memory_utilization=0.6 \
  actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu=8 \
  actor_rollout_ref.ref.log_prob_micro_batch_size_per_gpu=8 \
  reward.custom_reward_function.path=pkg://visual_erm.integrations.verl \
  reward.custom_reward_function.name=compute_score \
  trainer.project_name=visual-erm \
  trainer.experiment_name=grpo \
  trainer.n_gpus_per_node=8 \
  trainer.nnodes=1 \
  trainer.total_epochs=1 \
  trainer.save_freq=20 \
  trainer.test_freq=20 \
  'trainer.logger=["console","tensorboard"]' \
  "$@"
