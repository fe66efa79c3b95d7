"""Which languages the rows are in: a bar for each, which leaves only those rows."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.desktop.living import while_living
from app.desktop.widgets.basics import column, label, scrolled
from app.desktop.widgets.count_bars import CountBars
from app.workbench.data_languages import LanguageFacts, name_of
from pipeline.errors import VibetuneError

HOW = "Told by the script and by small words of the prompt, on this machine; a click leaves the rows of one language."


class DataLanguages(QWidget):
    """Languages of a source's rows."""

    chosen = Signal(str)  # ISO 639-1, or what a filter calls the others

    def __init__(self) -> None:
        super().__init__()
        self._codes: dict[str, str] = {}
        self.setObjectName("data.languages")
        self._sentence = label("", "strong", wraps=True, name="data.languages_sentence")
        self.bars = CountBars("data.language_bars", most=30)
        self.bars.chosen.connect(self._choose)
        self._how = label(HOW, "muted", wraps=True)
        inner = QWidget()
        inner.setLayout(column(self._sentence, self.bars, self._how, None, spacing=10, margins=(16, 12, 16, 12)))
        body = column(spacing=0)
        body.addWidget(scrolled(inner, accessible="Languages of the rows"), 1)
        self.setLayout(body)
        self.show_waiting()

    def show_waiting(self) -> None:
        """Says that the languages are being told."""
        self._show("The languages are being told …", ())

    @while_living
    def show_facts(self, facts: LanguageFacts) -> None:
        """Shows how many rows are in which language."""
        self._show(facts.sentence, facts.counts)

    @while_living
    def show_error(self, error: VibetuneError) -> None:
        """Says why there are none."""
        self._show(f"{error.message} {error.hint}".strip(), ())

    def _show(self, sentence: str, counts: tuple[tuple[str, int], ...]) -> None:
        self._sentence.setText(sentence)
        self._codes = {name_of(code): code for code, _ in counts}
        self.bars.set_counts([(name_of(code), count) for code, count in counts])
        self.bars.setVisible(bool(counts))
        self._how.setVisible(bool(counts))

    def _choose(self, name: str) -> None:
        self.chosen.emit(self._codes[name])
