"""Parts of the data view: the bar above the rows, what was found beside them, and one row in full."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.desktop.theme.icons import icon
from app.desktop.widgets.basics import Picture, button, clear, column, hairline, label, row, set_kind, tool_button
from app.desktop.widgets.count_bars import CountBars, ShareBar
from app.desktop.widgets.flow import Flow
from app.workbench.data_rows import PARTS, Finding, Part, SourceFacts

PART_NAMES: dict[Part, str] = {
    "all": "All",
    "train": "Train",
    "validation": "Validation",
    "test": "Test",
    "marked": "To look at",
    "quarantine": "Set aside",
}
REASONS = {
    "data.duplicate": "duplicates",
    "data.near_duplicate": "near duplicates",
    "data.leakage": "leakage",
    "data.contradiction": "contradictions",
    "data.empty_prompt": "no prompt",
    "data.empty_completion": "no answer",
    "data.ragged_row": "uneven rows",
    "data.bad_line": "unreadable lines",
    "data.personal_data": "personal data",
}
_OF_FILES = (("data.label", "tag", "Label rows (L)"), ("data.freeze", "lock", "Freeze a version"))
_OF_VERSIONS = (("data.compare", "diff", "Compare with the version before"),)
_WAYS = {
    "data.contradiction": ("Decide", "label"),
    "data.empty_completion": ("Label them", "label"),
    "data.rare_labels": ("Add examples", "add"),
}
_PLACE = re.compile(r"^(\S.*?:\d+)(?=: |$)")
_SIGNS = {"block": ("error", "bad"), "warning": ("warning", "warn"), "note": ("info", "muted")}


def reason_name(code: str) -> str:
    """A reason in words."""
    return REASONS.get(code, code.removeprefix("data.").replace("_", " "))


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
        bar = Flow(8, (12, 8, 12, 8))
        ways = _OF_VERSIONS if is_version else _OF_FILES
        tools = [tool_button(sign, words, name=f"data.bar.{command}", on=partial(self.command_wanted.emit, command))
                 for command, sign, words in ways]  # fmt: skip
        bar.add(self.field, *self._chips.values(), self.error, None, self._shown, *tools, self._ask)
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

    def show_parts(self, parts: tuple[tuple[Part, int], ...]) -> None:
        """Shows the parts that hold rows, with their counts."""
        counts = dict(parts)
        for part, chip in self._chips.items():
            chip.setText(f"{PART_NAMES[part]} {counts.get(part, 0):,}" if parts else PART_NAMES[part])
            chip.setAccessibleName(chip.text())
            chip.setVisible(part == "all" or counts.get(part, 0) > 0)

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


class FindingList(QScrollArea):
    """What the checks found, with counts; how the labels are spread; what was set aside."""

    place_wanted = Signal(str)
    label_wanted = Signal(str)
    set_aside_wanted = Signal(str)  # a reason; empty: all
    labelling_wanted = Signal()
    examples_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []  # `file:line` of all examples
        self.can_edit = False  # whether the rows are a file's, and not a version's
        self.setObjectName("data.findings")
        self.setAccessibleName("Problems")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._open = label("", "pill-warn", name="data.open_problems")
        self._head = label("Checks are running …", "muted", wraps=True, name="data.verdict")
        self._items = QVBoxLayout()
        self._items.setSpacing(0)
        self._balance, self._balance_term = CountBars("data.balance"), label("", "muted")
        self._balance.chosen.connect(self.label_wanted)
        self._majority = label("", "muted")
        self._balance_box = QWidget()
        self._balance_box.setLayout(
            column(
                hairline(),
                row(label("Balance", "section"), self._balance_term, None, self._majority, margins=(12, 12, 12, 4)),
                row(self._balance, margins=(12, 0, 12, 10)),
                spacing=0,
            )
        )
        self._aside, self._aside_box = ShareBar(), QWidget()
        self._aside_term = label("", "muted", name="data.set_aside")
        self._reasons = QVBoxLayout()
        self._reasons.setSpacing(0)
        head = row(Picture("archive", "muted"), label("Set aside", "section"), self._aside_term, None)
        self._aside_box.setLayout(
            column(hairline(), column(head, self._aside, self._reasons, margins=12, spacing=8), spacing=0)
        )
        inner = QWidget()
        top = row(label("Problems", "section"), self._open, None, margins=(12, 12, 12, 2))
        inner.setLayout(
            column(top, row(self._head, margins=(12, 0, 12, 8)), self._items, self._balance_box, self._aside_box, None,
                   spacing=0)
        )  # fmt: skip
        self.setWidget(inner)
        self._balance_box.hide()
        self._aside_box.hide()
        self._open.hide()

    def show_facts(self, facts: SourceFacts) -> None:
        """Shows what was found in a source."""
        clear(self._items)
        self.places.clear()
        for finding in facts.findings:
            self._items.addWidget(hairline())
            self._items.addLayout(self._item(finding))
        to_look_at = sum(1 for each in facts.findings if each.severity != "note")
        blocking = sum(1 for each in facts.findings if each.severity == "block")
        self._open.setText(f"{to_look_at} to look at")
        set_kind(self._open, "pill-bad" if blocking else "pill-warn")
        self._open.setVisible(to_look_at > 0)
        self._head.setText(_verdict(blocking, to_look_at))
        self._show_balance(facts)
        self._show_set_aside(facts)

    def _item(self, finding: Finding) -> QVBoxLayout:
        name, token = _SIGNS[finding.severity]
        words = column(_sentence(finding), spacing=3)
        if finding.hint:
            words.addWidget(label(finding.hint, "muted", wraps=True))
        places = [(found[1], each) for each in finding.examples if (found := _PLACE.match(each))]
        self.places += [place for place, _ in places]
        if places:
            links = row(spacing=10)
            for place, example in places[:3]:
                links.addWidget(
                    button(
                        f"line {place.rpartition(':')[2]}",
                        kind="link",
                        tip=example,
                        on=_emits(self.place_wanted, place),
                    )
                )
            links.addStretch(1)
            words.addLayout(links)
        if self.can_edit and (way := _WAYS.get(finding.code)) is not None:
            wanted = self.labelling_wanted if way[1] == "label" else self.examples_wanted
            words.addLayout(row(button(way[0], name=f"data.way.{finding.code}", on=wanted.emit), None))
        body = row(spacing=10, margins=(12, 10, 12, 10))
        body.addWidget(Picture(name, token), 0, Qt.AlignmentFlag.AlignTop)
        body.addLayout(words, 1)
        return column(body)

    def _show_balance(self, facts: SourceFacts) -> None:
        self._balance_box.setVisible(len(facts.labels) > 1)
        if len(facts.labels) > 1:
            total = sum(count for _, count in facts.labels)
            self._balance_term.setText(f"{len(facts.labels)} values")
            self._majority.setText(f"majority alone: {100 * facts.labels[0][1] / total:.1f} %")
            self._balance.set_counts(facts.labels)

    def _show_set_aside(self, facts: SourceFacts) -> None:
        total = sum(count for _, count in facts.set_aside)
        self._aside_box.setVisible(total > 0)
        clear(self._reasons)
        if not total:
            return
        self._aside_term.setText(f"{total:,} row{'' if total == 1 else 's'}, nothing is deleted")
        told = ", ".join(f"{reason_name(code)} {count:,}" for code, count in facts.set_aside)
        self._aside.set_counts([count for _, count in facts.set_aside], f"Set aside: {told}")
        for code, count in facts.set_aside:
            text = f"{reason_name(code)} · {count:,}"
            link = button(text, kind="link", name=f"data.reason.{code}", on=_emits(self.set_aside_wanted, code))
            self._reasons.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        everything = button("Open", name="data.open_set_aside", tip="Show the rows that were set aside")
        everything.clicked.connect(lambda _checked=False: self.set_aside_wanted.emit(""))
        self._reasons.addLayout(row(everything, None, margins=(0, 6, 0, 0)))


def _emits(signal: SignalInstance, value: str) -> Callable[[], object]:
    return lambda: signal.emit(value)


def _sentence(finding: Finding) -> QLabel:
    return label(finding.message, "strong", wraps=True)


def _verdict(blocking: int, to_look_at: int) -> str:
    if blocking:
        return f"{blocking} of these stand in the way of a run." if blocking > 1 else "One of these blocks a run."
    if to_look_at:
        return "Nothing blocks a run. A look at these would make the result better."
    return "Nothing to decide: all checks ran."
