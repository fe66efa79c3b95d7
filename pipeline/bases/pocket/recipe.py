"""The settings of the pocket base: `resources/pocket/recipe.yaml`, which reproduces it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import resources

FOLDER = Path(resources.__file__).parent / "pocket"


@dataclass(frozen=True)
class Phase:
    """What the text is made of until so many tokens.

    Args:
        rate: share of the full learning rates, before the cooldown.
        repeats: share of random tokens that repeat.
        blanks: share of the repeats that have a blank between any two tokens, as texts do.
        finds: share of random tokens to find; what is left is text.
        forms: "pairs" (a key's value), "named" (the entry that the question names), "grouped" (what a hint belongs to).
        vocabularies: a document of random tokens draws from so many.
        entries: most entries of a list or table of random tokens.
        piece: most tokens of a key or a value.
        around: most other tokens beside the one that a question names.
        text: "bare" (short tasks of many turns), "all", "last" (more to copy, to change and to read), or "lists" (more
            labels to choose from).
        longest: documents of text have at most so many tokens.
    """

    until: int
    rate: float
    repeats: float
    blanks: float
    finds: float
    forms: tuple[str, ...]
    vocabularies: tuple[int, ...]
    entries: int
    piece: int
    around: int
    text: str
    longest: int


@dataclass(frozen=True)
class Recipe:
    """All that decides the weights. Tokens are counted with padding left out."""

    seed: int
    shape: dict[str, int]
    rope_theta: float
    look_back: tuple[tuple[int, ...], ...]
    tokens: int
    shard_tokens: int
    phases: tuple[Phase, ...]
    step_tokens: int
    muon: dict[str, float]
    adamw: dict[str, float]
    warmup_steps: int
    cooldown_share: float
    loss_weights: tuple[float, ...]
    z_loss: float
    embedding_std: float
    average_decay: float


def read_recipe(path: Path = FOLDER / "recipe.yaml") -> Recipe:
    """Reads the settings; the file's other entries (fingerprint, figures) are for people and tests."""
    from ruamel.yaml import YAML

    content: dict[str, Any] = YAML(typ="safe").load(path.read_text("utf-8"))
    settings = content["pretraining"]
    phases = tuple(
        Phase(**{**phase, "vocabularies": tuple(phase["vocabularies"]), "forms": tuple(phase["forms"])})
        for phase in settings["phases"]
    )
    look_back = tuple(tuple(offsets) for offsets in settings["look_back"])
    weights = tuple(settings["loss_weights"])
    return Recipe(**{**settings, "phases": phases, "look_back": look_back, "loss_weights": weights})


def phase_at(recipe: Recipe, tokens: int) -> Phase:
    """The phase that a shard beginning at `tokens` belongs to; the last one has no end."""
    return next((phase for phase in recipe.phases if tokens < phase.until), recipe.phases[-1])


def model_config(recipe: Recipe) -> dict[str, Any]:
    """config.json of the model."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": recipe.shape["vocabulary"],
        "hidden_size": recipe.shape["hidden"],
        "intermediate_size": recipe.shape["feed_forward"],
        "num_hidden_layers": recipe.shape["layers"],
        "num_attention_heads": recipe.shape["heads"],
        "num_key_value_heads": recipe.shape["key_value_heads"],
        "head_dim": 64,
        "max_position_embeddings": 2048,
        "rope_parameters": {"rope_type": "default", "rope_theta": recipe.rope_theta},
        "rms_norm_eps": 1e-5,
        "hidden_act": "silu",
        "initializer_range": 0.02,
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "pad_token_id": 0,
        "dtype": "float16",
        "use_cache": True,
    }
