"""The theme in use: its colours, its palette, and the signal by which painted widgets repaint."""

from __future__ import annotations

from typing import Literal, cast
from weakref import WeakSet

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from app.desktop.theme.stylesheet import stylesheet
from app.desktop.theme.tokens import DARK, LIGHT, Tokens

Choice = Literal["dark", "light", "system"]


class Theme(QObject):
    """One for the application; `changed` is emitted after palette and style sheet have been set."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self.choice: Choice = "dark"
        self.tokens = DARK
        self.editor_pixels = 13
        self._sheet = ""
        self._dressed: WeakSet[QWidget] = WeakSet()
        application.styleHints().colorSchemeChanged.connect(self._follow)

    def set(self, choice: Choice) -> None:
        """Shows the dark or the light theme, or the one that the desktop wants."""
        self.choice = choice
        self._show(self._wanted())

    def dress(self, window: QWidget) -> None:
        """Gives a window the theme's style sheet, now and whenever it changes.

        The sheet is the windows', not the application's: that one is applied anew to every widget of a view each time
        that a part is put into another while the view is built.
        """
        self._dressed.add(window)
        window.setStyleSheet(self._sheet)

    def set_editor_pixels(self, pixels: int) -> None:
        """Makes the editors' text larger or smaller."""
        if pixels != self.editor_pixels:
            self.editor_pixels = pixels
            self.changed.emit()

    @property
    def is_dark(self) -> bool:
        """Whether the dark colours are shown."""
        return self.tokens is DARK

    def color(self, token: str) -> QColor:
        """The colour of a role: `accent`, `muted` ... (`str` is written `str_`)."""
        return QColor(getattr(self.tokens, token))

    def _wanted(self) -> Tokens:
        if self.choice == "system":
            return LIGHT if self._application.styleHints().colorScheme() == Qt.ColorScheme.Light else DARK
        return LIGHT if self.choice == "light" else DARK

    def _follow(self) -> None:
        if self.choice == "system":
            self._show(self._wanted())

    def _show(self, tokens: Tokens) -> None:
        if tokens is self.tokens and self._sheet:
            return
        self.tokens, self._sheet = tokens, stylesheet(tokens)
        self._application.setPalette(palette(tokens))
        for window in filter(isValid, list(self._dressed)):
            window.setStyleSheet(self._sheet)
        self.changed.emit()


def theme() -> Theme:
    """The application's theme; made at the first call.

    Raises:
        RuntimeError: there is no QApplication yet.
    """
    application = cast("QApplication | None", QApplication.instance())
    if application is None:
        raise RuntimeError("theme() needs a QApplication")
    found = application.findChild(Theme)
    return found if found is not None else Theme(application)


def palette(tokens: Tokens) -> QPalette:
    """Qt's palette in the theme's colours: links, placeholders and Fusion's own drawing come from it."""
    made = QPalette()
    role = QPalette.ColorRole
    colours = {
        role.Window: tokens.bg1,
        role.WindowText: tokens.text,
        role.Base: tokens.bg1,
        role.AlternateBase: tokens.bg2,
        role.Text: tokens.text,
        role.Button: tokens.bg2,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.strong,
        role.ToolTipBase: tokens.bg2,
        role.ToolTipText: tokens.text,
        role.PlaceholderText: tokens.faint,
        role.Highlight: tokens.sel,
        role.HighlightedText: tokens.strong,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Light: tokens.bg3,
        role.Midlight: tokens.bg2,
        role.Mid: tokens.border2,
        role.Dark: tokens.border,
        role.Shadow: tokens.bg,
        role.Accent: tokens.accent,
    }
    for each, colour in colours.items():
        made.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, each, QColor(tokens.dis))
    return made
