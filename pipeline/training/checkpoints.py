"""Checkpoints of a run: complete or absent, the newest two kept, everything in them that the next step depends on.

checkpoints/step-000120/
  adapter_model.safetensors adapter_config.json    the adapter so far
  optimizer.pt scheduler.pt rng_state.pth          as transformers' Trainer reads them
  trainer_state.json                               step and epoch
  progress.json                                    seconds and tokens so far, threads and precision
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.files import new_folder, write_bytes, write_text
from pipeline.runs.layout import RunFolder
from pipeline.training.lora import CONFIG, WEIGHTS, adapter_config, adapter_weights

KEPT = 2
PROGRESS = "progress.json"
_NAME = re.compile(r"step-(\d{6,})")


class Progress(BaseModel):
    """What a resumed run goes on from, beside the trainer's own state."""

    model_config = ConfigDict(extra="ignore")

    version: int = 1
    step: int
    seconds: dict[str, float] = Field(default_factory=dict, description="of each stage so far")
    threads: int = Field(description="CPU threads: sums are added up in another order with others")
    bf16: bool = Field(description="whether products are computed in bfloat16")


def newest_checkpoint(run: RunFolder) -> tuple[Path, Progress] | None:
    """The checkpoint to go on from; None where there is none yet."""
    for folder in reversed(_folders(run)):
        try:
            return folder, Progress.model_validate_json((folder / PROGRESS).read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            continue
    return None


def _folders(run: RunFolder) -> list[Path]:
    if not run.checkpoints.is_dir():
        return []
    found = [(int(match[1]), path) for path in run.checkpoints.iterdir() if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found)]


def write_checkpoint(run: RunFolder, trainer: Any, progress: Progress) -> Path:
    """Writes a checkpoint and forgets all but the newest two.

    Args:
        run: whose checkpoint it is.
        trainer: transformers' Trainer with a PEFT model, between two steps.
        progress: of the same moment.

    Returns:
        Its folder.

    Raises:
        Failed: `disk.full`; the earlier checkpoints are as they were.
    """
    target = run.checkpoints / f"step-{progress.step:06d}"
    if not target.exists():
        with new_folder(target) as folder:
            for name, content in _contents(trainer).items():
                write_bytes(folder / name, content)
            write_text(folder / PROGRESS, progress.model_dump_json(indent=2) + "\n")
        _flush_folder(run.checkpoints)
    forget_checkpoints(run, keep=KEPT)
    return target


def _contents(trainer: Any) -> dict[str, bytes]:
    # Serialised in memory: a full disk is then always an OSError, never a library's own.
    return {
        WEIGHTS: adapter_weights(trainer.model),
        CONFIG: adapter_config(trainer.model).encode(),
        "optimizer.pt": _pickled(trainer.optimizer.state_dict()),
        "scheduler.pt": _pickled(trainer.lr_scheduler.state_dict()),
        "rng_state.pth": _pickled(random_states()),
        "trainer_state.json": _trainer_state(trainer.state),
    }


def _pickled(value: Any) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def random_states() -> dict[str, Any]:
    """States of all random generators, in the form that transformers restores."""
    import random

    import numpy as np
    import torch

    states = {
        "python": random.getstate(),
        "numpy": np.random.get_state(),
        "cpu": torch.random.get_rng_state(),
    }
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.random.get_rng_state()
    return states


def _trainer_state(state: Any) -> bytes:
    from dataclasses import asdict

    return (json.dumps(asdict(state) | {"log_history": []}, indent=2, sort_keys=True) + "\n").encode()


def forget_checkpoints(run: RunFolder, *, keep: int = 0) -> None:
    """Removes all but the newest checkpoints, and what a kill left of unfinished ones."""
    if not run.checkpoints.is_dir():
        return
    folders = _folders(run)
    for folder in folders[: len(folders) - keep] if keep else folders:
        # Renamed first, so that a kill in between leaves no checkpoint with missing files.
        gone = folder.with_name(f".{folder.name}.gone")
        folder.rename(gone)
    for path in run.checkpoints.glob(".step-*"):
        shutil.rmtree(path, ignore_errors=True)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
