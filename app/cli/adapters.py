"""`vibetune adapters`: the project's adapters, their aliases, and adapters from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.output import JsonFlag, people, print_json
from app.cli.project_option import HERE, ProjectOption, opened

if TYPE_CHECKING:
    from pipeline.jobs.adapters import RegisteredAdapter

commands = typer.Typer(
    name="adapters", help="List adapters, give aliases, roll back, import.", invoke_without_command=True
)


@commands.callback()
def list_all(context: typer.Context, project: ProjectOption = HERE, as_json: JsonFlag = False) -> None:
    """List all versions of all adapters.

    Example:  vibetune adapters
    """
    if context.invoked_subcommand is not None:
        return
    from pipeline.jobs.adapters import damaged_adapters, list_adapters

    folder = opened(project)
    adapters, damaged = list_adapters(folder), damaged_adapters(folder)
    if as_json:
        print_json(
            {
                "adapters": [_as_json(adapter) for adapter in adapters],
                "damaged": [error.as_json() for error in damaged],
            }
        )
        return
    from rich.table import Table

    table = Table("adapter", "aliases", "base", "task", "verdict", "run")
    for adapter in adapters:
        entry, verdict = adapter.entry, adapter.verdict
        outcome = verdict.outcome if verdict else "–"
        table.add_row(adapter.address, ", ".join(adapter.aliases), entry.base_id, entry.task, outcome, entry.run or "–")
    people().print(table if adapters or damaged else "No adapters yet. Train one: vibetune run")
    for error in damaged:
        people().print(f"left out: {error}", style="yellow", markup=False)


@commands.command()
def alias(
    address: Annotated[str, typer.Argument(help="name@version")],
    name: Annotated[str, typer.Argument(help="The alias, for example production.")],
    project: ProjectOption = HERE,
    as_json: JsonFlag = False,
) -> None:
    """Give a version an alias; clients may use name@alias from then on.

    Example:  vibetune adapters alias support-queues@v2 production
    """
    from pipeline.jobs.adapters import set_alias

    _show(set_alias(opened(project), address, name), as_json=as_json)


@commands.command()
def rollback(
    name: Annotated[str, typer.Argument(help="The adapter's name.")],
    alias_name: Annotated[str, typer.Option("--alias", help="The alias to give back.")] = "candidate",
    project: ProjectOption = HERE,
    as_json: JsonFlag = False,
) -> None:
    """Give an alias back to the version that had it before.

    Example:  vibetune adapters rollback support-queues --alias production
    """
    from pipeline.jobs.adapters import rollback as undo

    _show(undo(opened(project), name, alias_name), as_json=as_json)


@commands.command("import")
def import_folder(
    folder: Annotated[Path, typer.Argument(help="PEFT folder with adapter_config.json.")],
    name: Annotated[str, typer.Option("--name", help="What it is called here.")],
    base: Annotated[str, typer.Option("--base", help="That it was trained for.")] = "pocket",
    system_prompt: Annotated[str | None, typer.Option(help="That it was trained with.")] = None,
    project: ProjectOption = HERE,
    as_json: JsonFlag = False,
) -> None:
    """Take over a PEFT adapter from elsewhere, after checking that it can be served on its base.

    Example:  vibetune adapters import ./my-lora --name tone --base pocket
    """
    from app.workbench.importing import import_checked

    _show(import_checked(opened(project), folder, name, base, system_prompt=system_prompt), as_json=as_json)


def _as_json(adapter: RegisteredAdapter) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "address": adapter.address,
        "aliases": adapter.aliases,
        **asdict(adapter.entry),
        "verdict": asdict(adapter.verdict) if adapter.verdict else None,
    }


def _show(adapter: RegisteredAdapter, *, as_json: bool) -> None:
    if as_json:
        print_json(_as_json(adapter))
        return
    names = f" ({', '.join(adapter.aliases)})" if adapter.aliases else ""
    typer.echo(f"{adapter.address}{names}")
