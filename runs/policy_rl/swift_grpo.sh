#!/bin/sh
# GRPO of ms-swift with the visual reward, at the paper's settings.
#
#   verm data prompts pairs -o prompts --layout sharegpt
#   sh runs/policy_rl/swift_grpo.sh prompts/train.jsonl
#
# Anything after the file is handed to ms-swift. 8 devices x 4 completions x 32 passes are the 128
# prompts of an update, 8 rollouts each; two updates make a step.
set -eu

PROMPTS=$1
shift

NPROC_PER_NODE=8 exec swift rlhf \
  --rlhf_type grpo \
  --model Qwen/Qwen3-VL-8B-Instruct \
  --tuner_type full \
  --dataset "$PROMPTS" \
  --external_plugins "$(verm plugin-path swift)" \
  --reward_funcs visual_erm \
  --num_train_epochs 1 \
  --learning_rate 1e-6 \
  --beta 0.01 \
  --num_generations 8 \
  --per_device_train_batch_size 4 \
  --gradient_accumulation_steps 32 \
  --steps_per_generation 64 \
  --max_completion_length 8192 \
  --torch_dtype bfloat16 \
  --use_vllm true \
  --vllm_mode colocate \
  --deepspeed zero3 \
  --log_completions true \
  --report_to tensorboard \
  --output_dir runs/out/swift-grpo \
  "$@"
