"""The changed answers of a verdict as a table: right and wrong with signs, and how sure the adapter was."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.painted import elide
from app.workbench.run_curve import short
from app.workbench.verdict_parts import ADAPTER, Answered

Index = QModelIndex | QPersistentModelIndex
MOST_SIGNS = 140
ICON_COLOURS = {True: ("check", "good"), False: ("close", "bad")}


class AnswerRows(QAbstractTableModel):
    """Message, right answer, each model's answer, how sure the adapter was."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.answers: tuple[Answered, ...] = ()
        self.models: tuple[str, ...] = ()
        self.has_signs = True  # False: answers are free text, right or wrong says little

    def show(self, answers: Sequence[Answered], models: Sequence[str], *, has_signs: bool) -> None:
        """Lists these answers with these models' columns."""
        answers, models = tuple(answers), tuple(models)
        if (answers, models, has_signs) == (self.answers, self.models, self.has_signs):
            return
        self.beginResetModel()
        self.answers, self.models, self.has_signs = answers, models, has_signs
        self.endResetModel()

    @property
    def heads(self) -> list[str]:
        """Titles of the columns."""
        return ["message", "right answer", *self.models, *(["how sure it was"] if self.has_signs else [])]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008, Qt's
        return 0 if parent.isValid() else len(self.answers)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008, Qt's
        return 0 if parent.isValid() else len(self.heads)

    def headerData(  # noqa: N802, Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self.heads[section]
        return None

    def text(self, row: int, column: int) -> str:
        """A cell as words."""
        answer = self.answers[row]
        if column == 0:
            return answer.message
        if column == 1:
            return answer.expected
        if column == 2 + len(self.models):
            return f"{100 * answer.surety:.0f} %" if answer.surety is not None else "–"
        return answer.given.get(self.models[column - 2], ("–", False))[0]

    def is_right(self, row: int, column: int) -> bool | None:
        """Whether a model's cell is right; None for other cells."""
        if not 2 <= column < 2 + len(self.models) or not self.has_signs:
            return None
        found = self.answers[row].given.get(self.models[column - 2])
        return found[1] if found is not None else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return short(self.text(row, column), MOST_SIGNS)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.text(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            is_right = self.is_right(row, column)
            sign = "" if is_right is None else ("right: " if is_right else "wrong: ")
            return f"{self.heads[column]}, {sign}{short(self.text(row, column), MOST_SIGNS)}"
        return None


class AnswerDelegate(QStyledItemDelegate):
    """Draws signs before answers and a bar for how sure it was."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, AnswerRows)  # noqa: S101 - the delegate is only ever set beside this model
        row, column, rect = index.row(), index.column(), QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme().color("sel"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme().color("hover"))
        left, is_right = rect.left() + 6, model.is_right(row, column)
        if column == 2 + len(model.models):
            self._draw_surety(painter, model, row, rect)
        else:
            if is_right is not None:
                draw_icon(painter, QRectF(left, rect.center().y() - 7, 14, 14), *ICON_COLOURS[is_right])
                left += 20
            is_data = column > 0
            painter.setFont(font(12, is_mono=is_data))
            dim = column == 1 or is_right is False or (not model.has_signs and column < 1 + len(model.models))
            painter.setPen(theme().color("muted" if dim else "text"))
            room = rect.right() - left - 6
            text = elide(short(model.text(row, column), MOST_SIGNS), 12, room, is_mono=is_data)
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(left, rect.top(), room, rect.height()), flags, text)
        painter.setPen(theme().color("line"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.restore()

    def _draw_surety(self, painter: QPainter, model: AnswerRows, row: int, rect: QRectF) -> None:
        answer = model.answers[row]
        if answer.surety is None:
            return
        right = answer.given[ADAPTER][1] or not model.has_signs
        width = min(84.0, rect.width() - 66)
        bar = QRectF(rect.left() + 6, rect.center().y() - 2, width, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("bg3"))
        painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(theme().color("accent" if right else "bad"))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), width * answer.surety, 4), 2, 2)
        painter.setFont(font(12, is_tabular=True))
        painter.setPen(theme().color("text"))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        box = QRectF(bar.right() + 8, rect.top(), 48, rect.height())
        painter.drawText(box, flags, f"{100 * answer.surety:.0f} %")
