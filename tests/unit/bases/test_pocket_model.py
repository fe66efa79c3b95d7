"""The shipped weights, and the loop that made them, on a model of two layers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import resources
from pipeline.bases.pocket.card import parameters
from pipeline.bases.pocket.recipe import model_config, read_recipe
from pipeline.bases.pocket.shards import Shard, batches
from pipeline.files import sha256

POCKET = Path(resources.__file__).parent / "pocket"


def test_config_and_recipe_agree() -> None:
    config = json.loads((POCKET / "config.json").read_text("utf-8"))
    assert config == model_config(read_recipe())
    assert config["head_dim"] == 64
    assert config["max_position_embeddings"] >= 2048
    assert config["tie_word_embeddings"]


def test_the_weights_are_small_and_those_of_the_card() -> None:
    path = POCKET / "model.safetensors"
    assert path.stat().st_size <= 16e6
    assert parameters(read_recipe().shape) <= 7.5e6
    assert sha256(path) in (POCKET / "README.md").read_text("utf-8")


def test_the_card_states_the_measured_figures() -> None:
    card = (POCKET / "README.md").read_text("utf-8")
    evaluation = json.loads((POCKET / "evaluation.json").read_text("utf-8"))
    assert len(evaluation["families"]) >= 20
    for skill, value in evaluation["skills"].items():
        assert f"| {skill} | {value:.3f} |" in card
    assert f"{evaluation['after_lora']['random_weights_after']:.3f}" in card


def test_batches_hold_every_document_once_and_little_padding() -> None:
    rng = np.random.default_rng(1)
    lengths = rng.integers(5, 200, 700)
    ids = np.concatenate([np.full(n, 10 + i, dtype=np.uint16) for i, n in enumerate(lengths)])
    shard = Shard(ids, np.ones(len(ids), dtype=np.uint8), np.cumsum(lengths))
    made = list(batches(shard, 1024, "seed"))
    seen = [int(row[0]) for found, _ in made for row in found]
    assert sorted(seen) == [10 + i for i in range(700)]
    assert all(found.shape[1] % 16 == 0 and found.size <= 1024 + 16 * len(found) for found, _ in made)
    assert sum(int(kinds.sum()) for _, kinds in made) == len(ids)
    assert len(ids) / sum(found.size for found, _ in made) > 0.8


@pytest.mark.heavy
def test_the_shipped_model_loads_in_half_precision_and_repeats_a_text() -> None:
    import torch

    from pipeline.bases.pocket.evaluate import Greedy, Question, load_model

    model, tokenizer = load_model(POCKET)
    assert sum(p.numel() for p in model.parameters()) == parameters(read_recipe().shape)
    assert all(bool(torch.isfinite(p).all()) for p in model.parameters())
    texts = ["the green teapot", "my order is late", "seven small boats", "we met in Vienna", "call me on Friday"]
    head = "<|im_start|>system\nRepeat the text exactly.<|im_end|>\n<|im_start|>user\n"
    asked = [Question(f"{head}{t}<|im_end|>\n<|im_start|>assistant\n", t) for t in texts]
    assert sum(a == t for a, t in zip(Greedy(model, tokenizer).answers(asked), texts, strict=True)) >= 4


@pytest.mark.heavy
def test_a_step_lowers_the_loss_and_a_resumed_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    import torch

    from pipeline.bases.pocket import pretrain

    shape = {"vocabulary": 80, "hidden": 128, "feed_forward": 128, "layers": 2, "heads": 2, "key_value_heads": 1}
    settings: dict[str, Any] = {"tokens": 6000, "step_tokens": 256, "warmup_steps": 2, "cooldown_share": 1e-6}
    recipe = replace(read_recipe(), shape=shape, look_back=(), **settings)
    rng = np.random.default_rng(2)
    ids = np.tile(rng.integers(3, 80, 16), 500).astype(np.uint16)
    shard = {"ids": ids, "weights": np.full(len(ids), 3, dtype=np.uint8), "ends": np.arange(16, len(ids) + 1, 16)}
    (tmp_path / "shards").mkdir()
    np.savez(tmp_path / "shards" / "shard-0000.npz", **shard)  # type: ignore[arg-type]
    pretrain.pretrain(recipe, tmp_path, workers=1)
    whole = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert log[-1]["answer"] < 4.0  # ln 80 = 4.4 before
    pretrain.pretrain(recipe, tmp_path, workers=1, total=3000)
    pretrain.pretrain(recipe, tmp_path, workers=1, is_resuming=True)
    halves = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert halves["progress"]["step"] == whole["progress"]["step"]
    assert all(torch.equal(halves["model"][name], weights) for name, weights in whole["model"].items())
