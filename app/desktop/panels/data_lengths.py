"""How long the rows are in tokens: a histogram with the limit in it, and three numbers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QWidget

from app.desktop.living import while_living
from app.desktop.widgets.basics import button, column, hairline, label, row, scrolled, set_kind
from app.desktop.widgets.flow import Flow
from app.desktop.widgets.histogram import Histogram, Line
from app.desktop.widgets.stat import Stat
from app.workbench.data_rows import SourceFacts


class DataLengths(QWidget):
    """Lengths of a source's rows."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.lengths")
        self._stats = [Stat(title, has_bar=False, name=f"data.length.{name}") for title, name in _STATS]
        self._histogram = Histogram("data.histogram")
        self._sentence = label("Lengths are being counted …", "muted", wraps=True, name="data.lengths_sentence")
        self._limit = label("", "good", wraps=True, name="data.lengths_limit")
        self._figures = QWidget()
        self._figures.setLayout(column(row(*self._stats, spacing=16), self._histogram, self._limit, spacing=8))
        inner = QWidget()
        inner.setLayout(column(self._figures, self._sentence, None, spacing=8, margins=(16, 12, 16, 12)))
        body = column(spacing=0)
        body.addWidget(scrolled(inner, accessible="Length of the rows"), 1)
        self.setLayout(body)
        self._figures.hide()

    @while_living
    def show_facts(self, facts: SourceFacts) -> None:
        """Shows how long a source's rows are, or why that isn't known."""
        lengths = facts.lengths
        self._figures.setVisible(lengths is not None)
        if lengths is None:
            self._sentence.setText(facts.lengths_error)
            return
        for stat, value in zip(self._stats, (lengths.p50, lengths.p95, lengths.longest), strict=True):
            stat.value.setText(f"{value:,}")
        limit = Line("max_length" if lengths.is_planned else "limit", lengths.limit, "warn")
        lines = [Line("p50", lengths.p50), Line("p95", lengths.p95), limit]
        self._histogram.show_counts(lengths.bins, lengths.longest, lines, lengths.sentence)
        self._limit.setText(lengths.limit_sentence)
        set_kind(self._limit, "bad" if lengths.over else "good")
        drawn = f"Counted in {lengths.counted:,} of {lengths.rows:,} rows, drawn. " * (lengths.counted < lengths.rows)
        self._sentence.setText(f"{drawn}In the tokens of {lengths.base}, which can read {lengths.context:,} at once.")


_STATS = (("Half have at most", "p50"), ("95 of 100", "p95"), ("Longest", "max"))


class DetailTabs(QWidget):
    """Views of a row and of all rows, one at a time."""

    shown = Signal(int)

    def __init__(self, pages: Sequence[tuple[str, str, QWidget]]) -> None:
        super().__init__()
        self._stack, self._group = QStackedWidget(), QButtonGroup(self)
        head = Flow(2, (12, 5, 12, 5))
        for number, (icon, title, page) in enumerate(pages):
            tab = button(title, icon=icon, kind="segment", name=f"data.tab.{number}")
            tab.setCheckable(True)
            tab.setChecked(number == 0)
            self._group.addButton(tab, number)
            self._stack.addWidget(page)
            head.addWidget(tab)
        self._group.idClicked.connect(self.show_page)
        body = column(head, hairline(), spacing=0)
        body.addWidget(self._stack, 1)
        self.setLayout(body)

    def show_page(self, number: int) -> None:
        """Brings a page to the front."""
        self._group.button(number).setChecked(True)
        self._stack.setCurrentIndex(number)
        self.shown.emit(number)

    @property
    def front(self) -> int:
        """The page in front."""
        return self._stack.currentIndex()
