"""`vibetune runs`: the project's runs, one of them, and what can be done with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import JsonFlag, people, print_json
from app.cli.project_option import HERE, ProjectOption, opened

if TYPE_CHECKING:
    from pipeline.runs.layout import ProjectFolder, RunFolder

RunArgument = Annotated[str | None, typer.Argument(help="Run's name.", show_default="the newest")]

commands = typer.Typer(name="runs", help="List, show, pause, resume and cancel runs.", invoke_without_command=True)


@commands.callback()
def list_runs(context: typer.Context, project: ProjectOption = HERE, as_json: JsonFlag = False) -> None:
    """List the project's runs, oldest first.

    Example:  vibetune runs --json
    """
    if context.invoked_subcommand is not None:
        return
    from app.workbench.running import outcome

    folder = opened(project)
    outcomes = [outcome(folder, folder.run(name)) for name in folder.run_names()]
    if as_json:
        print_json({"runs": [each.as_json() for each in outcomes]})
        return
    from rich.table import Table

    table = Table("run", "state", "adapter", "verdict")
    for each in outcomes:
        table.add_row(each.run, each.state, each.adapter or "–", (each.verdict or {}).get("outcome", "–"))
    people().print(table if outcomes else "No runs yet. Start one: vibetune run")


@commands.command()
def show(
    run: RunArgument = None,
    project: ProjectOption = HERE,
    follow: Annotated[bool, typer.Option("--follow", help="Watch until it ends.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show a run: state, progress, loss, verdict.

    Example:  vibetune runs show --follow
    """
    from app.cli.following import follow_to_the_end, print_outcome
    from app.workbench.running import outcome
    from pipeline.jobs.state import summary

    folder, found = _find(project, run)
    if follow:
        print_outcome(follow_to_the_end(folder, found), as_json=as_json)
        return
    what, came = summary(found), outcome(folder, found)
    if as_json:
        print_json({**what.as_json(), **came.as_json()})
        return
    from app.workbench.quantities import duration

    out = people()
    left = f", about {duration(what.eta_s)} left" if what.eta_s is not None else ""
    out.print(f"{found.name}: {came.state}, step {what.step} of {what.total}{left}", markup=False)
    if what.loss:
        out.print(f"loss {what.loss[-1][1]:.3f}", markup=False)
    print_outcome(came, as_json=False)


@commands.command()
def cancel(run: RunArgument = None, project: ProjectOption = HERE, as_json: JsonFlag = False) -> None:
    """End a run; its checkpoints stay.

    Example:  vibetune runs cancel
    """
    from pipeline.jobs.control import cancel as end

    _, found = _find(project, run)
    _say(found, end(found), as_json=as_json)


@commands.command()
def pause(run: RunArgument = None, project: ProjectOption = HERE, as_json: JsonFlag = False) -> None:
    """Let a run write a checkpoint and free the machine.

    Example:  vibetune runs pause
    """
    from pipeline.jobs.control import pause as halt

    _, found = _find(project, run)
    _say(found, halt(found), as_json=as_json)


@commands.command()
def resume(
    run: RunArgument = None,
    project: ProjectOption = HERE,
    detach: Annotated[bool, typer.Option("--detach", help="Return at once; the run goes on.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Go on from the last checkpoint; the result is the same as without the break.

    Example:  vibetune runs resume
    """
    from app.cli.following import follow_to_the_end, print_outcome
    from app.workbench.running import go_on

    folder, found = _find(project, run)
    go_on(found)
    if detach:
        _say(found, "preparing", as_json=as_json)
        return
    print_outcome(follow_to_the_end(folder, found), as_json=as_json)


def _find(project: Path, name: str | None) -> tuple[ProjectFolder, RunFolder]:
    from pipeline.jobs.find import find_run

    folder = opened(project)
    return folder, find_run(folder, name)


def _say(run: RunFolder, state: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"run": run.name, "state": state})
        return
    typer.echo(f"{run.name} is {state}")
