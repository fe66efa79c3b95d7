"""What stands above the rows of the data view: filter and parts, and how far the reading of a large file is."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QProgressBar, QPushButton, QWidget

from app.desktop.theme.icons import icon
from app.desktop.widgets.basics import button, label, row, tool_button
from app.desktop.widgets.flow import Flow
from app.workbench.data_rows import PARTS, Part

PART_NAMES: dict[Part, str] = {
    "all": "All",
    "train": "Train",
    "validation": "Validation",
    "test": "Test",
    "marked": "To look at",
    "quarantine": "Set aside",
}
_OF_FILES = (("data.label", "tag", "Label rows (L)"), ("data.freeze", "lock", "Freeze a version"))
_OF_VERSIONS = (("data.compare", "diff", "Compare with the version before"),)


class DataBar(QWidget):
    """Filter, parts and how many rows are shown."""

    query_changed = Signal()
    ask_wanted = Signal()
    command_wanted = Signal(str)

    def __init__(self, *, is_version: bool = False) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.field = QLineEdit()
        self.field.setObjectName("data.filter")
        self.field.setAccessibleName("Filter rows")
        self.field.setPlaceholderText("Filter, e.g. queue:refund tokens>200")
        self.field.setClearButtonEnabled(True)
        self.field.addAction(icon("search", "faint"), QLineEdit.ActionPosition.LeadingPosition)
        self.field.setMinimumWidth(180)
        self.field.setMaximumWidth(300)
        self.pattern = QAction(icon("regex", "muted", active="accent"), "Regular expression", self)
        self.pattern.setCheckable(True)
        self.pattern.setToolTip("Read the filter as a regular expression")
        self.field.addAction(self.pattern, QLineEdit.ActionPosition.TrailingPosition)
        self.error = label("", "bad", name="data.filter_error")
        self.error.hide()
        self._shown = label("", "muted", name="data.shown")
        self._chips: dict[Part, QPushButton] = {}
        self._group = QButtonGroup(self)
        self._ask = button(
            "Say what to do with it", icon="comment-discussion", name="data.ask", on=self.ask_wanted.emit
        )
        for part in PARTS:
            chip = button(PART_NAMES[part], kind="chip", name=f"data.part.{part}")
            chip.setCheckable(True)
            chip.setVisible(part == "all")
            chip.clicked.connect(self._changed_now)
            self._group.addButton(chip)
            self._chips[part] = chip
        self._chips["all"].setChecked(True)
        self.problems = button("Problems", kind="chip", icon="warning", name="data.problems")
        self.problems.setCheckable(True)
        bar = Flow(8, (12, 8, 12, 8))
        ways = _OF_VERSIONS if is_version else _OF_FILES
        tools = [tool_button(sign, words, name=f"data.bar.{command}", on=partial(self.command_wanted.emit, command))
                 for command, sign, words in ways]  # fmt: skip
        bar.add(self.field, *self._chips.values(), self.problems, self.error, None, self._shown, *tools, self._ask)
        self.setLayout(bar)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(200)
        self._later.timeout.connect(self.query_changed.emit)
        self.field.textChanged.connect(lambda _text: self._later.start())
        self.field.returnPressed.connect(self._changed_now)
        self.pattern.toggled.connect(lambda _on: self._changed_now())

    @property
    def part(self) -> Part:
        """The chosen part."""
        return next((part for part, chip in self._chips.items() if chip.isChecked()), "all")

    def choose(self, part: Part, text: str | None = None) -> None:
        """Chooses a part, and with it perhaps another filter."""
        self._chips[part].setChecked(True)
        if text is not None:
            self.field.setText(text)
        self._changed_now()

    def focus_filter(self) -> None:
        """Puts the keyboard into the filter."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def show_parts(self, parts: tuple[tuple[Part, int], ...]) -> None:
        """Shows the parts that hold rows, with their counts."""
        counts = dict(parts)
        for part, chip in self._chips.items():
            chip.setText(f"{PART_NAMES[part]} {counts.get(part, 0):,}" if parts else PART_NAMES[part])
            chip.setAccessibleName(chip.text())
            chip.setVisible(part == "all" or counts.get(part, 0) > 0)

    def show_problems(self, to_look_at: int, *, is_blocked: bool) -> None:
        """Says how many problems want a look; the chip shows and hides them."""
        self.problems.setText(f"Problems {to_look_at:,}" if to_look_at else "No problems")
        self.problems.setAccessibleName(f"{self.problems.text()}{', one blocks a run' if is_blocked else ''}")
        sign = ("error", "bad") if is_blocked else ("warning", "warn") if to_look_at else ("pass", "good")
        self.problems.setIcon(icon(*sign))
        self.problems.setToolTip("Show or hide what the checks found (Ctrl+. lists what settles it)")

    def show_total(self, total: int, whole: int | None) -> None:
        """Says how many rows the filter leaves."""
        is_filtered = bool(self.field.text().strip()) and whole is not None
        self._shown.setText(f"{total:,} of {whole:,} rows" if is_filtered else f"{total:,} rows")

    def show_error(self, text: str) -> None:
        """Says in place what is wrong with the filter; an empty text takes it away."""
        self.error.setText(text)
        self.error.setVisible(bool(text))

    def _changed_now(self) -> None:
        self._later.stop()
        self.query_changed.emit()


class ReadingBar(QWidget):
    """How far the reading of a large file is, and a button that stops it."""

    stop_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.reading")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("How much of the file has been read")
        self._text = label("", "muted", name="data.reading_text")
        stop = button("Stop reading", icon="debug-stop", name="data.stop_reading", on=self.stop_wanted.emit)
        body = row(self._text, margins=(12, 8, 12, 8))
        body.addWidget(self._bar, 1)
        body.addWidget(stop)
        self.setLayout(body)
        self.hide()

    def show_share(self, share: float | None, shown: int) -> None:
        """Shows how much has been read, 0 to 1 (None: nobody knows yet), and how many rows can be seen meanwhile."""
        text = "Reading all rows" if share is None else f"Reading all rows: {share:.0%}"
        self._text.setText(f"{text} · the first {shown:,} are shown" if shown else text)
        self._bar.setRange(0, 0 if share is None else 100)
        self._bar.setValue(round(100 * (share or 0.0)))
