"""`vibetune app`: the desktop."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import people
from pipeline.errors import BadInput


def command(
    folder: Annotated[Path | None, typer.Argument(help="Project to open; none: what was open last.")] = None,
    add_to_menu: Annotated[
        bool, typer.Option("--add-to-menu", help="Put Vibetune into the desktop's menu of programs, and end.")
    ] = False,
) -> None:
    """Open the workbench: chat, plan, runs, verdicts and playground in one window.

    Runs and the server go on when the window is closed.

    Example:  vibetune app my-project
    """
    if add_to_menu:
        from app.desktop.menu_entry import add_to_menu as add

        people().print(f"Vibetune is in the menu now: {add()}", markup=False)
        return
    if folder is not None and not folder.is_dir():
        raise BadInput("app.folder", f"{folder} is not a folder.", f"Make a project with `vibetune new {folder}`.")
    _check_screen()
    from app.desktop.application import run

    raise typer.Exit(run(folder.resolve() if folder is not None else None))


def _check_screen() -> None:
    has_screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if sys.platform.startswith("linux") and not has_screen:
        raise BadInput(
            "app.no_screen",
            "There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.",
            "Start it from a desktop, or use `vibetune plan`, `run` and `compare` in the terminal.",
        )
