"""All settings as a form, made from `Settings`: each with its text and an editor that suits its type."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, get_args

from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.desktop.living import while_living
from app.desktop.panels.shortcut_table import ShortcutTable
from app.desktop.theme.icons import icon
from app.desktop.widgets.basics import Segmented, column, label, row
from app.workbench.bench import Workbench
from app.workbench.settings import Settings, describe
from pipeline.errors import BadInput

WIDEST = 760
NAMES = {
    "theme": "Colours",
    "font_size": "Text size",
    "reduce_motion": "Less motion",
    "restore_windows": "Restore windows",
    "notify_when_done": "Tell when work ends",
    "refresh_seconds": "Look every",
    "engine_python": "Interpreter of the engine",
    "worker_python": "Interpreter that trains",
    "keys": "Shortcuts",
}


class SettingsView(QScrollArea):
    """The settings of this user."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._key = bench, key
        self._fields: dict[str, tuple[QWidget, Callable[[Any], None]]] = {}
        self._errors: dict[str, QLabel] = {}
        self._rows: dict[str, QWidget] = {}
        self.setObjectName("settings")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._search = QLineEdit()
        self._search.setObjectName("settings.search")
        self._search.setAccessibleName("Search settings")
        self._search.setPlaceholderText("Search settings")
        self._search.addAction(icon("search", "faint"), QLineEdit.ActionPosition.LeadingPosition)
        self._search.textChanged.connect(self._filter)
        page = QWidget()
        page.setMaximumWidth(WIDEST)
        body = column(label("Settings", "title"), spacing=4, margins=(24, 20, 24, 20))
        body.addWidget(label(str(bench.settings.path), "term"))
        body.addSpacing(8)
        body.addWidget(self._search)
        body.addSpacing(8)
        for name in Settings.model_fields:
            if name not in ("version", "keys"):
                body.addWidget(self._row(name))
        body.addWidget(self._shortcuts())
        body.addStretch(1)
        page.setLayout(body)
        inner = QWidget()
        inner.setProperty("surface", "panel")
        outer = row(spacing=0)
        outer.addWidget(page, 1)
        outer.addStretch(0)
        inner.setLayout(outer)
        self.setWidget(inner)
        bench.settings.changed.connect(self._changed)

    def _row(self, name: str) -> QWidget:
        editor, show = self._editor(name)
        editor.setObjectName(f"settings.{name}")
        editor.setAccessibleName(f"{NAMES.get(name, name)}: {describe(name)}")
        self._fields[name] = (editor, show)
        show(getattr(self._bench.settings.values, name))
        head = row(label(NAMES.get(name, name.replace("_", " ").capitalize()), "section"), label(name, "term"), None)
        error = label("", "bad", wraps=True, name=f"settings.{name}.error")
        error.hide()
        self._errors[name] = error
        words: QVBoxLayout = column(head, label(describe(name), "muted", wraps=True), error, spacing=2)
        made = QWidget()
        line = row(spacing=16, margins=(0, 8, 0, 8))
        line.addLayout(words, 1)
        line.addWidget(editor)
        made.setLayout(line)
        self._rows[name] = made
        return made

    def _shortcuts(self) -> QWidget:
        self._table = ShortcutTable(self._bench)
        made = QWidget()
        head = row(label(NAMES["keys"], "section"), label("keys", "term"), None)
        made.setLayout(
            column(head, label(describe("keys"), "muted", wraps=True), self._table, spacing=6, margins=(0, 12, 0, 0))
        )
        self._rows["keys"] = made
        return made

    def _editor(self, name: str) -> tuple[QWidget, Callable[[Any], None]]:
        kind = Settings.model_fields[name].annotation
        if kind is bool:
            return self._check(name)
        if kind in (int, float):
            return self._number(name, is_whole=kind is int)
        if get_args(kind):
            return self._choice(name, [str(each) for each in get_args(kind)])
        return self._text(name)

    def _check(self, name: str) -> tuple[QWidget, Callable[[Any], None]]:
        box = QCheckBox()
        box.toggled.connect(partial(self._set, name))
        return box, box.setChecked

    def _choice(self, name: str, options: list[str]) -> tuple[QWidget, Callable[[Any], None]]:
        made = Segmented(options, name=f"settings.{name}.choice")
        made.chosen.connect(partial(self._set, name))
        return made, made.choose

    def _number(self, name: str, *, is_whole: bool) -> tuple[QWidget, Callable[[Any], None]]:
        low, high = _bounds(name)
        if is_whole:
            whole = QSpinBox()
            whole.setRange(int(low), int(high))
            whole.setFixedWidth(120)
            whole.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
            whole.setSuffix(_unit(name))
            whole.setKeyboardTracking(False)
            whole.valueChanged.connect(partial(self._set, name))
            return whole, whole.setValue
        box = QDoubleSpinBox()
        box.setRange(low, high)
        box.setSingleStep(0.1)
        box.setFixedWidth(120)
        box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        box.setSuffix(_unit(name))
        box.setKeyboardTracking(False)
        box.valueChanged.connect(partial(self._set, name))
        return box, box.setValue

    def _text(self, name: str) -> tuple[QWidget, Callable[[Any], None]]:
        field = QLineEdit()
        field.setFixedWidth(300)
        field.editingFinished.connect(lambda: self._set(name, field.text().strip()))
        return field, field.setText

    def _set(self, name: str, value: object) -> None:
        if getattr(self._bench.settings.values, name) == value:
            return
        try:
            self._bench.settings.set(name, value)
        except BadInput as error:
            self._errors[name].setText(f"{error.message} {error.hint}")
            self._errors[name].show()
            return
        self._errors[name].hide()

    @while_living
    def _changed(self, name: str) -> None:
        """Shows what was changed elsewhere."""
        if name in self._fields:
            editor, show = self._fields[name]
            editor.blockSignals(True)
            show(getattr(self._bench.settings.values, name))
            editor.blockSignals(False)

    def _filter(self, text: str) -> None:
        wanted = text.strip().lower()
        for name, made in self._rows.items():
            told = f"{name} {NAMES.get(name, '')} {describe(name)}".lower()
            made.setVisible(wanted in told)


def _unit(name: str) -> str:
    """The unit that the setting's text ends with."""
    last = describe(name).rstrip(".").rpartition(" ")[2]
    return {"pixels": " px", "seconds": " s"}.get(last, "")


def _bounds(name: str) -> tuple[float, float]:
    """The smallest and the largest value that the setting takes."""
    low, high = 0.0, 1e9
    for rule in Settings.model_fields[name].metadata:
        low = float(getattr(rule, "ge", None) or low)
        high = float(getattr(rule, "le", None) or high)
    return low, high
