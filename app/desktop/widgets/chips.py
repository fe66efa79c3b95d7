"""Chips of which one is chosen, and the key that leaves a field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QWidget

from app.desktop.widgets.basics import button

Key = TypeVar("Key")


def choice_chips(
    owner: QWidget, every: str, names: Mapping[Key, str], prefix: str, on: Callable[[Key | None], object]
) -> dict[Key | None, QPushButton]:
    """A chip for all, which is chosen, and one for each name; `on` gets the key of the one that is clicked.

    Args:
        owner: keeps the choice; the caller lays the chips out.
        every: text of the chip for all, whose key is None.
        names: key → text.
        prefix: of the object names.
        on: called after a click.
    """
    group = QButtonGroup(owner)
    texts: list[tuple[Key | None, str]] = [(None, every), *names.items()]
    made: dict[Key | None, QPushButton] = {}
    for key, text in texts:
        chip = button(text, kind="chip", name=f"{prefix}.{'all' if key is None else key}", on=partial(on, key))
        chip.setCheckable(True)
        chip.setChecked(not made)
        group.addButton(chip)
        made[key] = chip
    return made


def claims_escape(event: QKeyEvent) -> bool:
    """Takes Esc for a field before the window's own shortcut has it; True where that was asked for."""
    if event.type() != QEvent.Type.ShortcutOverride or event.key() != Qt.Key.Key_Escape:
        return False
    event.accept()
    return True
