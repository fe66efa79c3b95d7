"""Codicons, drawn sharp at every scale in the theme's colours."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

import resources
from app.desktop.theme.theme import theme

_FOLDER = Path(resources.__file__).parent / "icons"


@cache
def _glyphs() -> dict[str, str]:
    codes: dict[str, str] = json.loads((_FOLDER / "codicon.json").read_text("utf-8"))
    return {name: chr(int(code, 16)) for name, code in codes.items()}


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_FOLDER / "codicon.ttf"))
    if number < 0:
        raise RuntimeError("codicon.ttf can't be loaded")
    return QFontDatabase.applicationFontFamilies(number)[0]


def draw_icon(painter: QPainter, rect: QRect | QRectF, name: str, token: str = "muted") -> None:
    """Draws an icon in the middle of `rect`, as large as its shorter side."""
    rect = QRectF(rect)
    face = QFont(_family())
    face.setPixelSize(max(1, round(min(rect.width(), rect.height()))))
    painter.save()
    painter.setFont(face)
    painter.setPen(theme().color(token))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, _glyphs()[name])
    painter.restore()


class _Engine(QIconEngine):
    def __init__(self, name: str, token: str, active: str) -> None:
        super().__init__()
        self._name, self._token, self._active = name, token, active

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        token = "dis" if mode == QIcon.Mode.Disabled else self._token
        if state == QIcon.State.On and token != "dis":
            token = self._active
        draw_icon(painter, rect, self._name, token)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(size)
        if made.isNull():  # a narrow tab has no room for it
            return made
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(QPoint(), size), mode, state)
        painter.end()
        return made

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, _scale: float) -> QPixmap:  # noqa: N802, Qt's name
        return self.pixmap(size, mode, state)

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._token, self._active)


def icon(name: str, token: str = "muted", *, active: str = "strong") -> QIcon:
    """An icon in a theme colour; it follows the theme. `active` is its colour when its button is checked.

    Raises:
        KeyError: no codicon of that name.
    """
    if name not in _glyphs():
        raise KeyError(name)
    return QIcon(_Engine(name, token, active))
