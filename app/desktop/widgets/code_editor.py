"""A text editor with line numbers, bars of what is new, squiggles with a lamp, suggestions and hover cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QPlainTextDocumentLayout, QPlainTextEdit, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import column
from app.desktop.widgets.editing import INDENT, replace_text, shift_lines
from app.desktop.widgets.gutter import Gutter
from app.desktop.widgets.suggestion_list import Choice, SuggestionList

LINE = 20  # pixels
_ROWS = {"added": "addbg", "removed": "delbg", "changed": "accentbg", "fold": "bg2"}


@dataclass(frozen=True)
class Squiggle:
    """A wavy line below text; line and column from 1, `length` 0 goes to the end of the word."""

    line: int
    column: int
    length: int
    tone: str  # bad or warn


class _Rows(QPlainTextDocumentLayout):
    """Lines of the height that the design wants, which Qt's own layout has no setting for."""

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:  # noqa: N802, Qt's name
        rect = super().blockBoundingRect(block)
        lines = max(1, block.layout().lineCount())
        rect.setHeight(max(rect.height(), float(LINE * lines)))
        return rect


class CodeEditor(QPlainTextEdit):
    """Knows text and marks, nothing of what they mean."""

    fix_wanted = Signal(int)
    hover_wanted = Signal(int)
    suggestions_wanted = Signal()
    place_changed = Signal(int, int)
    tab_leaves_changed = Signal(bool)
    shows_signs = False

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self._pixels = 0
        self._take_size()
        self._layout = _Rows(self.document())
        self.document().setDocumentLayout(self._layout)
        self.setMouseTracking(True)
        self.lamps: dict[int, str] = {}
        self._kinds: Mapping[int, str] = {}
        self._fills = True
        self._squiggles: Sequence[Squiggle] = ()
        self._start = 0
        self.suggests_while_typing = False
        self._make_parts()

    def _take_size(self) -> None:
        pixels = theme().editor_pixels
        if pixels != self._pixels:
            self._pixels = pixels
            self.setStyleSheet(f'QPlainTextEdit {{ font-family: "JetBrains Mono"; font-size: {pixels}px; }}')
            self.setFont(font(pixels, is_mono=True))
            self.setTabStopDistance(QFontMetricsF(self.font()).horizontalAdvance(" ") * 4)

    def _make_parts(self) -> None:
        self.gutter = Gutter(self)
        self.gutter.lamp_clicked.connect(self.fix_wanted)
        self.suggestions = SuggestionList(self)
        self.suggestions.chosen.connect(self._insert)
        self.card: QFrame | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(120)  # ms after the last letter
        self._pause.timeout.connect(self.suggestions_wanted)
        self.blockCountChanged.connect(self._fit_gutter)
        self.updateRequest.connect(self._scroll_gutter)
        self.cursorPositionChanged.connect(self._moved)
        self.verticalScrollBar().valueChanged.connect(self.hide_popups)
        theme().changed.connect(self._take_size)
        theme().changed.connect(self._repaint)
        self._fit_gutter()

    # text

    def set_text(self, text: str) -> None:
        """Shows another text; caret, scroll bar and undo stay where only a part of it differs."""
        old = self.toPlainText()
        if old == text:
            return
        if not old or self.isReadOnly():
            place = self.textCursor().position(), self.verticalScrollBar().value()
            self.setPlainText(text)
            cursor = self.textCursor()
            cursor.setPosition(min(place[0], len(text)))
            self.setTextCursor(cursor)
            self.verticalScrollBar().setValue(place[1])
            return
        replace_text(self.document(), text)

    def go_to(self, line: int, column: int) -> None:
        """Puts the caret to a place, from 1, and shows it in the middle."""
        block = self.document().findBlockByNumber(max(0, line - 1))
        cursor = QTextCursor(block if block.isValid() else self.document().lastBlock())
        cursor.movePosition(
            QTextCursor.MoveOperation.Right,
            QTextCursor.MoveMode.MoveAnchor,
            min(max(0, column - 1), max(0, cursor.block().length() - 1)),
        )
        self.setTextCursor(cursor)
        self.centerCursor()

    def current_line(self) -> int:
        """The caret's line, from 1."""
        return self.textCursor().blockNumber() + 1

    # marks

    def set_rows(self, kinds: Mapping[int, str], *, fills: bool = True) -> None:
        """Marks lines as added, changed, removed or fold, by line from 1; `fills`: the whole line, not the bar only."""
        if kinds != self._kinds or fills != self._fills:
            self._kinds, self._fills = dict(kinds), fills
            self._repaint()

    def set_squiggles(self, squiggles: Sequence[Squiggle], lamps: Mapping[int, str]) -> None:
        """Underlines what is wrong; `lamps` are the lines with a fix, with their tone."""
        self._squiggles, self.lamps = tuple(squiggles), dict(lamps)
        self._repaint()

    def row_kind(self, line: int) -> str:
        """How a line is marked."""
        return self._kinds.get(line, "")

    def gutter_text(self, line: int) -> str:
        """What stands beside a line."""
        return str(line)

    def gutter_digits(self) -> int:
        """How many letters the gutter must hold."""
        return max(3, len(str(self.blockCount())))

    def visible_rows(self) -> Iterator[tuple[int, QRectF]]:
        """Lines in sight, from 1, with their place in the viewport."""
        block, height = self.firstVisibleBlock(), self.viewport().height()
        place = self.blockBoundingGeometry(block).translated(self.contentOffset()).topLeft()
        while block.isValid() and place.y() <= height:
            rect = self.blockBoundingRect(block).translated(place)  # Qt's own way to a block's place counts from above
            if block.isVisible():
                # Letters stand at the top of their row; moved up by half of what is left they stand in its middle.
                yield block.blockNumber() + 1, rect.translated(0, -1.5)
            place.setY(rect.bottom())
            block = block.next()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        self._paint_rows()
        super().paintEvent(event)
        if self._squiggles:
            self._paint_squiggles()

    def _paint_rows(self) -> None:
        painter = QPainter(self.viewport())
        current = self.current_line() if not self.isReadOnly() else 0
        width = self.viewport().width()
        for line, rect in self.visible_rows():
            kind = self.row_kind(line) if self._fills else ""
            token = _ROWS.get(kind, "line" if line == current else "")
            if token:
                painter.fillRect(QRectF(0, rect.top(), width, rect.height()), theme().color(token))

    def _paint_squiggles(self) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rows = dict(self.visible_rows())
        for each in self._squiggles:
            if each.line not in rows:
                continue
            block = self.document().findBlockByNumber(each.line - 1)
            text, first = block.text(), max(0, each.column - 1)
            last = min(len(text), first + each.length) if each.length else len(text.rstrip())
            line = block.layout().lineAt(0)
            if not line.isValid():
                continue
            left = self._x(line.cursorToX(first)) + self.contentOffset().x()
            right = max(self._x(line.cursorToX(last)) + self.contentOffset().x(), left + 8)
            pen = QPen(theme().color(each.tone))
            pen.setWidthF(1.2)
            painter.setPen(pen)
            painter.drawPath(_wave(left, right, rows[each.line].bottom() - 1.5))

    @staticmethod
    def _x(found: object) -> float:
        # The binding gives the place alone or with the cursor that it was asked for.
        return float(found[0] if isinstance(found, tuple) else found)  # type: ignore[arg-type]

    # popups

    def show_suggestions(self, start: int, choices: Sequence[Choice]) -> None:
        """Lists words below the caret; the chosen one replaces the text from `start` on."""
        if not choices:
            self.suggestions.hide()
            return
        self.hide_card()
        self._start = start
        self.suggestions.fill(choices)
        cursor = self.textCursor()
        cursor.setPosition(start)
        self._put(self.suggestions, cursor)

    def show_card(self, content: QWidget, offset: int, *, width: int = 430) -> None:
        """Shows a card below a place in the text."""
        self.hide_popups()
        card = QFrame(self)
        card.setProperty("kind", "popup")
        card.setObjectName(f"{self.objectName()}.card")
        box = column(content, margins=0)
        card.setLayout(box)
        card.setFixedWidth(max(240, min(width, self.width() - self.gutter.width() - 24)))
        card.adjustSize()
        card.resize(
            card.width(), box.heightForWidth(card.width()) if box.hasHeightForWidth() else card.sizeHint().height()
        )
        self.card = card
        cursor = self.textCursor()
        cursor.setPosition(min(offset, len(self.toPlainText())))
        self._put(card, cursor)

    def _put(self, popup: QWidget, cursor: QTextCursor) -> None:
        place = self.cursorRect(cursor).translated(self.viewport().pos())
        left = min(place.left(), self.width() - popup.width() - 12)
        top = place.bottom() + 5
        if top + popup.height() > self.height() and place.top() - popup.height() > 0:
            top = place.top() - popup.height() - 4
        popup.move(max(self.gutter.width() // 2, left), top)
        popup.show()
        popup.raise_()

    @property
    def has_card(self) -> bool:
        """Whether a card is shown."""
        return self.card is not None

    def hide_card(self) -> None:
        """Takes the card away."""
        if self.card is not None:
            self.card.hide()
            self.card.deleteLater()
            self.card = None

    def hide_popups(self) -> None:
        """Takes card and suggestions away."""
        self.hide_card()
        self.suggestions.hide()

    def _insert(self, choice: Choice) -> None:
        cursor = self.textCursor()
        end = cursor.position()
        cursor.setPosition(self._start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(choice.insert)
        self.setTextCursor(cursor)
        if choice.insert.endswith((": ", INDENT)):
            self.suggestions_wanted.emit()

    # events

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802, Qt's name
        if self.suggestions.take_key(event):
            return
        if event.key() == Qt.Key.Key_Escape and self.card is not None:
            self.hide_popups()
            return
        if event.key() not in (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt):
            self.hide_card()
        is_control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if is_control and event.key() == Qt.Key.Key_M:
            self.setTabChangesFocus(not self.tabChangesFocus())
            self.tab_leaves_changed.emit(self.tabChangesFocus())
        elif self.isReadOnly() or not self._edit_key(event):
            super().keyPressEvent(event)
        if self.suggests_while_typing and not self.isReadOnly():
            self._after_key(event)

    def _after_key(self, event: QKeyEvent) -> None:
        typed = event.text()
        if (typed and (typed.isalnum() or typed in "_./-")) or (
            event.key() == Qt.Key.Key_Backspace and self.suggestions.isVisible()
        ):
            self._pause.start()
        elif typed or event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._pause.stop()
            self.suggestions.hide()

    def _edit_key(self, event: QKeyEvent) -> bool:
        key, cursor = event.key(), self.textCursor()
        if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) and self.tabChangesFocus():
            return True  # comes here only where there is nothing to go to
        if key == Qt.Key.Key_Tab:
            if cursor.hasSelection():
                shift_lines(cursor, 1)
            else:
                cursor.insertText(INDENT if cursor.positionInBlock() % 2 == 0 else " ")
            return True
        if key == Qt.Key.Key_Backtab:
            shift_lines(cursor, -1)
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            before = cursor.block().text()[: cursor.positionInBlock()]
            margin = before[: len(before) - len(before.lstrip())]
            deeper = INDENT if before.rstrip().endswith((":", "{", "[", ">-", "|")) else ""
            cursor.insertText("\n" + margin + deeper)
            self.ensureCursorVisible()
            return True
        return False

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802, Qt's name
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            offset = self._offset_at(event.pos())
            if offset is not None:
                self.hover_wanted.emit(offset)
            return True
        return super().viewportEvent(event)

    def _offset_at(self, point: QPoint) -> int | None:
        """The character under a point; None beside the text."""
        cursor = self.cursorForPosition(point)
        rect = self.cursorRect(cursor)
        is_near = abs(rect.center().x() - point.x()) <= 12 and rect.top() - 4 <= point.y() <= rect.bottom() + 4
        return cursor.position() if is_near else None

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802, Qt's name
        self.hide_popups()
        super().mousePressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        inside = self.contentsRect()
        self.gutter.setGeometry(QRect(inside.left(), inside.top(), self.gutter.wanted_width(), inside.height()))

    def _fit_gutter(self) -> None:
        self.setViewportMargins(self.gutter.wanted_width(), 0, 0, 0)

    def _scroll_gutter(self, rect: QRect, by: int) -> None:
        if by:
            self.gutter.scroll(0, by)
        else:
            self.gutter.update(0, rect.y(), self.gutter.width(), rect.height())

    def _moved(self) -> None:
        cursor = self.textCursor()
        self.place_changed.emit(cursor.blockNumber() + 1, cursor.positionInBlock() + 1)
        self._repaint()

    def _repaint(self) -> None:
        self.viewport().update()
        self.gutter.update()


def _wave(left: float, right: float, base: float) -> QPainterPath:
    path = QPainterPath(QPointF(left, base))
    x, is_up = left, True
    while x < right:
        x += 2.5
        path.lineTo(min(x, right), base - (2 if is_up else 0))
        is_up = not is_up
    return path
