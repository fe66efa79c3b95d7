"""A proposal as a card: every change with its reason and a tick, what it takes, and the decision."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QPushButton, QVBoxLayout, QWidget

from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import Elided, Picture, button, column, hairline, keycap, label, row
from app.desktop.widgets.chat.card_data import CardData, CardEstimate, CardHunk
from app.desktop.widgets.chat.diff_lines import DiffLines
from app.desktop.widgets.chat.memory_bar import MemoryBar
from app.desktop.widgets.chat.way_cards import WayCards
from app.desktop.widgets.flow import Flow, flow

_MOST_WARNINGS = 3
_MANY_LINES = 24  # of a whole proposal; more are shortened, so that the decision stays in sight


class Tick(QCheckBox):
    """A round tick: filled with a check mark, or an empty ring."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(18, 18)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme().changed.connect(self.update)

    def hitButton(self, _place: QPoint) -> bool:  # noqa: N802, Qt's name
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        circle = QRectF(2.5, 2.5, 13, 13)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("accent"))
            painter.drawEllipse(circle)
            draw_icon(painter, circle.adjusted(1, 1, -1, -1), "check", "accentfg")
        else:
            painter.setPen(QPen(theme().color("edge"), 1.2))
            painter.drawEllipse(circle)
        if self.hasFocus():
            painter.setPen(QPen(theme().color("strong"), 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QRectF(0.8, 0.8, 16.4, 16.4))


class HunkRow(QWidget):
    """One change."""

    ticked = Signal(int, bool)
    entered = Signal(int)

    def __init__(self, hunk: CardHunk, most_lines: int) -> None:
        super().__init__()
        self.number = hunk.number
        self.box = Tick()
        self.box.setObjectName(f"plan.hunk.{hunk.number}")
        self.box.setAccessibleName(f"{hunk.reason} {hunk.field}")
        self.box.setToolTip(f"Take this change ({hunk.field})")
        self.box.setChecked(hunk.is_ticked)
        self.box.toggled.connect(lambda on: self.ticked.emit(self.number, on))
        reason = label(hunk.reason, "strong", wraps=True)
        reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        path = Elided(".".join(hunk.field.split(".")[-2:]), "term")
        path.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._path = path
        head = row(spacing=8)
        head.addWidget(self.box, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(reason, 3)
        head.addWidget(path, 1, Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(head, DiffLines(hunk.removed, hunk.added, most_lines), spacing=4))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        self._path.setVisible(self.width() >= 300)

    def set_ticked(self, on: bool) -> None:
        """Shows the tick without telling."""
        self.box.blockSignals(True)
        self.box.setChecked(on)
        self.box.blockSignals(False)

    def set_current(self, on: bool) -> None:
        """Gives the change the focus."""
        if on:
            self.box.setFocus(Qt.FocusReason.OtherFocusReason)


class Decision(QWidget):
    """What is done with a proposal, in one line: where it is too narrow for the key's picture, it goes without."""

    def __init__(self, apply: QPushButton, key: str, reject: QPushButton, edit: QPushButton) -> None:
        super().__init__()
        self.setObjectName("plan.decision")
        self._key = keycap(key)
        self._line = Flow(8)
        self._line.add(apply, self._key, reject, None, edit)
        self.setLayout(self._line)

    def fit(self) -> None:
        """Shows the key where there is room for it."""
        needed = self._line.sizeHint().width()
        if self._key.isHidden():
            needed += self._key.sizeHint().width() + self._line.spacing()
        self._key.setVisible(needed <= self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        self.fit()


class PlanCard(QFrame):
    """The open proposal; `decision` are its buttons, which its owner keeps in sight however long the card is."""

    ticked = Signal(int, bool)
    applied = Signal()
    rejected = Signal()
    edited = Signal()
    way_wanted = Signal(str)
    unfolded = Signal(QWidget)  # a part that should come into sight

    def __init__(self, data: CardData) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setObjectName("plan.card")
        self._rows: dict[int, HunkRow] = {}
        self._count = label("", "muted", name="plan.count")
        self._apply = button("", icon="check", kind="primary", name="plan.apply", on=self.applied.emit)
        reject = button("Reject", name="plan.reject", on=self.rejected.emit)
        edit = button("Edit plan.yaml", kind="link", name="plan.edit", on=self.edited.emit)
        self.decision = Decision(self._apply, "Ctrl+Enter", reject, edit)
        self._box: QVBoxLayout = column(spacing=8, margins=12)
        self.setLayout(self._box)
        self._build(data)
        self._data = data
        self.show_data(data)

    def show_data(self, data: CardData) -> bool:
        """Shows other ticks; False where it is another proposal, which needs another card."""
        if _shape(data) != _shape(self._data):
            return False
        self._data = data
        for hunk in data.hunks:
            self._rows[hunk.number].set_ticked(hunk.is_ticked)
        whole = len(data.hunks)
        self._count.setText(f"{data.ticked} of {whole} change{'s' if whole != 1 else ''}")
        text = f"Apply {data.ticked} change{'s' if data.ticked != 1 else ''}" if data.ticked else "Nothing to apply"
        self._apply.setText(text)
        self._apply.setAccessibleName(text)
        self._apply.setEnabled(data.ticked > 0)
        self._apply.setToolTip("Ctrl+Enter" if data.ticked else "Every change is unticked.")
        self.decision.fit()
        return True

    def set_current(self, number: int) -> None:
        """Brings a change to the front."""
        if (found := self._rows.get(number)) is not None:
            found.set_current(True)

    @property
    def has_way_focus(self) -> bool:
        """Whether the keyboard is among the ways."""
        return self._ways.isAncestorOf(self.focusWidget() or self)

    def focus_way(self) -> None:
        """Gives the chosen way the keyboard."""
        self._ways.focus_chosen()

    def hunk(self, number: int) -> HunkRow | None:
        """The row of a change."""
        return self._rows.get(number)

    def _build(self, data: CardData) -> None:
        title = label(data.title, "section", wraps=True)
        head = row(Picture("checklist", "accent", 16), spacing=8)
        head.addWidget(title, 1)
        head.addWidget(self._count)
        self._box.addLayout(head)
        is_long = sum(len(hunk.removed) + len(hunk.added) for hunk in data.hunks) > _MANY_LINES
        for hunk in data.hunks:
            made = HunkRow(hunk, 3 if is_long else 8)
            made.ticked.connect(self.ticked.emit)
            self._rows[hunk.number] = made
            self._box.addWidget(made)
        for warning in data.warnings[:_MOST_WARNINGS]:
            self._box.addWidget(_note("warning", "warn", warning))
        for text in data.imports:
            self._box.addWidget(_note("info", "accent", text))
        if data.estimate.time or data.estimate.memory:
            self._box.addWidget(hairline())
            estimate = EstimateView(data.estimate)
            estimate.unfolded.connect(self.unfolded.emit)
            self._box.addWidget(estimate)
        self._ways = WayCards(data.ways)
        self._ways.setVisible(bool(data.ways))
        self._ways.chosen.connect(self.way_wanted.emit)
        self._box.addWidget(self._ways)


class EstimateView(QWidget):
    """Memory, time and money of a run, and where the figures come from."""

    unfolded = Signal(QWidget)

    def __init__(self, estimate: CardEstimate) -> None:
        super().__init__()
        box = column(spacing=6)
        if estimate.memory:
            box.addLayout(_memory_head(estimate))
            box.addWidget(MemoryBar(estimate.parts, estimate.memory_of or estimate.memory))
        self._why = label(estimate.basis, "muted", wraps=True, name="plan.basis")
        self._why.setVisible(False)
        why = button("Why these numbers?", kind="link", name="plan.why", on=self._toggle)
        why.setVisible(bool(estimate.basis))
        figures = [
            flow(label(name, "muted"), label(value, "strong", wraps=True), spacing=6)
            for name, value in (("Time", estimate.time), ("Money", estimate.money))
            if value
        ]
        box.addWidget(flow(*figures, None, why, spacing=12))
        box.addWidget(self._why)
        self.setLayout(box)

    def _toggle(self) -> None:
        self._why.setVisible(self._why.isHidden())
        if not self._why.isHidden():
            self.unfolded.emit(self._why)


def _memory_head(estimate: CardEstimate) -> QVBoxLayout:
    fits = estimate.memory <= estimate.memory_of or not estimate.memory_of
    said = label("fits" if fits else "does not fit", "good" if fits else "bad")
    mark = Picture("check" if fits else "close", "good" if fits else "bad", 12)
    figure = label(estimate.memory_text, "strong")
    return column(row(label("Memory", "muted"), figure, None, mark, said, spacing=6))


def _note(name: str, token: str, text: str) -> QWidget:
    made = QWidget()
    line = row(spacing=8)
    line.addWidget(Picture(name, token, 14), 0, Qt.AlignmentFlag.AlignTop)
    words = label(text, "muted", wraps=True)
    words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    line.addWidget(words, 1)
    made.setLayout(line)
    return made


def _shape(data: CardData) -> object:
    hunks = [(hunk.number, hunk.field, hunk.reason, hunk.removed, hunk.added) for hunk in data.hunks]
    return data.title, hunks, data.warnings, data.estimate, data.imports, data.ways
