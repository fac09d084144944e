#!/bin/sh
# The same with ms-swift, which reads the same rows. One node of 8 GPUs; 8 x 1 x 4 = batches of 32.
#
#   verm data build pairs --preset published
#   verm data export pairs --out rows --layout sharegpt --profile published
#   sh runs/judge_sft/ms-swift.sh
#
# Paths of pictures are relative to the rows' folder, so it runs there. Pixels are bounded by the environment.
set -e
cd "${ROWS:-rows}"
export NPROC_PER_NODE="${GPUS:-8}" IMAGE_MAX_TOKEN_NUM=1024
exec swift sft \
  --model Qwen/Qwen3-VL-8B-Instruct \
  --dataset train.jsonl \
  --split_dataset_ratio 0 \
  --tuner_type full \
  --freeze_vit false \
  --freeze_aligner false \
  --deepspeed zero3 \
  --torch_dtype bfloat16 \
  --max_length 16384 \
  --truncation_strategy delete \
  --packing false \
  --per_device_train_batch_size 1 \
  --gradient_accumulation_steps 4 \
  --learning_rate 1e-5 \
  --num_train_epochs 3 \
  --lr_scheduler_type cosine \
  --warmup_steps 3188 \
  --save_steps 500 \
  --logging_steps 10 \
  --report_to tensorboard \
  --seed 0 \
  --output_dir "${OUT:-../runs/out/judge_sft}"
