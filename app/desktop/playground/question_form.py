"""What is asked: the message, the system prompt, and how tokens are drawn."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.desktop.widgets.basics import button, column, keycap, label, row
from app.desktop.widgets.flow import flow
from app.workbench.bench import Workbench

MOST_LINES = 5
LEARNED = 0  # position of the length slider: each column's own
LENGTHS = (None, 8, 16, 32, 48, 64, 96, 128, 160, 192, 256, 384, 512)
SHOWN_PROMPTS = 20
MENU_LETTERS = 70


class GrowingEdit(QPlainTextEdit):
    """A text field as high as its text, up to a few lines; Tab leaves it."""

    focused = Signal(bool)

    def __init__(self, name: str, accessible: str, *, lines: int = 1) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(2)
        self._least = lines
        self.textChanged.connect(self._fit)
        self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802, Qt's name
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802, Qt's name
        super().focusOutEvent(event)
        self.focused.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(120, 24)

    def _fit(self) -> None:
        lines = max(self._least, min(MOST_LINES, round(self.document().size().height())))
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 10)


class Dial(QWidget):
    """A slider under its plain name, its technical name and its value."""

    def __init__(self, name: str, title: str, term: str, most: int) -> None:
        super().__init__()
        self.value_label = label("", name=f"{name}.value")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(name)
        self.slider.setRange(0, most)
        self.slider.setAccessibleName(f"{title} ({term})")
        head = row(label(title), label(term, "term"), None, self.value_label)
        self.setLayout(column(head, self.slider, spacing=2))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_value(self, place: int, text: str) -> None:
        """Shows a value without telling."""
        self.slider.blockSignals(True)
        self.slider.setValue(place)
        self.slider.blockSignals(False)
        self.value_label.setText(text)


class QuestionForm(QWidget):
    """Writes into the playground's state; the panel calls `show_question`."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self._bench, self._state = bench, bench.playground
        self.prompt = GrowingEdit("playground.prompt", "Message to all columns")
        self.prompt.setProperty("kind", "bare")
        self.prompt.setPlaceholderText("Ask something, or take a message of the test set")
        self.prompt.textChanged.connect(self._prompt_edited)
        self.earlier = button("", kind="link", name="playground.earlier", on=self._show_earlier)
        self.from_test = button(
            "Take one of the test set",
            kind="link",
            name="playground.from_test",
            on=lambda: bench.run("playground.test_message"),
        )
        self.system = GrowingEdit("playground.system", "System prompt for all columns", lines=2)
        self.system.setProperty("kind", "field")
        self.system.textChanged.connect(self._system_edited)
        self.override = button("override", kind="link", name="playground.override", on=self._toggle_override)
        self._system_told: QLabel = label("", "muted")
        self.variety = Dial("playground.temperature", "Variety", "temperature", 20)
        self.variety.slider.valueChanged.connect(lambda place: self._state.set(temperature=place / 10))
        self.length = Dial("playground.max_tokens", "Length", "max_tokens", len(LENGTHS) - 1)
        self.length.slider.valueChanged.connect(lambda place: self._state.set(max_tokens=LENGTHS[place]))
        self.seed = QSpinBox()
        self.seed.setObjectName("playground.seed")
        self.seed.setRange(0, 999_999)
        self.seed.setAccessibleName("Chance (seed), the same for all columns")
        self.seed.setFixedWidth(76)
        self.seed.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.seed.valueChanged.connect(lambda value: self._state.set(seed=value))
        self._seed_told = label("", "muted")
        self.ask = button(
            "Ask", icon="play", kind="primary", name="playground.ask", on=lambda: bench.run("playground.run")
        )
        self.halt = button("Stop", icon="debug-stop", name="playground.halt", on=lambda: bench.run("playground.stop"))
        self._ask_key, self._stop_key = keycap("Ctrl+Enter"), keycap("Esc")
        self.setLayout(self._assemble())

    def _assemble(self) -> QVBoxLayout:
        card = QFrame()
        card.setProperty("kind", "message")
        self.prompt.focused.connect(lambda is_focused: _mark(card, is_focused=is_focused))
        head = row(label("You", "muted"), None, self.from_test, 12, self.earlier)
        card.setLayout(column(head, self.prompt, spacing=2, margins=(14, 8, 14, 8)))
        system = row(self._system_told, self.override, None, spacing=8)
        return column(card, system, self.system, self._sampling(), spacing=8, margins=(16, 12, 16, 12))

    def _sampling(self) -> QWidget:
        chance = column(
            row(label("Chance"), label("seed", "term"), None, self.seed),
            self._seed_told,
            spacing=2,
        )
        drawn = QWidget()
        drawn.setLayout(chance)
        buttons = (self.ask, self._ask_key, self.halt, self._stop_key)
        return flow(self.variety, self.length, drawn, None, *buttons, spacing=16)

    def show_question(self) -> None:
        """Shows the state's question."""
        state = self._state
        if self.prompt.toPlainText() != state.prompt:
            self.prompt.blockSignals(True)
            self.prompt.setPlainText(state.prompt)
            self.prompt.blockSignals(False)
            self.prompt._fit()
        self._show_system()
        self.variety.show_value(
            round(state.temperature * 10), f"{state.temperature:.1f}" if state.temperature else "0, the most likely"
        )
        place = LENGTHS.index(state.max_tokens) if state.max_tokens in LENGTHS else LEARNED
        self.length.show_value(place, str(state.max_tokens) if state.max_tokens else "as learned")
        if self.seed.value() != state.seed:
            self.seed.blockSignals(True)
            self.seed.setValue(state.seed)
            self.seed.blockSignals(False)
        self._seed_told.setText("each column gets the same draw" if state.temperature else "no effect at variety 0")
        self._show_buttons()

    def _show_system(self) -> None:
        override = self._state.system_prompt
        self.system.setVisible(override is not None)
        told = (
            "System prompt travels with each adapter" if override is None else "This system prompt goes to every column"
        )
        self._system_told.setText(told)
        self.override.setText("override" if override is None else "give each its own again")
        if override is not None and self.system.toPlainText() != override:
            self.system.blockSignals(True)
            self.system.setPlainText(override)
            self.system.blockSignals(False)

    def _show_buttons(self) -> None:
        state = self._state
        count = len(state.columns)
        number = {2: "both", 3: "all three", 4: "all four"}.get(count, "")
        is_busy = state.state in ("loading", "streaming")
        reason = state.why_not_run
        self.ask.setText(f"Ask {number}".strip())
        self.ask.setEnabled(reason is None)
        self.ask.setToolTip(reason or "Ctrl+Enter")
        self.halt.setText(f"Stop {number}".strip())
        for widget in (self.ask, self._ask_key):
            widget.setVisible(not is_busy)
        for widget in (self.halt, self._stop_key):
            widget.setVisible(is_busy)
        earlier = len(state.history.prompts)
        self.earlier.setText(f"{earlier} earlier prompt{'s' if earlier != 1 else ''}")
        self.earlier.setVisible(earlier > 0)
        self.from_test.setVisible(bool(self._bench.adapters.adapters))

    def _prompt_edited(self) -> None:
        self._state.set(prompt=self.prompt.toPlainText())

    def _system_edited(self) -> None:
        if self._state.system_prompt is not None:
            self._state.set(system_prompt=self.system.toPlainText())

    def _toggle_override(self) -> None:
        if self._state.system_prompt is not None:
            self._state.set(system_prompt=None)
            return
        own = next((column.told for column in reversed(self._state.columns) if column.told), "")
        self._state.set(system_prompt=own)
        self.system.setFocus()

    def _show_earlier(self) -> None:
        menu = QMenu(self.window())
        menu.setObjectName("playground.earlier.menu")
        for prompt in self._state.history.prompts[:SHOWN_PROMPTS]:
            flat = " ".join(prompt.split()).replace("&", "&&")
            shown = flat if len(flat) <= MENU_LETTERS else flat[: MENU_LETTERS - 1] + "…"
            menu.addAction(shown).triggered.connect(
                lambda _checked=False, prompt=prompt: self._state.set(prompt=prompt)
            )
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.earlier.mapToGlobal(QPoint(0, self.earlier.height())))


def _mark(card: QFrame, *, is_focused: bool) -> None:
    card.setProperty("focused", "true" if is_focused else "false")
    card.style().unpolish(card)
    card.style().polish(card)
