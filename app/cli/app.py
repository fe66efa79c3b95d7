"""`vibetune app`: the desktop."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import BadInput


def command(
    folder: Annotated[Path | None, typer.Argument(help="Project to open; none: what was open last.")] = None,
) -> None:
    """Open the workbench: chat, plan, runs, verdicts and playground in one window.

    Runs and the server go on when the window is closed.

    Example:  vibetune app my-project
    """
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
