"""The estimate of a finished plan: its rows are measured, its numbers chosen, its memory, time and money computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.planner.base_choice import choose_base
from assistant.planner.rows import measured_rows
from assistant.planner.sources import PlannedSource
from assistant.planner.understanding import Understanding
from pipeline.errors import BadInput
from pipeline.machine.hardware import find_card, hardware
from pipeline.machine.machine import inspect_machine
from pipeline.plan.model import Plan
from pipeline.training.estimate import estimate
from pipeline.training.hyperparameters import resolve
from pipeline.training.job import require_built


def estimate_for(plan: Plan, project: Path, gpu: str | None = None) -> dict[str, Any]:
    """What a run of this plan takes.

    Raises:
        BadInput: `estimate.unknown_gpu`, `estimate.unknown_base`, `training.not_built`, and what reading rows and
            choosing numbers raise.
    """
    if plan.training.method != "sft":  # another kind of adapter can be estimated, another method has no numbers
        require_built(plan)
    machine = inspect_machine(project)
    card_gib, card = (0.0, "") if gpu == "none" else _card(gpu) if gpu else (machine.gpu_memory_gib, "")
    base = choose_base(Understanding(plan.goal), machine, fixed=plan.model.base, project=project).facts
    if base is None:
        text = f"How large {plan.model.base} is, nobody here knows."
        raise BadInput("estimate.unknown_base", text, "Download it, or put its size into its name's place.")
    sources = [
        PlannedSource(project / source.path, source.path, source.split, is_inside=True)
        for source in plan.dataset.sources
        if source.path
    ]
    rows = measured_rows(sources, plan, base, labels=None, project=project)
    made = resolve(plan, rows.facts, base).plan
    return estimate(made, base, rows.load, machine, card_gib, card)


def _card(name: str) -> tuple[float, str]:
    card = find_card(name)
    if card is None:
        known = ", ".join(each.name for each in hardware().gpus)
        raise BadInput("estimate.unknown_gpu", f"`{name}` is no card that is known here.", f"Known: {known}.")
    return card.memory_gib, card.name
