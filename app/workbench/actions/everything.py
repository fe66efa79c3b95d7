"""All commands of the program: the window, the palette, the documentation and the tests read this one list."""

from __future__ import annotations

from app.workbench.actions import (
    adapters,
    assistant,
    data,
    data_editing,
    explorer,
    guide,
    machine,
    plan,
    playground,
    project,
    runs,
    server,
    view,
)
from app.workbench.commands import Command


def all_commands() -> list[Command]:
    """Every command, once; the order is the order within menus."""
    areas = (
        project,
        explorer,
        plan,
        view,
        data,
        data_editing,
        assistant,
        runs,
        adapters,
        playground,
        server,
        machine,
        guide,
    )
    return [command for area in areas for command in area.commands()]
