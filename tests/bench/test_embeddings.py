"""Rewards by embeddings, with small models of random weights that are made here."""

import sys

import numpy as np
import pytest

from visual_erm import images
from visual_erm.bench.embeddings import tiles
from visual_erm.bench.rewards import Attempt, make_reward
from visual_erm.errors import BackendError, MissingPackage, UsageError
from visual_erm.metrics import unisvg_ssim

REFERENCE = np.full((120, 160, 3), 255, np.uint8)
REFERENCE[30:80, 20:90] = (200, 30, 30)
OTHER = np.random.default_rng(0).integers(0, 256, (100, 160, 3), dtype=np.uint8)
FENCED = "```svg\n<svg/>\n```"


def attempts(*pictures, completion=FENCED):
    return [Attempt("svg", REFERENCE, "", completion, "", p, None) for p in pictures]


@pytest.mark.parametrize("name", ["clip:a", "dino:a", "dino-tiles:a", "lpips:a", "unisvg:a,b"])
def test_what_is_missing_is_one_command_away(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackage, match=r"needs torch\. .* pip install 'visual-erm\[embed"):
        make_reward(name)


def test_names_without_weights_are_refused():
    with pytest.raises(UsageError, match="dino needs weights: dino:WEIGHTS"):
        make_reward("dino:")
    with pytest.raises(UsageError, match=r"known: .*lpips:FILE"):
        make_reward("din")
    with pytest.raises(UsageError, match="two sets of weights"):
        make_reward("unisvg:only-one")


def test_tiles_cover_the_picture():
    wide = np.arange(300 * 900 * 3, dtype=np.uint32).astype(np.uint8).reshape(300, 900, 3)
    pairs = tiles(wide, wide[:150])
    # 3 to 1: three tiles, and the whole
    assert [one.shape for one, _ in pairs] == [(448, 448, 3)] * 3 + [(300, 900, 3)]
    large = images.resize(wide, (3 * 448, 448))
    assert np.array_equal(np.concatenate([one for one, _ in pairs[:3]], axis=1), large)
    assert pairs[-1][1].shape == wide.shape
    assert len(tiles(wide[:, :300], wide[:, :300])) == 1


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    torch = pytest.importorskip("torch", reason="torch is not installed: visual-erm[embeddings]")
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    torch.manual_seed(0)
    small = {"hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 2}
    vision = {**small, "intermediate_size": 16, "image_size": 32, "patch_size": 8}
    words = {**small, "intermediate_size": 16, "vocab_size": 9, "eos_token_id": 2}
    config = transformers.CLIPConfig(
        text_config={**words, "bos_token_id": 1, "pad_token_id": 0},
        vision_config=vision,
        projection_dim=8,
    )
    made = {
        "clip": transformers.CLIPModel(config),
        "dino": transformers.Dinov2Model(
            transformers.Dinov2Config(**small, image_size=56, patch_size=14)
        ),
        "vit": transformers.ViTModel(transformers.ViTConfig(**vision)),
    }
    folder = tmp_path_factory.mktemp("models")
    for name, model in made.items():
        model.eval().save_pretrained(folder / name)
    (folder / "clip" / "preprocessor_config.json").write_text(
        '{"crop_size": {"height": 32, "width": 32},'
        ' "image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4]}'
    )
    torch.save(weights_of("alex"), folder / "alex.pth")
    return folder, made


def weights_of(net):
    import torch

    sizes = {
        "alex": [(1, 0, 3, 64, 11), (2, 3, 64, 192, 5), (3, 6, 192, 384, 3), (4, 8, 384, 256, 3),
                 (5, 10, 256, 256, 3)],
        "vgg": [(1, 0, 3, 4, 3), (1, 2, 4, 4, 3), (2, 5, 4, 4, 3), (2, 7, 4, 4, 3),
                *((3, n, 4, 4, 3) for n in (10, 12, 14)), *((4, n, 4, 4, 3) for n in (17, 19, 21)),
                *((5, n, 4, 4, 3) for n in (24, 26, 28))],
    }[net]  # fmt: skip
    made = {}
    for part, layer, given, out, side in sizes:
        scale = (2 / (given * side * side)) ** 0.5
        made[f"net.slice{part}.{layer}.weight"] = scale * torch.randn(out, given, side, side)
        made[f"net.slice{part}.{layer}.bias"] = 0.1 * torch.randn(out)
        made[f"lin{part - 1}.model.1.weight"] = torch.rand(1, out, 1, 1)
    return made


def cosine(one, other):
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def prepared(picture, side, mean, deviation):
    import torch

    values = (images.resize(picture, (side, side)) / 255 - np.array(mean)) / np.array(deviation)
    return torch.tensor(values.transpose(2, 0, 1)[None], dtype=torch.float32)


def test_clip_and_dino_are_cosines_of_what_the_models_say(models):
    import torch

    folder, made = models
    own = (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)
    usual = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    pictures = REFERENCE, OTHER
    with torch.no_grad():
        found = [made["clip"].vision_model(prepared(p, 32, *own)).pooler_output for p in pictures]
        by_clip = cosine(*(made["clip"].visual_projection(x)[0].numpy() for x in found))
        found = [made["dino"](prepared(p, 56, *usual)).last_hidden_state for p in pictures]
        by_dino = cosine(*(x[0, 0].numpy() for x in found))
    reward = make_reward(f"clip:{folder / 'clip'}")
    values = reward.score(attempts(REFERENCE, OTHER, None))
    assert values == pytest.approx([1, by_clip, -1], abs=1e-5)
    assert (reward.low, reward.high) == (-1, 1)
    reward = make_reward(f"dino:{folder / 'dino'}")
    values = reward.score(attempts(REFERENCE, OTHER, None))
    assert values == pytest.approx([1, (by_dino + 1) / 2, 0], abs=1e-5)
    assert reward.score(attempts(None)) == [0]


@pytest.mark.parametrize("name", ["dino", "vit"])
def test_tiles_are_paid_for_format_too(name, models):
    import torch

    folder, made = models
    reward = make_reward(f"dino-tiles:{folder / name}")
    usual = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    more = {"interpolate_pos_encoding": True} if name == "vit" else {}
    alike = []
    with torch.no_grad():
        for pair in tiles(REFERENCE, OTHER):
            found = [made[name](prepared(p, 448, *usual), **more) for p in pair]
            alike.append(cosine(*(x.last_hidden_state[0, 0].numpy() for x in found)))
    expected = 0.9 * (np.mean(alike) + 1) / 2
    assert len(alike) == 13  # 4 to 3: twelve tiles, and the whole
    assert reward.score(attempts(OTHER)) == pytest.approx([expected + 0.1], abs=1e-5)
    assert reward.score(attempts(OTHER, completion="<svg/>")) == pytest.approx([expected], abs=1e-5)
    assert reward.score(attempts(None, completion="")) == [0]


def test_equal_pictures_are_encoded_once(models):
    reward = make_reward(f"clip:{models[0] / 'clip'}")
    reward.encoder.vectors([OTHER])
    encode, asked = reward.encoder._encode, []
    reward.encoder._encode = lambda pictures: asked.append(len(pictures)) or encode(pictures)
    reward.score(attempts(OTHER, OTHER, REFERENCE))
    assert asked == [1]


def convolved(x, weight, bias, stride, padding):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], (1, 2))
    windows = windows[:, ::stride, ::stride]
    return np.maximum(
        np.einsum("ocij,chwij->ohw", weight, windows, optimize=True) + bias[:, None, None], 0
    )


def pooled(x, side):
    return np.lib.stride_tricks.sliding_window_view(x, (side, side), (1, 2))[:, ::2, ::2].max(
        axis=(3, 4)
    )


def by_hand(net, tensors, one, other):
    """LPIPS without torch."""
    tensors = {name: value.numpy().astype(float) for name, value in tensors.items()}
    total = 0.0
    shift, scale = np.array([-0.030, -0.088, -0.188]), np.array([0.458, 0.448, 0.450])
    pair = [(((p / 127.5 - 1) - shift) / scale).transpose(2, 0, 1) for p in (one, other)]
    for part in range(1, 6):
        if part > 1 and (net == "vgg" or part < 4):
            pair = [pooled(x, 2 if net == "vgg" else 3) for x in pair]
        layers = sorted({int(n.split(".")[2]) for n in tensors if f"slice{part}." in n})
        for layer in layers:
            name = f"net.slice{part}.{layer}"
            way = (
                (4, 2)
                if net == "alex" and layer == 0
                else (1, tensors[f"{name}.weight"].shape[2] // 2)
            )
            pair = [
                convolved(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"], *way) for x in pair
            ]
        unit = [x / (np.sqrt((x**2).sum(0)) + 1e-10) for x in pair]
        weights = tensors[f"lin{part - 1}.model.1.weight"][0]
        total += (weights * (unit[0] - unit[1]) ** 2).sum(0).mean()
    return total


@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_lpips_is_what_the_paper_says(net, models, tmp_path):
    import torch

    weights = weights_of(net)
    torch.save(weights, tmp_path / "w.pth")
    reward = make_reward(f"lpips:{tmp_path / 'w.pth'}")
    one, other = REFERENCE[20:90, :80], OTHER[:70, :80]
    expected = by_hand(net, weights, one, other)
    assert reward.distance(one, other) == pytest.approx(expected, rel=1e-4)
    assert reward.distance(one, one) == 0
    assert reward.low < -expected
    assert reward.score(attempts(REFERENCE, None)) == [0, reward.low]


def test_the_score_of_unisvg(models):
    folder, _ = models
    reward = make_reward(f"unisvg:{folder / 'clip'},{folder / 'alex.pth'}")
    pair = [images.resize(p, (336, 336)) for p in (REFERENCE, OTHER)]
    clip = make_reward(f"clip:{folder / 'clip'}")
    (alike,) = clip.score([Attempt("svg", pair[0], "", None, None, pair[1], None)])
    apart = make_reward(f"lpips:{folder / 'alex.pth'}").distance(*pair)
    expected = 0.6 * alike + 0.2 * unisvg_ssim(*pair) + 0.2 * (1 - apart)
    values = reward.score(attempts(REFERENCE, OTHER, None))
    assert values == pytest.approx([1, expected, 0], abs=1e-5)


def test_weights_that_are_not_there(models, tmp_path):
    import torch

    folder, _ = models
    with pytest.raises(BackendError, match="cannot load the encoder"):
        make_reward(f"dino:{tmp_path}")
    with pytest.raises(UsageError, match="no CLIP model"):
        make_reward(f"clip:{folder / 'dino'}")
    with pytest.raises(BackendError, match="no file of LPIPS"):
        make_reward(f"lpips:{tmp_path / 'none.pth'}")
    torch.save({"lin0.model.1.weight": torch.ones(1)}, tmp_path / "other.pth")
    with pytest.raises(BackendError, match="no weights of LPIPS"):
        make_reward(f"lpips:{tmp_path / 'other.pth'}")
    (tmp_path / "broken.pth").write_bytes(b"nothing")
    with pytest.raises(BackendError, match="cannot read the weights"):
        make_reward(f"lpips:{tmp_path / 'broken.pth'}")
