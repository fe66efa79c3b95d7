"""Where and how a worker computes: GPU or CPU, threads, precision. Results depend on it, so it is kept with them."""

from __future__ import annotations

import os
from dataclasses import dataclass

import psutil

from pipeline.bases.base import Base
from pipeline.machine.machine import GIB

# Parameters below which a second thread spins longer than it computes. source: measured at 6 M, two busy cores: 383
# tokens a CPU-second with two threads, 2,894 with one
SMALL_BASE = 100_000_000


@dataclass(frozen=True)
class Settings:
    """What a run computes with.

    Attributes:
        threads: of the CPU.
        bf16: whether products are computed in bfloat16 (autocast).
    """

    threads: int
    bf16: bool = False


def held_gib() -> float:
    """Memory that this process holds, GiB: of the card where it computes there, else of the machine."""
    import torch

    held = torch.cuda.memory_reserved() if torch.cuda.is_initialized() else psutil.Process().memory_info().rss
    return float(held) / GIB


def physical_cores() -> int:
    """Cores that this process may use; two threads of one core share its arithmetic units."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or allowed, allowed))


def worker_threads(base: Base) -> int | None:
    """Threads that suit a base; None leaves it to the worker, which takes all cores."""
    return 1 if base.params < SMALL_BASE else None


def fix_threads(threads: int) -> None:
    """Gives all numeric libraries the same number of threads; before any of them is imported."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ["MKL_DYNAMIC"] = "FALSE"  # as many as asked for, however busy the machine is
    os.environ["OMP_DYNAMIC"] = "FALSE"


def make_deterministic(settings: Settings) -> None:
    """Lets torch use only operations that give the same bits again."""
    import torch

    torch.set_num_threads(settings.threads)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # Filling fresh memory guards against programs that read it before writing; ours and PyTorch's don't.
    torch.utils.deterministic.fill_uninitialized_memory = False
