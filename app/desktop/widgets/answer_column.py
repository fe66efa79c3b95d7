"""One model's answer: who it is, what it says as it says it, and how long it took; text is never taken for markup."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QBoxLayout, QFrame, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import (
    Banner,
    Elided,
    Pill,
    clear,
    column,
    hairline,
    keycap,
    label,
    row,
    set_kind,
    tool_button,
)

WIDE = 300  # pixels from which a note stands beside the pill


@dataclass(frozen=True)
class Head:
    """What stands above an answer.

    Args:
        key: that votes for it.
        tone: of the pill: empty, `good` or `accent`.
    """

    key: str
    title: str
    term: str = ""
    term_note: str = ""
    pill: str = ""
    pill_tone: str = ""
    note: str = ""


@dataclass(frozen=True)
class Timing:
    """How long an answer took.

    Args:
        first_s: seconds to the first word; None before it.
        share: of the length limit that is used, 0 to 1.
        note: `49 tokens  61/s`.
    """

    first_s: float | None = None
    total_s: float = 0.0
    share: float = 0.0
    note: str = ""


class AnswerText(QPlainTextEdit):
    """A model's text while it grows, with a caret at its end while more comes."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = ""
        self._is_growing = False
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.document().setDocumentMargin(0)

    def show_text(self, text: str, *, is_growing: bool) -> None:
        """Shows a text; where it goes on from what is shown, only the new part is laid out."""
        self._is_growing = is_growing
        if text != self._shown:
            bar = self.verticalScrollBar()
            follows = bar.value() >= bar.maximum() - 4
            if text.startswith(self._shown) and self._shown:
                cursor = QTextCursor(self.document())
                cursor.movePosition(QTextCursor.MoveOperation.End)
                cursor.insertText(text[len(self._shown) :])
            else:
                self.setPlainText(text)
            self._shown = text
            if follows and is_growing:
                bar.setValue(bar.maximum())
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        super().paintEvent(event)
        if not self._is_growing:
            return
        end = QTextCursor(self.document())
        end.movePosition(QTextCursor.MoveOperation.End)
        place = self.cursorRect(end)
        painter = QPainter(self.viewport())
        painter.fillRect(QRectF(place.left() + 1, place.top() + 1, 3, place.height() - 2), theme().color("accent"))


class TimingBar(QWidget):
    """A thin bar: waiting for the first word, then the part of the length limit that is used."""

    def __init__(self) -> None:
        super().__init__()
        self._timing = Timing()
        self.setFixedHeight(32)
        theme().changed.connect(self.update)

    def show_timing(self, timing: Timing) -> None:
        """Shows it."""
        if timing != self._timing:
            self._timing = timing
            self.setAccessibleName(f"First word after {self._first()}, {timing.note}")
            self.update()

    def _first(self) -> str:
        first = self._timing.first_s
        if first is None:
            return "…"
        return f"{first * 1000:.0f} ms" if first < 1 else f"{first:.1f} s"

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        width = float(self.width())
        self._fill(painter, 0, width, "bg3")
        timing = self._timing
        if timing.first_s is not None:
            wait = max(8.0, min(0.3, timing.first_s / max(timing.total_s, 1e-6)) * width * 0.4)
            self._fill(painter, wait + 2, max(3.0, (width - wait - 2) * timing.share), "accent")
            self._fill(painter, 0, wait, "num")
        painter.setFont(font(11, is_tabular=True))
        note = painter.fontMetrics().horizontalAdvance(timing.note)
        self._legend(painter, QRectF(0, 12, width, 18), "num", self._first_words(painter, width - note - 48))
        if timing.note:
            self._legend(painter, QRectF(max(0.0, width - note - 16), 12, note + 18, 18), "accent", timing.note)

    def _first_words(self, painter: QPainter, room: float) -> str:
        """As much of it as there is room for beside the note."""
        if self._timing.first_s is None:
            return ""
        said = (f"first word {self._first()}", self._first(), "")
        return next(text for text in said if not text or painter.fontMetrics().horizontalAdvance(text) <= room)

    @staticmethod
    def _fill(painter: QPainter, left: float, width: float, token: str) -> None:
        painter.setBrush(theme().color(token))
        painter.drawRoundedRect(QRectF(left, 2, width, 4), 2, 2)

    @staticmethod
    def _legend(painter: QPainter, rect: QRectF, token: str, text: str) -> None:
        if not text:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color(token))
        painter.drawRoundedRect(QRectF(rect.left(), rect.center().y() - 3.5, 8, 8), 2, 2)
        painter.setPen(theme().color("muted"))
        painter.drawText(rect.adjusted(14, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


class AnswerColumn(QWidget):
    """A column of the comparison. `menu_wanted` carries the place on the screen for the column's menu."""

    menu_wanted = Signal(QPoint)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setMinimumWidth(190)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._key, self.title = keycap(""), Elided("", "section")
        self.title.setObjectName(f"{name}.title")
        self._term, self._term_note = Elided("", "term"), label("", "term")
        self._pill, self._note = Pill("", "pill"), label("", "muted")
        self._pill.setFixedHeight(22)  # twice its radius and a little: Qt draws it square otherwise
        self.menu_button = tool_button(
            "ellipsis", "Options of this column: another model, copy, remove", name=f"{name}.menu"
        )
        self.menu_button.clicked.connect(self._ask_for_menu)
        self.text = AnswerText()
        self.text.setObjectName(f"{name}.text")
        self.timing = TimingBar()
        self._problem: QVBoxLayout = column()
        self._told: tuple[str, str, str] | None = None
        self._assemble()

    def _assemble(self) -> None:
        first = row(self._key, spacing=10)
        first.addWidget(self.title, 1)
        first.addWidget(self.menu_button)
        second = row(spacing=6)
        second.addWidget(self._term, 1)
        second.addWidget(self._term_note)
        self._state = row(spacing=6)
        self._state.addWidget(self._pill, 1)
        self._state.addStretch(0)
        self._state.addWidget(self._note)
        head = column(first, second, self._state, spacing=5, margins=(16, 10, 16, 10))
        body = column(spacing=8, margins=(16, 12, 16, 10))
        body.addLayout(self._problem)
        body.addWidget(self.text, 1)
        body.addWidget(self.timing)
        whole = column(head, hairline(), spacing=0)
        whole.addLayout(body, 1)
        self.setLayout(whole)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        """Columns are of one width: what stands below each other in one does so in all."""
        super().resizeEvent(event)
        ways = QBoxLayout.Direction
        self._state.setDirection(ways.LeftToRight if event.size().width() >= WIDE else ways.TopToBottom)

    def show_head(self, head: Head) -> None:
        """Says who it is."""
        self._key.setText(head.key)
        self.title.set_text(head.title)
        self._term.set_text(head.term)
        self._term_note.setText(head.term_note)
        set_kind(self._pill, f"pill-{head.pill_tone}" if head.pill_tone else "pill")
        self._pill.set_text(head.pill)
        self._pill.setVisible(bool(head.pill))
        self._note.setText(head.note)
        self.text.setAccessibleName(f"Answer of {head.title}")
        self.menu_button.setAccessibleName(f"Options of {head.title}")

    def show_answer(self, text: str, timing: Timing, *, is_growing: bool, placeholder: str = "") -> None:
        """Shows what it has said so far."""
        if self.text.placeholderText() != placeholder:
            self.text.setPlaceholderText(placeholder)
        self.text.show_text(text, is_growing=is_growing)
        self.timing.show_timing(timing)

    def show_problem(self, problem: tuple[str, str, str] | None) -> None:
        """Says why it has no answer: message, hint and code; None takes it away."""
        if problem == self._told:
            return
        self._told = problem
        clear(self._problem)
        if problem is not None:
            self._problem.addWidget(Banner("bad", problem[0], problem[1], code=problem[2]))

    def _ask_for_menu(self) -> None:
        self.menu_wanted.emit(self.menu_button.mapToGlobal(QPoint(0, self.menu_button.height())))
