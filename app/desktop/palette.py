"""The palette: one field that finds commands, files, runs and adapters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from shiboken6 import isValid

from app.desktop.theme.fonts import font
from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import column, keycap, label, row
from app.workbench.bench import Workbench
from app.workbench.commands import Command
from app.workbench.fuzzy import rank

ROW = 30
WIDTH = 640
SHOWN = 11
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Entry:
    """One line: what it says and what choosing it does (`reason`: why it can't be chosen)."""

    group: str
    title: str
    detail: str = ""
    icon: str = "symbol-event"
    keys: str = ""
    run: Callable[[], object] | None = None
    beside: Callable[[], object] | None = None
    reason: str = ""
    places: tuple[int, ...] = ()


def entries(bench: Workbench, text: str) -> list[Entry]:
    """What fits the text: `>` commands, `/` files, `#` runs, `@` adapters; all of them without a sign."""
    sign, wanted = (text[0], text[1:].strip()) if text[:1] in tuple(">/#@") else ("", text.strip())
    makers: list[tuple[str, Callable[[Workbench], list[Entry]]]] = [
        (">", _commands),
        ("/", _files),
        ("#", _runs),
        ("@", _adapters),
    ]
    found: list[Entry] = [] if wanted or sign else _recent(bench)
    for own, make in makers:
        if sign in ("", own) and (wanted or own != ">" or sign):
            most = 60 if sign else 8
            hits = rank(wanted, make(bench), lambda entry: entry.title)
            hits = sorted(hits, key=lambda hit: bool(hit.item.reason))[:most]  # first what can be done now
            found += [Entry(**{**vars(hit.item), "places": hit.places}) for hit in hits]
    if wanted and not sign:
        said = text.strip()
        found.append(
            Entry("Ask", f"Ask the assistant: “{said}”", icon="sparkle", keys="Tab", run=partial(_ask, bench, said))
        )
    return found


def _recent(bench: Workbench) -> list[Entry]:
    """The commands that were run last; before there are any, the ones of the menus."""
    used = [bench.commands[each] for each in bench.used if each != "view.palette"]
    group = "Used last" if used else "Commands"
    return [_command(bench, each, group) for each in used or [c for c in bench.commands if c.menu][:8]]


def _ask(bench: Workbench, text: str) -> None:
    bench.views.open("assistant")
    bench.conversation.say(text)


def _commands(bench: Workbench) -> list[Entry]:
    return [_command(bench, command) for command in bench.commands]


def _command(bench: Workbench, command: Command, group: str = "Commands") -> Entry:
    keys = bench.keys_of(command)
    return Entry(
        group,
        command.title,
        icon=command.icon or "symbol-event",
        keys=QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys else "",
        run=partial(bench.run, command.id),
        reason=command.why_not(bench) or "",
    )


def _files(bench: Workbench) -> list[Entry]:
    if bench.project is None:
        return []
    root = bench.project.path
    found = [each.path for each in bench.data.files]
    return [
        Entry(
            "Files",
            str(path.relative_to(root)),
            icon="file",
            run=partial(bench.views.open_path, path),
            beside=partial(bench.views.open_path, path, is_beside=True),
        )
        for path in found
    ]


def _runs(bench: Workbench) -> list[Entry]:
    return [
        Entry(
            "Runs",
            run.short_name,
            run.state,
            "graph-line",
            run=partial(bench.views.open, "run", run.name),
            beside=partial(bench.views.open, "run", run.name, is_beside=True),
        )
        for run in bench.runs.runs
    ]


def _adapters(bench: Workbench) -> list[Entry]:
    return [
        Entry(
            "Adapters",
            each.address,
            ", ".join(each.aliases),
            "package",
            run=partial(bench.views.open, "adapter", each.address),
            beside=partial(bench.views.open, "adapter", each.address, is_beside=True),
        )
        for each in bench.adapters.adapters
    ]


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Entry] = []

    def show(self, rows: list[Entry]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, _parent: Index | None = None) -> int:  # noqa: N802, Qt's name
        return len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return " ".join(part for part in (entry.title, entry.detail, entry.keys, entry.reason) if part)
        return None


class _Painter(QStyledItemDelegate):
    def __init__(self, model: _Model) -> None:
        super().__init__()
        self._model = model

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:  # noqa: N802, Qt's name
        return QSize(WIDTH - 20, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry, rows = self._model.rows[index.row()], self._model.rows
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        colours = theme()
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.color("sel"))
            painter.drawRoundedRect(rect.adjusted(4, 1, -4, -1), 6, 6)
        draw_icon(
            painter, QRect(rect.left() + 14, rect.top() + 7, 16, 16), entry.icon, "dis" if entry.reason else "muted"
        )
        right = entry.reason or entry.keys or entry.detail
        is_first = index.row() == 0 or rows[index.row() - 1].group != entry.group
        side = f"{right}   {entry.group}" if is_first and right else (entry.group if is_first else right)
        painter.setFont(font(12))
        painter.setPen(colours.color("muted"))
        width = painter.fontMetrics().horizontalAdvance(side)
        painter.drawText(rect.adjusted(0, 0, -14, 0), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, side)
        _draw_title(painter, rect.adjusted(40, 0, -width - 24, 0), entry)


def _draw_title(painter: QPainter, rect: QRect, entry: Entry) -> None:
    colours = theme()
    layout = QTextLayout(entry.title, font(13))
    ranges = []
    for place in entry.places:
        piece = QTextLayout.FormatRange()
        piece.start, piece.length = place, 1
        form = QTextCharFormat()
        form.setForeground(QColor(colours.color("accent")))
        form.setFontWeight(600)
        piece.format = form
        ranges.append(piece)
    layout.setFormats(ranges)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(10_000)
    layout.endLayout()
    painter.save()
    painter.setClipRect(rect)
    painter.setPen(colours.color("dis" if entry.reason else "text"))
    layout.draw(painter, QPointF(rect.left(), rect.top() + (rect.height() - line.height()) / 2))
    painter.restore()


class Palette(QFrame):
    """Opens over the window; Esc closes it and gives the focus back."""

    def __init__(self, bench: Workbench, parent: QWidget) -> None:
        super().__init__(parent)
        self._bench = bench
        self._before: QWidget | None = None
        self.setProperty("kind", "popup")
        self.setObjectName("palette")
        self.setAccessibleName("Palette")
        self._field = QLineEdit()
        self._field.setObjectName("palette.field")
        self._field.setAccessibleName("Search commands, files, runs and adapters")
        self._field.setPlaceholderText("Search commands, files, runs and adapters")
        self._model = _Model()
        self._list = QListView()
        self._list.setObjectName("palette.list")
        self._list.setAccessibleName("Results")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setModel(self._model)
        self._painter = _Painter(self._model)
        self._list.setItemDelegate(self._painter)
        self._list.setUniformItemSizes(True)
        self._count = label("", "muted")
        hints = row(
            *(
                x
                for sign, what in ((">", "commands"), ("/", "files"), ("#", "runs"), ("@", "adapters"))
                for x in (keycap(sign), label(what, "muted"))
            ),
            None,
            self._count,
            keycap("Ctrl+Enter"),
            label("beside", "muted"),
            keycap("Esc"),
            label("close", "muted"),
            margins=(8, 4, 8, 6),
            spacing=6,
        )
        self.setLayout(column(self._field, self._list, hints, margins=8, spacing=6))
        self._field.textChanged.connect(self._search)
        self._field.installEventFilter(self)
        self._list.clicked.connect(lambda index: self._choose(index.row()))
        self.hide()

    def open(self, text: str = "") -> None:
        """Shows it with a first text."""
        self._before = QApplication.focusWidget()
        parent = self.parentWidget()
        if parent is None:
            return
        self.setFixedWidth(WIDTH)
        self.move((parent.width() - WIDTH) // 2, 6)
        self._field.setText(text)
        self._search(text)
        self.show()
        self.raise_()
        self._field.setFocus()

    def close_again(self) -> None:
        """Hides it; the focus returns to where it was."""
        self.hide()
        if self._before is not None and isValid(self._before):
            self._before.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        if watched is self._field and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress:
                return self._key(event)
            if event.type() == QEvent.Type.ShortcutOverride and event.key() in _ENTER:
                event.accept()  # chooses here, also with Ctrl: no shortcut of the view below may take it
                return True
        if watched is self._field and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        return False

    def _key(self, event: QKeyEvent) -> bool:
        key, at = event.key(), self._list.currentIndex().row()
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: SHOWN, Qt.Key.Key_PageUp: -SHOWN}
        if key in moves:
            last = self._model.rowCount() - 1
            self._list.setCurrentIndex(self._model.index(max(0, min(last, at + moves[Qt.Key(key)]))))
        elif key in _ENTER:
            self._choose(at, is_beside=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif key == Qt.Key.Key_Tab and self._model.rows and self._model.rows[-1].group == "Ask":
            self._choose(self._model.rowCount() - 1)
        elif key == Qt.Key.Key_Escape:
            self.close_again()
        else:
            return False
        return True

    def _search(self, text: str) -> None:
        found = entries(self._bench, text)
        self._model.show(found)
        self._count.setText(f"{len(found)} found")
        if found:
            self._list.setCurrentIndex(self._model.index(0))
        self._list.setFixedHeight(ROW * min(SHOWN, max(1, len(found))) + 4)
        self.adjustSize()

    def _choose(self, number: int, *, is_beside: bool = False) -> None:
        if not 0 <= number < len(self._model.rows):
            return
        entry = self._model.rows[number]
        self.close_again()
        act = entry.beside if is_beside and entry.beside is not None else entry.run
        if act is not None:
            act()
