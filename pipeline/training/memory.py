"""Whether the machine has the memory and the disk that a training needs. No torch."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

from pipeline.errors import Failed
from pipeline.machine.machine import GIB
from pipeline.training.estimate_memory import MemoryClasses


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


def require_memory(estimate: MemoryClasses, available: int) -> None:
    """Refuses to start what would be killed later.

    Raises:
        Failed: `training.no_memory`, with the numbers.
    """
    if estimate.total <= available:
        return
    parts = {
        "the base's weights": estimate.weights + estimate.file,
        "one batch": estimate.activations + estimate.logits,
        "the adapter": estimate.adapter + estimate.gradients + estimate.optimizer,
    }
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
