"""A small button that is only an icon."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QToolButton

from app.desktop.theme.icons import icon


def tool(name: str, tip: str, object_name: str, on: Callable[[], object]) -> QToolButton:
    """Its tooltip is its accessible name."""
    made = QToolButton()
    made.setIcon(icon(name, "text"))
    made.setIconSize(QSize(16, 16))
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    made.setObjectName(object_name)
    made.clicked.connect(lambda _checked=False: on())
    return made
