"""How much memory and disk a training needs, and whether the machine has it. No torch."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.bases.base import Base
from pipeline.errors import Failed
from pipeline.plan.model import TrainingSpec

GIB = 1024**3
LIBRARIES_BYTES = 700_000_000  # source: measured, worker with torch, transformers, PEFT and TRL before the base is read
WEIGHT_BYTES = {"none": 4.0, "int8": 1.1, "nf4": 0.6}  # on the CPU; quantised weights come with their scales
ADAPTER_BYTES = 16  # a trained weight: itself, gradient and two moments of AdamW, float32
ACTIVATION_BYTES = 68  # per token, layer and hidden unit, float32. source: arXiv 2205.05198, eq. 1: 34 in 16 bit
LOGIT_COPIES = 4  # logits, log-softmax, their gradients
LAYER_MATRICES = 7  # that get an adapter in each layer, `all-linear`
MATRIX_WIDTHS = 5  # in + out of such a matrix, in hidden sizes, with feed-forward layers of up to four


@dataclass(frozen=True)
class MemoryEstimate:
    """Memory of a training at its largest batch, bytes."""

    weights: int
    adapter: int
    activations: int
    libraries: int = LIBRARIES_BYTES

    @property
    def total(self) -> int:
        return self.weights + self.adapter + self.activations + self.libraries


def estimate_memory(
    base: Base, training: TrainingSpec, *, longest: int, most_trained: int, rows: int, bf16_weights: bool = False
) -> MemoryEstimate:
    """Estimates what the largest batch needs; generous, since being stopped in the middle costs more than asking.

    Args:
        base: that is trained on.
        training: with numbers in place of `auto`.
        longest: tokens of the longest row.
        most_trained: trained tokens of the row with most of them.
        rows: number of training rows.
        bf16_weights: whether the base's weights are held in 16 bit, as on a GPU.
    """
    per_weight = 2.0 if bf16_weights and training.quantization == "none" else WEIGHT_BYTES[training.quantization]
    batch = min(int(training.per_device_train_batch_size), rows)
    hidden = batch * longest * base.num_layers * base.hidden_size * ACTIVATION_BYTES
    logits = batch * most_trained * base.vocab_size * 4 * LOGIT_COPIES
    return MemoryEstimate(
        weights=int(base.params * per_weight),
        adapter=adapter_parameters(base, int(training.adapter.r)) * ADAPTER_BYTES,
        activations=hidden + logits,
    )


def adapter_parameters(base: Base, r: int) -> int:
    """Upper bound of the weights of an adapter on all linear layers."""
    return base.num_layers * LAYER_MATRICES * MATRIX_WIDTHS * base.hidden_size * r


def available_bytes() -> int:
    """Memory that this process may still take: of the machine, and of the group that it is confined to."""
    return min([psutil.virtual_memory().available, *_group_limit()])


def _group_limit() -> list[int]:
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
    except (OSError, ValueError):
        return []
    return [] if limit == "max" else [max(0, int(limit) - used)]


def require_memory(estimate: MemoryEstimate, available: int) -> None:
    """Refuses to start what would be killed later.

    Raises:
        Failed: `training.no_memory`, with the numbers.
    """
    if estimate.total <= available:
        return
    parts = {"the base's weights": estimate.weights, "one batch": estimate.activations, "the adapter": estimate.adapter}
    largest = max(parts, key=lambda name: parts[name])
    hints = {
        "one batch": "Halve training.per_device_train_batch_size and double gradient_accumulation_steps.",
        "the base's weights": "Set training.quantization to nf4, choose a smaller base, or close other programs.",
        "the adapter": "Halve training.adapter.r.",
    }
    listed = ", ".join(f"{name} {_gib(size)}" for name, size in parts.items())
    text = f"Training needs about {_gib(estimate.total)} of memory ({listed}); {_gib(available)} are free."
    raise Failed(
        "training.no_memory",
        text,
        hints[largest],
        needed_bytes=estimate.total,
        available_bytes=available,
        largest=largest,
    )


def require_disk(folder: Path, needed: int) -> None:
    """Refuses to start where the checkpoints would not fit.

    Args:
        folder: of the run.
        needed: bytes of the checkpoints and the adapter.

    Raises:
        Failed: `disk.full`.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        text = (
            f"The disk that holds {folder} has {free / 1e6:,.1f} MB free; the run needs about {needed / 1e6:,.1f} MB."
        )
        hint = "Free some space, then resume: what was finished before is kept."
        raise Failed("disk.full", text, hint, path=str(folder), needed_bytes=needed, free_bytes=free)


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB"
