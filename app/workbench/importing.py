"""Adapters from elsewhere: checked against their base before they become a version here."""

from __future__ import annotations

from pathlib import Path

from pipeline.bases.base import find_base
from pipeline.jobs.adapters import RegisteredAdapter, find_adapter
from pipeline.jobs.registry import import_adapter
from pipeline.runs.layout import ProjectFolder
from serving.adapters.check import require_servable
from serving.engine.base import ServedBase
from serving.engine.settings import RANKS


def import_checked(
    project: ProjectFolder, folder: Path, name: str, base: str, *, system_prompt: str | None = None
) -> RegisteredAdapter:
    """Imports a PEFT folder that can be served on `base`.

    Raises:
        BadInput: `adapter.*`: a pickle, a type that vLLM can't serve, another base, or no adapter at all.
    """
    found = find_base(base)
    require_servable(folder, base=ServedBase(found.id, found.folder, found.sha256), max_lora_rank=max(RANKS))
    return find_adapter(project, import_adapter(project, folder, name, found, system_prompt=system_prompt))
