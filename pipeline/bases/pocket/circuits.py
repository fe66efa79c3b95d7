"""Weights to start from: heads that look a few tokens back."""

from __future__ import annotations

import math
from typing import Any

import torch

from pipeline.bases.pocket.recipe import Recipe

SHARPNESS = 4.0  # score of the wanted distance, per frequency of the rotation
CONSTANT, WRITE = 8.0, 0.1  # size of the constant in embedding deviations; scale of what a head writes


def start_circuits(model: Any, recipe: Recipe) -> None:
    """Sets the `look_back` heads so that each says what stands so many tokens before; training moves them as it likes.

    All embeddings get the same first component, which the heads turn into a query and a key that the rotation makes
    meet at their distance. What it gains is in docs/lab-log.md.
    """
    random = torch.Generator().manual_seed(recipe.seed)
    with torch.no_grad():
        model.model.embed_tokens.weight[:, 0] = CONSTANT * recipe.embedding_std
        model.model.norm.weight[0] = 0.0  # the constant says nothing about the next token
        for layer, offsets in enumerate(recipe.look_back):
            _look_back(model.model.layers[layer].self_attn, offsets, recipe.rope_theta, random)


def _projection(random: torch.Generator) -> torch.Tensor:
    """Orthonormal rows float32 [64, 256] that leave out the constant."""
    rows = torch.linalg.qr(torch.randn(256, 64, generator=random))[0].T.contiguous()
    rows[:, 0] = 0.0
    return rows


def _look_back(attention: Any, offsets: tuple[int, ...], theta: float, random: torch.Generator) -> None:
    constant = CONSTANT / math.sqrt((CONSTANT**2 + 255) / 256)  # as the norm before the layer leaves it
    turns = theta ** (-torch.arange(32) / 32)
    fast = turns[turns > 0.12]  # slow rotations can't tell neighbours apart
    size, strength = len(fast), math.sqrt(SHARPNESS * 8) / constant
    attention.q_proj.weight *= 0.3
    attention.k_proj.weight *= 0.3
    for head, offset in enumerate(offsets):
        at, shared = 64 * head, 64 * (head // 2)
        attention.q_proj.weight[at : at + size, 0] = strength * torch.cos(fast * offset)
        attention.q_proj.weight[at + 32 : at + 32 + size, 0] = -strength * torch.sin(fast * offset)
        attention.k_proj.weight[shared : shared + size, 0] = strength
        if head % 2 == 0:
            attention.v_proj.weight[shared : shared + 64] = _projection(random)
        attention.o_proj.weight[:, at : at + 64] = WRITE * _projection(random).T
