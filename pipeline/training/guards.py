"""What is checked before the first step, so that no hour is spent on a run that can't end well."""

from __future__ import annotations

import psutil

from pipeline.bases.base import Base
from pipeline.errors import Failed
from pipeline.plan.model import TrainingSpec

MIB = 2**20
# Bytes per weight that is loaded, by quantization. source: float32 = 4; int8 = 1; NF4 with double quantization 0.52
# (QLoRA, arXiv 2305.14314, section 3), and what is not quantized
_WEIGHT_BYTES = {"none": 4.0, "int8": 1.2, "nf4": 0.7}
_PROCESS = 900 * MIB  # Python, torch, transformers, TRL. source: measured, resident memory before the model is loaded
# Activations that are kept for the backward pass, float32 values per token, layer and unit of the hidden size.
# source: Korthikanti et al. 2022, arXiv 2205.05198, 34 bytes at half precision, attention scores left out
_ACTIVATIONS = 17


def memory_needed(base: Base, training: TrainingSpec, *, longest: int) -> int:
    """Bytes that a training takes at most, roughly: a reason to refuse, not an estimate to plan with.

    Args:
        base: that is adapted.
        training: without `auto`.
        longest: tokens of the longest row.
    """
    weights = base.params * _WEIGHT_BYTES[training.quantization]
    tokens = int(training.per_device_train_batch_size) * longest
    activations = tokens * base.num_layers * base.hidden_size * _ACTIVATIONS * 4
    logits = tokens * base.vocab_size * 4 * 2
    rank = int(training.adapter.r)
    adapter = base.num_layers * 7 * 2 * base.hidden_size * rank * 4 * 4  # weights, gradients, two moments
    return int(weights + activations + logits + adapter) + _PROCESS


def require_memory(base: Base, training: TrainingSpec, *, longest: int, available: int | None = None) -> None:
    """Refuses a training that can't fit into the machine's memory.

    Raises:
        Failed: `training.no_memory`, with the numbers.
    """
    needed = memory_needed(base, training, longest=longest)
    free = psutil.virtual_memory().available if available is None else available
    if needed <= free:
        return
    raise Failed(
        "training.no_memory",
        f"Training {base.id} with {training.per_device_train_batch_size} rows of up to {longest} tokens a step needs "
        f"about {needed / 2**30:.1f} GiB; {free / 2**30:.1f} GiB are free.",
        "Halve training.per_device_train_batch_size, take a smaller base, or set training.quantization: nf4.",
        needed_bytes=needed,
        free_bytes=free,
    )
