"""A Qwen3-VL checkpoint with random weights and a tokenizer of its own: real code, no network.

python tests/support/tiny_model.py FOLDER            # writes one
python tests/support/tiny_model.py serve ARGUMENT... # `transformers serve ARGUMENT...`
"""

import io
import json
import sys
from pathlib import Path

SPECIAL = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
]
NAMED = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_start_token": "<|vision_start|>",
    "vision_end_token": "<|vision_end|>",
}
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.content is string %}{{ m.content }}{% else %}{% for c in m.content %}"
    "{% if c.type in ('image', 'image_url') %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif 'text' in c %}{{ c.text }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
MEAN = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
PATCHES = {"patch_size": 16, "temporal_patch_size": 2, "merge_size": 2, **MEAN}
SIDES = {"longest_edge": 128 * 128, "shortest_edge": 64 * 64}
OPS = (
    "nms(Tensor a, Tensor b, float c) -> Tensor",
    "qnms(Tensor a, Tensor b, float c) -> Tensor",
    "_cuda_version() -> int",
    *(
        f"{name}(Tensor a) -> Tensor"
        for name in (
            "roi_align",
            "_roi_align_backward",
            "qroi_align",
            "ps_roi_align",
            "_ps_roi_align_backward",
            "roi_pool",
            "_roi_pool_backward",
            "ps_roi_pool",
            "_ps_roi_pool_backward",
            "deform_conv2d",
            "_deform_conv2d_backward",
        )
    ),
)


def mend_torchvision():
    """Declare the compiled operators of a torchvision that was built for another torch.

    PyPI's torchvision is built for CUDA and cannot be imported beside a torch for CPUs; the parts
    that processors use are Python.
    """
    import torch

    try:
        import torchvision
    except RuntimeError:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        kept = torch.library.Library("torchvision", "DEF")
        for op in OPS:
            kept.define(op)
        mend_torchvision.kept = kept  # operators end with their library
        import torchvision

        torchvision.io.decode_image = torchvision.io.image.decode_image = _decoded


def _decoded(encoded, *_, **__):
    """A picture `(3, H, W)` from its file, as torchvision's own decoder gives it."""
    import numpy as np
    import torch
    from PIL import Image

    with Image.open(io.BytesIO(encoded.numpy().tobytes())) as picture:
        return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1)


def build(folder, seed=0, says=None):
    """Write a checkpoint into a folder; equal seeds give equal weights.

    Its words are random, but for one that is to say `says`, whatever it is asked.
    """
    import torch
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

    tokenizer = _tokenizer()
    if says is not None:
        tokenizer.add_tokens([says])
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in SPECIAL}
    config = Qwen3VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 64,
            "max_position_embeddings": 4096,
            "rope_scaling": {
                "rope_type": "default",
                "mrope_section": [12, 10, 10],
                "mrope_interleaved": True,
            },
            "rope_theta": 1e6,
            "tie_word_embeddings": False,
            "initializer_range": 0.3,
            "bos_token_id": ids["<|endoftext|>"],
            "eos_token_id": ids["<|im_end|>"],
            "pad_token_id": ids["<|endoftext|>"],
        },
        vision_config={
            "depth": 2,
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_heads": 2,
            "out_hidden_size": 64,
            "patch_size": 16,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "num_position_embeddings": 256,
            "initializer_range": 0.3,
            "deepstack_visual_indexes": [0],
        },
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=False,
    )
    # weights as small as usual would say one token for ever, whatever they are shown
    torch.manual_seed(seed)
    model = Qwen3VLForConditionalGeneration(config)
    model.generation_config.eos_token_id = ids["<|im_end|>"]
    model.generation_config.pad_token_id = ids["<|endoftext|>"]
    # it says words, as real models do: servers differ in how they spell marks of pictures
    marks = [index for name, index in ids.items() if name != "<|im_end|>"]
    model.generation_config.suppress_tokens = marks
    if says is not None:
        _always(model, tokenizer, says)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    folder = Path(folder)
    image = {"image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen3VLProcessor"}
    video = {"video_processor_type": "Qwen3VLVideoProcessor"}
    _write(folder / "preprocessor_config.json", {"size": SIDES, **PATCHES, **image})
    _write(folder / "video_preprocessor_config.json", {"size": SIDES, **PATCHES, **video})
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    told = json.loads((folder / "tokenizer_config.json").read_text())
    _write(
        folder / "tokenizer_config.json", {**told, "processor_class": "Qwen3VLProcessor", **NAMED}
    )


def _always(model, tokenizer, says):
    """Leave a chain in the weights: the prompt's last token, the one token of `says`, the end."""
    import torch

    last = tokenizer.encode("<|im_start|>assistant\n")[-1]
    (reply,) = tokenizer.encode(says)
    with torch.no_grad():
        for layer in model.model.language_model.layers:
            # nothing is added to a token's embedding on its way up
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        embeddings, head = model.get_input_embeddings().weight, model.lm_head.weight
        head.zero_()
        head[reply] = embeddings[last]
        head[tokenizer.eos_token_id] = embeddings[reply]


def _write(path, value):
    path.write_text(json.dumps(value))


def _tokenizer():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    prompts = Path(__file__).parents[2] / "src" / "visual_erm" / "judges" / "prompts"
    texts = [path.read_text("utf-8") for path in sorted(prompts.glob("*.txt"))]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    inner.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=1024, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
        ),
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=SPECIAL[1:],
        model_max_length=4096,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = TEMPLATE
    for name, token in NAMED.items():
        setattr(tokenizer, name, token)
    return tokenizer


if __name__ == "__main__":
    mend_torchvision()
    if sys.argv[1] == "serve":
        from transformers.cli.transformers import main

        sys.exit(main())
    build(sys.argv[1])
