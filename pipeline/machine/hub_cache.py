"""Models of the Hugging Face hub that are on this machine already. Looks at folders; asks nobody."""

from __future__ import annotations

import os
from pathlib import Path


def hub_cache() -> Path:
    """Where huggingface_hub keeps its files, by the same variables and in the same order."""
    if folder := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(folder).expanduser()
    if home := os.environ.get("HF_HOME"):
        return Path(home).expanduser() / "hub"
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "huggingface" / "hub"


def cached_models() -> list[str]:
    """Ids of the models whose weights are in the cache, whole."""
    folder = hub_cache()
    if not folder.is_dir():
        return []
    return sorted(
        entry.name.removeprefix("models--").replace("--", "/")
        for entry in folder.glob("models--*")
        if any(_is_whole(snapshot) for snapshot in entry.glob("snapshots/*"))
    )


def _is_whole(snapshot: Path) -> bool:
    """Whether a snapshot has a configuration and weights; interrupted downloads have neither or one."""
    has_weights = any(file.exists() for file in snapshot.glob("*.safetensors"))
    return has_weights and (snapshot / "config.json").exists()
