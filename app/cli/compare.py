"""`vibetune compare`: one message, N models, answers side by side as they are written."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import JsonFlag, people, print_json
from app.cli.project_option import HERE, ProjectOption, opened

if TYPE_CHECKING:
    from rich.columns import Columns
    from rich.table import Table

    from app.workbench.comparing import Comparison, Contestant
    from serving.engine.engine import Engine


def command(
    message: Annotated[str, typer.Argument(help="What all of them are asked.")],
    adapter: Annotated[
        list[str] | None,
        typer.Option("--adapter", help="Address; repeatable.", show_default="all that are served"),
    ] = None,
    project: ProjectOption = HERE,
    start: Annotated[bool, typer.Option("--start", help="Start a server for this, and stop it after.")] = False,
    temperature: Annotated[float, typer.Option(min=0, help="0 takes the most probable token.")] = 0.0,
    seed: Annotated[int, typer.Option(help="The same for all columns.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Ask the base and the adapters the same, and see their answers side by side.

    Example:  vibetune compare "my parcel was left in the rain" --adapter support-queues --adapter house-tone
    """
    from app.workbench.deploying import contestants, running_engine, served_adapters, start_serving

    folder = opened(project)
    engine = start_serving(folder, adapter or []) if start else running_engine(folder)
    try:
        columns = contestants(engine, served_adapters(folder, engine, adapter or []))
        comparison = asyncio.run(_stream(engine, columns, message, seed, temperature, quiet=as_json))
    finally:
        if start:
            engine.stop()
    if as_json:
        print_json(comparison.as_json())
    elif not sys.stdout.isatty():
        people().print(side_by_side(comparison))


async def _stream(
    engine: Engine, columns: list[Contestant], message: str, seed: int, temperature: float, *, quiet: bool
) -> Comparison:
    from rich.live import Live

    from app.workbench.comparing import compare

    async with engine.endpoint() as endpoint:
        updates = compare(endpoint, columns, message, seed=seed, temperature=temperature)
        if quiet or not sys.stdout.isatty():
            return [update async for update in updates][-1]
        with Live(console=people(), refresh_per_second=12) as live:
            async for update in updates:
                live.update(side_by_side(update))
            return update


def side_by_side(comparison: Comparison) -> Table | Columns:
    """The answers as columns, equally wide; model text is shown as it is, never as markup."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(comparison.message), title_justify="left", expand=sys.stdout.isatty(), show_footer=True)
    for answer in comparison.answers:
        spent = f"{answer.seconds:.2f} s" if answer.seconds is not None else "…"
        table.add_column(Text(answer.title), ratio=1, footer=Text(spent, style="dim"), overflow="fold")
    cells = [
        Text(str(answer.error["message"]), style="red") if answer.error else Text(answer.text or " ")
        for answer in comparison.answers
    ]
    table.add_row(*cells)
    return table
