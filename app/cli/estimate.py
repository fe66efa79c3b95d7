"""`vibetune estimate`: what a run of a plan would take, without starting it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.output import JsonFlag, people, print_json
from app.cli.project_option import HERE, ProjectOption


def command(
    plan: Annotated[Path | None, typer.Argument(help="Plan file; the project's plan.yaml by default.")] = None,
    gpu: Annotated[
        str | None, typer.Option("--gpu", help='On this card, e.g. "RTX 3060"; "none": on the processor.')
    ] = None,
    change: Annotated[list[str] | None, typer.Option("--set", help="FIELD=VALUE, as if the plan said so.")] = None,
    project: ProjectOption = HERE,
    as_json: JsonFlag = False,
) -> None:
    """Say what a run would take: memory by class of tensor, time, money.

    Example:  vibetune estimate --gpu "RTX 3060" --set training.quantization=nf4
    """
    from app.workbench.planning import estimate_plan

    found = estimate_plan(project, plan, gpu, change or [])
    if as_json:
        print_json(found)
    else:
        _print_for_people(found)


def money(usd: float | None) -> str:
    """What a run costs, in words; None where nobody knows."""
    if usd is None:
        return "price not known"
    return f"about ${usd:.2f}" if usd else "electricity only"


def _print_for_people(found: dict[str, Any]) -> None:
    from app.workbench.quantities import duration, memory

    out = people()
    low, high = duration(found["seconds_low"]), duration(found["seconds_high"])
    out.print(f"Time: {low} to {high}", markup=False)
    basis = f" ({found['cost_basis']})" if found.get("cost_basis") else ""
    out.print(f"Money: {money(found['cost_usd'])}{basis}", markup=False)
    out.print(f"Memory: {memory(found['memory_gib'], found['memory_of_gib'])}", markup=False)
    for name, gib in found["memory_parts_gib"].items():
        out.print(f"  {name:<12} {gib:>8.2f} GiB", markup=False)
    out.print(f"From: {found['basis']}", markup=False)
