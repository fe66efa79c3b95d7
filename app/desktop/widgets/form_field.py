"""One line of a form: plain words over the field's own name, the control, a note below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from app.desktop.theme.icons import draw_icon
from app.desktop.widgets.basics import Elided, Segmented, column, label, row, set_kind

CONTROL, NAMES, GAP = 28, 140, 12  # pixels


class FormField(QWidget):
    """Tells a new answer when the control is left or something is chosen; typing alone tells nothing."""

    answered = Signal(str)

    def __init__(self, words: str, name: str, control: QWidget, object_name: str) -> None:
        super().__init__()
        self._shown = ""
        self.control = control
        control.setObjectName(object_name)
        control.setAccessibleName(f"{words} ({name})")
        title = label(words)
        title.setBuddy(control)
        names = column(title, Elided(name, "term"), spacing=0)
        self.note = label("", "muted", wraps=True)
        self.note.hide()
        self._right = column(control, self.note, spacing=3)
        self._names = QWidget()
        self._names.setLayout(names)
        self._sides = row(spacing=GAP)
        self._sides.addWidget(self._names, 0, Qt.AlignmentFlag.AlignTop)
        self._sides.addLayout(self._right, 1)
        self.setLayout(self._sides)
        self.fit(NAMES + GAP + 400)

    def fit(self, width: int) -> None:
        """Puts the words above the control where both have no room side by side in `width` pixels."""
        is_wide = NAMES + GAP + self.control.minimumSizeHint().width() <= width
        self._sides.setDirection(QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom)
        self._sides.setSpacing(GAP if is_wide else 4)
        self._names.setFixedWidth(NAMES if is_wide else max(NAMES, width))

    def show_value(self, value: str) -> None:
        """Shows a value without telling; what is being typed stays."""
        self._shown = value
        if not self.control.hasFocus() or self.answer() == value:
            self._put(value)

    def show_note(self, text: str, kind: str = "muted") -> None:
        """Says something below the control."""
        self.note.setText(text)
        is_pill = kind.startswith("pill")
        self.note.setWordWrap(not is_pill)
        set_kind(self.note, kind)
        self._right.setAlignment(self.note, Qt.AlignmentFlag.AlignLeft if is_pill else Qt.AlignmentFlag(0))
        self.note.updateGeometry()  # the kind brings other margins
        self.note.setVisible(bool(text))
        self.control.setAccessibleDescription(text)

    def answer(self) -> str:
        """What stands in the control."""
        raise NotImplementedError

    def _put(self, value: str) -> None:
        raise NotImplementedError

    def _tell(self) -> None:
        if self.answer() != self._shown:
            self._shown = self.answer()
            self.answered.emit(self._shown)


class LineField(FormField):
    """One line, with its unit at the right end."""

    def __init__(self, words: str, name: str, object_name: str, unit: str = "") -> None:
        self._line = QLineEdit()
        self._line.setFixedHeight(CONTROL)
        if unit:
            inside = QHBoxLayout(self._line)
            inside.setContentsMargins(8, 0, 10, 0)
            said = label(unit, "muted")
            said.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            inside.addStretch(1)
            inside.addWidget(said)
            self._line.setTextMargins(0, 0, said.sizeHint().width() + 8, 0)
        super().__init__(words, name, self._line, object_name)
        self._line.editingFinished.connect(self._tell)

    def answer(self) -> str:
        return self._line.text()

    def _put(self, value: str) -> None:
        if self._line.text() != value:
            self._line.setText(value)
            self._line.setCursorPosition(0)


class _Combo(QComboBox):
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        rect = QRect(self.width() - 24, (self.height() - 14) // 2, 14, 14)
        draw_icon(painter, rect, "chevron-down", "muted" if self.isEnabled() else "dis")


class WordsField(FormField):
    """A list to choose from or to write into."""

    def __init__(self, words: str, name: str, object_name: str, options: Sequence[str]) -> None:
        self._box = _Combo()
        self._box.setEditable(True)
        self._box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._box.setFixedHeight(CONTROL)
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._box.setMinimumContentsLength(8)
        self._box.addItems(list(options))
        super().__init__(words, name, self._box, object_name)
        self._box.activated.connect(lambda _index: self._tell())
        line = self._box.lineEdit()
        if line is not None:
            line.setAccessibleName(self._box.accessibleName())
            line.editingFinished.connect(self._tell)

    def set_options(self, options: Sequence[str]) -> None:
        """Offers other words; what is written stays."""
        if [self._box.itemText(number) for number in range(self._box.count())] != list(options):
            text = self._box.currentText()
            self._box.clear()
            self._box.addItems(list(options))
            self._box.setEditText(text)

    def answer(self) -> str:
        return self._box.currentText()

    def _put(self, value: str) -> None:
        if self._box.currentText() != value:
            self._box.setEditText(value)


class SwitchField(FormField):
    """Few words side by side; a value that is none of them leaves all unchosen."""

    def __init__(
        self, words: str, name: str, object_name: str, options: Sequence[str], titles: Mapping[str, str]
    ) -> None:
        self._words = {titles.get(each, each): each for each in options}
        self._titles = {each: title for title, each in self._words.items()}
        self._switch = Segmented(list(self._words), name=object_name)
        self._switch.setFixedHeight(CONTROL + 2)
        super().__init__(words, name, self._switch, object_name)
        self._value = ""
        self._switch.chosen.connect(self._choose)

    def answer(self) -> str:
        return self._value

    def _choose(self, title: str) -> None:
        self._value = self._words[title]
        self._tell()

    def _put(self, value: str) -> None:
        self._value = value
        self._switch.choose(self._titles.get(value, value))


class LongField(FormField):
    """Several lines; Tab leaves it."""

    def __init__(self, words: str, name: str, object_name: str) -> None:
        self._text = QPlainTextEdit()
        self._text.setProperty("kind", "field")
        self._text.setTabChangesFocus(True)
        self._text.setStyleSheet("min-height: 46px; max-height: 46px;")  # the theme's own rule is for one line
        super().__init__(words, name, self._text, object_name)
        self._text.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        if event.type() == QEvent.Type.FocusOut:
            self._tell()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if is_enter and event.modifiers() == Qt.KeyboardModifier.NoModifier:
                self._tell()
                return True
        return False

    def answer(self) -> str:
        return self._text.toPlainText()

    def _put(self, value: str) -> None:
        if self._text.toPlainText() != value:
            self._text.setPlainText(value)
