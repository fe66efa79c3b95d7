"""Menus made from the commands."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from app.desktop.theme.icons import icon
from app.workbench.bench import Workbench
from app.workbench.commands import Command

MENUS = ("File", "Edit", "View", "Plan", "Data", "Run", "Adapters", "Server", "Help")


def context_menu(bench: Workbench, context: str, parent: QWidget) -> QMenu:
    """The commands for a `run`, an `adapter`, a `file` ...; what can't be done now says why in its tooltip."""
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    for command in bench.commands.in_context(context):
        menu.addAction(_action(bench, command, menu))
    return menu


def whole_menu(bench: Workbench, parent: QWidget) -> QMenu:
    """All menus in one, for the button at the upper left."""
    menu = QMenu(parent)
    for name in MENUS:
        below = menu.addMenu(name)
        below.setToolTipsVisible(True)
        below.aboutToShow.connect(lambda below=below, name=name: _fill(bench, below, name))
    return menu


def _fill(bench: Workbench, menu: QMenu, name: str) -> None:
    menu.clear()
    group = ""
    for command in bench.commands.in_menu(name):
        if group and command.menu != group:
            menu.addSeparator()
        group = command.menu
        menu.addAction(_action(bench, command, menu))


def _action(bench: Workbench, command: Command, parent: QMenu) -> QAction:
    action = QAction(command.title, parent)
    if command.icon:
        action.setIcon(icon(command.icon))
    keys = bench.keys_of(command)
    if keys:
        action.setText(f"{command.title}\t{QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText)}")
    reason = command.why_not(bench)
    action.setEnabled(reason is None)
    action.setToolTip(reason or command.help or command.title)
    action.triggered.connect(lambda _checked=False: bench.run(command.id))
    return action
