"""Keys of the commands: one shortcut for each key, the command is chosen by where the focus is."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSlider, QApplication, QComboBox, QWidget

from app.desktop.living import while_living
from app.workbench.bench import Workbench
from app.workbench.commands import Command

_PRESSES = frozenset({"Space", "Return", "Enter"})
_QUIET = frozenset({"Esc"})  # pressed for many reasons: not worth a notice when there is nothing to close


class Keymap(QObject):
    """The shortcuts of one window; they follow the settings and the view that has the focus.

    Text fields keep the keys that they type with and Return, buttons and lists keep Space and Return.
    """

    def __init__(self, window: QWidget, bench: Workbench) -> None:
        super().__init__(window)
        self._window, self._bench, self._kind = window, bench, ""
        self._shortcuts: dict[str, QShortcut] = {}
        self._commands: dict[str, list[Command]] = {}
        self._focus_presses = False  # the widget with the focus is pressed by Space and Return itself
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_moved)
        bench.settings.changed.connect(self._setting_changed)
        self._make()

    def set_context(self, kind: str) -> None:
        """Says which kind of view has the focus: keys of other views fall silent."""
        if kind != self._kind:
            self._kind = kind
            self._apply()

    def choose(self, key: str) -> Command | None:
        """The command that a key means here: a view's own first, then one that can be run now."""
        fitting = [each for each in self._commands.get(key, []) if not each.views or self._kind in each.views]
        fitting.sort(key=lambda each: not each.views)
        return next((each for each in fitting if each.why_not(self._bench) is None), next(iter(fitting), None))

    def _make(self) -> None:
        for shortcut in self._shortcuts.values():
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._shortcuts, self._commands = {}, {}
        for command in self._bench.commands:
            for key in self._bench.keys_of(command):
                self._commands.setdefault(QKeySequence(key).toString(), []).append(command)
        for key in self._commands:
            shortcut = QShortcut(QKeySequence(key), self._window)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(partial(self._pressed, key))
            self._shortcuts[key] = shortcut
        self._apply()

    def _apply(self) -> None:
        for key, shortcut in self._shortcuts.items():
            fits = any(not each.views or self._kind in each.views for each in self._commands[key])
            shortcut.setEnabled(fits and not (self._focus_presses and key in _PRESSES))

    def _pressed(self, key: str) -> None:
        command = self.choose(key)
        if command is None or (key in _QUIET and command.why_not(self._bench) is not None):
            return
        self._bench.run(command.id)

    @while_living
    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        is_pressed = _is_pressed_by_keys(new)
        if is_pressed != self._focus_presses:
            self._focus_presses = is_pressed
            self._apply()

    @while_living
    def _setting_changed(self, name: str) -> None:
        if name == "keys":
            self._make()


def _is_pressed_by_keys(widget: QWidget | None) -> bool:
    if isinstance(widget, QAbstractButton | QComboBox | QAbstractItemView | QAbstractSlider):
        return True
    return widget is not None and bool(widget.property("clickable"))
