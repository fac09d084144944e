"""A Qwen3-VL of 1.8 million parameters that knows nothing, and its tokenizer."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# the tests' tiny model: special tokens, chat template, torchvision mended beside a torch for CPUs
sys.path.append(str(Path(__file__).parents[2] / "tests" / "support"))
import tiny_model

PATCH = 8
"""Pixels; four patches are one token, so a picture of 64 x 64 is 16 tokens."""
VOCABULARY = 640
PICTURES = {
    "patch_size": PATCH,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "image_mean": [0.5] * 3,
    "image_std": [0.5] * 3,
    "size": {"longest_edge": 64 * 64, "shortest_edge": 64 * 64},
}


def write(folder: Path, texts: Iterable[str], seed: int) -> int:
    """Write a checkpoint with random weights; returns how many parameters it has.

    Args:
        folder: to be made.
        texts: what the tokenizer is learned from: replies.
        seed: of the weights.
    """
    import torch
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

    tokenizer = _tokenizer(texts)
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in tiny_model.SPECIAL}
    config = Qwen3VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 128,
            "intermediate_size": 384,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 32,
            "max_position_embeddings": 1024,
            "rope_parameters": {
                "rope_type": "default",
                "mrope_section": [6, 5, 5],
                "mrope_interleaved": True,
                "rope_theta": 10000.0,
            },
            "bos_token_id": None,
            "eos_token_id": ids["<|im_end|>"],
            "pad_token_id": ids["<|endoftext|>"],
        },
        vision_config={
            "depth": 3,
            "hidden_size": 96,
            "intermediate_size": 288,
            "num_heads": 3,
            "out_hidden_size": 128,
            "patch_size": PATCH,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0, 1],
        },
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=True,
    )
    torch.manual_seed(seed)
    model = Qwen3VLForConditionalGeneration(config)
    model.generation_config.eos_token_id = ids["<|im_end|>"]
    model.generation_config.pad_token_id = ids["<|endoftext|>"]
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    kinds = {
        "preprocessor_config.json": {"image_processor_type": "Qwen2VLImageProcessor"},
        "video_preprocessor_config.json": {"video_processor_type": "Qwen3VLVideoProcessor"},
    }
    for name, kind in kinds.items():
        told = {**PICTURES, **kind, "processor_class": "Qwen3VLProcessor"}
        (folder / name).write_text(json.dumps(told), encoding="utf-8")
    (folder / "chat_template.jinja").write_text(tiny_model.TEMPLATE, encoding="utf-8")
    path = folder / "tokenizer_config.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told |= {"processor_class": "Qwen3VLProcessor", **tiny_model.NAMED}
    path.write_text(json.dumps(told), encoding="utf-8")
    return sum(parameter.numel() for parameter in model.parameters())


def mend_torchvision() -> None:
    """Let transformers import torchvision beside a torch for CPUs; call it first."""
    tiny_model.mend_torchvision()


def _tokenizer(texts: Iterable[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=tiny_model.SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=tiny_model.SPECIAL[1:],
        model_max_length=1024,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = tiny_model.TEMPLATE
    for name, token in tiny_model.NAMED.items():
        setattr(tokenizer, name, token)
    return tokenizer
