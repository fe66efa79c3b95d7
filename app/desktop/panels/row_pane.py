"""One row in full: as a conversation, and beside it what the model sees of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QWidget

from app.desktop.living import while_living
from app.desktop.panels.data_languages import DataLanguages
from app.desktop.panels.data_lengths import DataLengths, DetailTabs
from app.desktop.widgets.basics import column, hairline, label, row, set_kind, tool_button
from app.desktop.widgets.token_flow import Swatch, TokenFlow
from app.desktop.widgets.turns import Turns
from app.workbench.bench import Workbench
from app.workbench.data_rows import RowDetail
from app.workbench.model_view import MOST, ModelView, model_view
from app.workbench.tasks import Job
from pipeline.errors import VibetuneError

NARROW = 560  # pixels below which only the conversation is shown
_LEGEND = (("prompt", "read", "prompt"), ("trained", "learned", "trained"), ("end", "the end", "EOS"))


class RowPane(QWidget):
    """The chosen row."""

    step_wanted = Signal(int)

    def __init__(self, bench: Workbench, key: str) -> None:
        super().__init__()
        self._bench, self._key = bench, key
        self._job: Job | None = None
        self.setObjectName("data.row")
        self._title = label("No row is chosen", "section", name="data.row_title")
        self._place = label("", "muted", name="data.row_place")
        self.turns, self.seen, self.lengths = Turns("data.turns"), ModelPane(), DataLengths()
        self.languages = DataLanguages()
        self.beside = DetailTabs(
            (
                ("eye", "What the model sees", self.seen),
                ("graph", "Length", self.lengths),
                ("globe", "Languages", self.languages),
            )
        )
        before = tool_button(
            "chevron-up", "Previous row", name="data.row_before", on=partial(self.step_wanted.emit, -1)
        )
        after = tool_button("chevron-down", "Next row", name="data.row_after", on=partial(self.step_wanted.emit, 1))
        self._aside = tool_button(
            "archive", "Set the row aside (Q)", name="data.row_aside", on=partial(bench.run, "data.set_row_aside")
        )
        self._back = tool_button(
            "discard", "Take the row back (U)", name="data.row_back", on=partial(bench.run, "data.take_row_back")
        )
        self._edit = tool_button(
            "edit", "Edit the row (E)", name="data.row_edit", on=partial(bench.run, "data.edit_row")
        )
        self._choice = label("", "muted", name="data.row_choice")
        head = row(
            self._title, None, self._choice, self._edit, self._aside, self._back, before, after, margins=(16, 6, 8, 6)
        )
        left = QWidget()
        inside = column(head, hairline(), row(self._place, margins=(16, 8, 8, 0)), spacing=0)
        inside.addWidget(self.turns, 1)
        left.setLayout(inside)
        self._across = QSplitter(Qt.Orientation.Horizontal)
        self._across.addWidget(left)
        self._across.addWidget(self.beside)
        self._across.setSizes([320, 420])
        body = column(hairline(), spacing=0)
        body.addWidget(self._across, 1)
        self.setLayout(body)
        bench.plan.changed.connect(self._show_choice)

    @while_living
    def _show_choice(self) -> None:
        """Says what the plan does with the row, whatever the checks found."""
        plan, row_id = self._bench.plan.plan, self._bench.selection.get("row_id")
        checks = plan.dataset.checks if plan is not None else None
        is_aside = checks is not None and row_id in checks.set_aside
        is_kept = checks is not None and row_id in checks.keep
        self._choice.setText("set aside by you" if is_aside else "kept by you" if is_kept else "")
        has_row = bool(row_id) and checks is not None
        self._aside.setEnabled(has_row and not is_aside)
        self._back.setEnabled(has_row and not is_kept)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        self.beside.setVisible(self.width() >= NARROW)

    def show_row(self, detail: RowDetail) -> None:
        """Shows a row."""
        self._title.setText(f"Row {detail.number:,} as a conversation" if detail.turns else f"Row {detail.number:,}")
        self._place.setText(" · ".join(part for part in (detail.split, detail.place) if part))
        note = f"Set aside: {detail.reason}" if detail.reason else detail.mark
        self._edit.setEnabled(bool(detail.cells))
        unlearned = {at for at, turn in enumerate(detail.turns) if not turn.is_learned}
        self.turns.set_turns([(turn.role, turn.text) for turn in detail.turns], detail.fields, note, unlearned)
        self._show_choice()
        self._look_as_the_model(detail)

    def _look_as_the_model(self, detail: RowDetail) -> None:
        project, plan = self._bench.project, self._bench.plan.plan
        if self._job is not None:
            self._job.cancel()
        if project is None or len(detail.turns) < 2 or detail.turns[-1].role != "assistant":
            self.seen.show_nothing("Only a row with a prompt and an answer is learned.")
            return
        turns = detail.turns
        self._job = self._bench.tasks.submit(
            lambda job: _encoded(job, lambda: model_view(project, plan, turns, detail.system_prompt)),
            done=self.seen.show_view,
            failed=self._failed,
        )

    @while_living
    def _failed(self, error: VibetuneError) -> None:
        self.seen.show_nothing(f"{error.message} {error.hint}")


class ModelPane(QWidget):
    """The tokens of a row, by what they are for."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.model")
        self._base = label("", "term", name="data.model_base")
        legend = row(spacing=4)
        for kind, words, term in _LEGEND:
            legend.addWidget(Swatch(kind))
            legend.addWidget(label(words, "muted"))
            legend.addWidget(label(f"({term})", "term"))
            legend.addSpacing(4)
        legend.addStretch(1)
        self._flow = TokenFlow("data.tokens")
        self._sentence = label("", "muted", wraps=True, name="data.tokens_sentence")
        self._limit = label("", "muted", wraps=True, name="data.tokens_limit")
        limits = row(label("Length limit", "section"), label("max_length", "term"), None)
        self._limits = QWidget()
        self._limits.setLayout(column(hairline(), limits, self._limit, spacing=6))
        inner = QWidget()
        inner.setLayout(
            column(
                row(self._base, None),
                legend,
                self._flow,
                self._sentence,
                self._limits,
                None,
                spacing=10,
                margins=(16, 12, 16, 12),
            )
        )
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("What the model sees")
        scroll.setWidget(inner)
        body = column(spacing=0)
        body.addWidget(scroll, 1)
        self.setLayout(body)
        self.show_nothing("Choose a row.")

    @while_living
    def show_view(self, view: ModelView) -> None:
        """Shows a row's tokens."""
        self._base.setText(view.base)
        more = f" The first {MOST:,} are shown." if view.total > MOST else ""
        self._flow.set_tokens(view.tokens, view.sentence)
        self._sentence.setText(view.sentence + more)
        self._limit.setText(view.length_sentence)
        set_kind(self._limit, "good" if view.fits else "bad")
        self._limits.show()

    @while_living
    def show_nothing(self, why: str) -> None:
        """Says why there are no tokens."""
        self._base.setText("")
        self._flow.set_tokens((), why)
        self._sentence.setText(why)
        self._limits.hide()


def _encoded(job: Job, encode: Callable[[], ModelView]) -> ModelView:
    job.check()  # rows that were passed in the meantime cost nothing
    return encode()
