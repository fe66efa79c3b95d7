"""A box to tick, with its tick: the style sheet alone has no sign for it that follows the theme."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton

from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme


class CheckBox(QCheckBox):
    """Painted by the style sheet; the tick comes on top."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        draw_icon(QPainter(self), box.adjusted(1, 1, -1, -1), "check", "accentfg" if self.isEnabled() else "dis")
