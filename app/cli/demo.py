"""`vibetune demo`: the main job on the sample project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import JsonFlag, people, print_json
from app.cli.progress import ProgressLine
from app.cli.verdict import print_verdict
from app.workbench.quantities import duration

if TYPE_CHECKING:
    from app.workbench.demo import DemoResult
    from pipeline.runs.events import AnyEvent


def command(
    folder: Annotated[Path, typer.Argument(help="Project to make or to go on with.")] = Path("vibetune-demo"),
    as_json: JsonFlag = False,
) -> None:
    """Train two adapters on the sample project, measure them, serve them together, and show their answers.

    Needs no GPU, no key, no network: the base is embedded ("to try the workflow with; not for production").

    Example:  vibetune demo my-demo --json
    """
    from app.workbench.demo import run_demo

    lines: dict[str, ProgressLine] = {}

    def tell(name: str, event: AnyEvent) -> None:
        lines.setdefault(name, ProgressLine(name, is_renewed=False)).show(event)

    result = run_demo(folder.resolve(), tell)
    if as_json:
        print_json(result.as_json())
    else:
        _print_for_people(result, folder)


def _print_for_people(result: DemoResult, folder: Path) -> None:
    from app.cli.compare import side_by_side

    out = people()
    for name, verdict in result.verdicts.items():
        out.print()
        print_verdict(verdict.model_dump(mode="json"), title=f"{name} → {result.adapters[name]}")
    for comparison in result.comparisons:
        out.print()
        out.print(side_by_side(comparison))
    out.print()
    spent = ", ".join(f"{stage} {duration(seconds)}" for stage, seconds in result.seconds.items())
    out.print(f"{duration(sum(result.seconds.values()))} in all: {spent}. The engine is stopped.", markup=False)
    out.print(f"The project stays in {folder}: look at its plans/, or go on with", markup=False)
    out.print(f'  cd {folder} && vibetune compare --start "my parcel was left in the rain"', markup=False)
