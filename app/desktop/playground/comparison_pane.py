"""Below the answers: their difference by word, the votes so far, and the request as code."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLayout, QPlainTextEdit, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from app.desktop.playground.server_strip import PILL_HEIGHT
from app.desktop.theme.fonts import font
from app.desktop.widgets.basics import Segmented, button, column, hairline, label
from app.desktop.widgets.flow import Flow, flow
from app.desktop.widgets.highlighting import Highlighter, highlighter_for
from app.desktop.widgets.share_rows import ShareRow, ShareRows
from app.desktop.widgets.word_diff import WordDiff
from app.workbench.bench import Workbench
from app.workbench.client_code import LANGUAGES, client_code

WIDE = 600  # pixels from which the panes stand beside each other


class Pane(QWidget):
    """A titled part."""

    def __init__(self, title: str, *beside: QWidget) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        head = flow(label(title, "section"), None, *beside, margins=(16, 5, 12, 5))
        head.setMinimumHeight(40)
        self.body: QVBoxLayout = column(spacing=8, margins=(16, 10, 16, 10))
        whole = column(head, hairline(), spacing=0)
        whole.addLayout(self.body, 1)
        self.setLayout(whole)

    def fill(self, *items: QWidget | QLayout | None) -> None:
        """Puts things below each other; None is a stretch."""
        for item in items:
            if item is None:
                self.body.addStretch(1)
            elif isinstance(item, QLayout):
                self.body.addLayout(item)
            else:
                self.body.addWidget(item)


class DifferencePane(Pane):
    """Two answers compared by word."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__("Difference", label("by word", "muted"))
        self._state = bench.playground
        self.old, self.new = label("", "pill-bad"), label("", "pill-good")
        for pill in (self.old, self.new):
            pill.setFixedHeight(PILL_HEIGHT)
        self._pair = QWidget()
        inside = Flow(8)
        inside.add(label("from", "muted"), self.old, label("to", "muted"), self.new)
        self._pair.setLayout(inside)
        self._told = label("", "muted", wraps=True)
        self.text = WordDiff()
        self.text.setObjectName("playground.difference")
        self.fill(self._pair, self._told)
        self.body.addWidget(self.text, 1)
        self.body.addStretch(0)

    def show_difference(self) -> None:
        """Shows the chosen pair."""
        current, pair = self._state.round, self._state.pair()
        has_pair = current is not None and pair is not None
        for widget in (self._pair, self.text):
            widget.setVisible(has_pair)
        self._told.setVisible(not has_pair)
        if current is None or pair is None:
            self._told.setText("Two answers of a round are compared here. The columns' menus choose which.")
            return
        before, after = pair
        self.old.setText(current.name(before) if current.names_are_hidden else current.columns[before].id)
        self.new.setText(current.name(after) if current.names_are_hidden else current.columns[after].id)
        self.text.show_difference(current.answers[before].text, current.answers[after].text)


class VotesPane(Pane):
    """How often each model was preferred."""

    def __init__(self, bench: Workbench) -> None:
        self._count = label("", "pill")
        self._count.setFixedHeight(PILL_HEIGHT)
        super().__init__("Votes", self._count)
        self._votes = bench.playground.votes
        self._told = label("", "muted", wraps=True, name="playground.votes_told")
        self._more = label("", "muted", wraps=True)
        self.rows = ShareRows()
        self.rows.setObjectName("playground.shares")
        self.fill(self._told, self.rows, self._more, None)

    def show_votes(self) -> None:
        """Shows the tally."""
        tally = self._votes.tally
        self._count.setText(str(tally.blind))
        if not tally.blind:
            kept = f" {tally.open} votes with the names in sight are kept, and not counted." if tally.open else ""
            self._told.setText(f"No blind votes yet. Turn blind mode on, ask, and choose by key.{kept}")
            self.rows.setVisible(False)
            self._more.setText("")
            return
        plural = "s" if tally.blind != 1 else ""
        self._told.setText(f"How often each was preferred, {tally.blind} blind vote{plural}, 95 % CI")
        self.rows.setVisible(True)
        self.rows.show_rows(
            [ShareRow(share.model, share.value, share.low, share.high) for share in tally.shares], tally.chance
        )
        parts = [f"{tally.ties} of them a tie or all bad" if tally.ties else ""]
        parts.append(f"{tally.open} more with the names in sight, not counted" if tally.open else "")
        parts.append("dashed: chance")
        self._more.setText(" · ".join(part for part in parts if part))


_ENDINGS = {"Python": "py", "curl": "sh", "JavaScript": "js"}


class CodePane(Pane):
    """The request as a program."""

    def __init__(self, bench: Workbench) -> None:
        self.languages = Segmented(LANGUAGES, bench.playground.language, name="playground.language")
        self.languages.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.copy = button(
            "",
            icon="copy",
            name="playground.copy_code",
            tip="Copy the code",
            on=lambda: bench.run("playground.copy_code"),
        )
        super().__init__("Use in my app", self.languages, self.copy)
        self._state = bench.playground
        self.languages.chosen.connect(lambda language: self._state.set(language=language))
        self.text = QPlainTextEdit()
        self.text.setObjectName("playground.code")
        self.text.setAccessibleName("The request as code")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setFont(font(12, is_mono=True))
        self.text.setStyleSheet("font-family: 'JetBrains Mono'; font-size: 12px;")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.document().setDocumentMargin(0)
        self._highlighter: Highlighter | None = None
        self._coloured = ""  # the language that it knows
        self._note = label("The key is not in the code: Server, Copy the server's key.", "muted", wraps=True)
        self.body.addWidget(self.text, 1)
        self.fill(self._note)

    def show_code(self) -> None:
        """Shows it in the chosen language."""
        request = self._state.request()
        self.languages.choose(self._state.language)
        code = client_code(self._state.language, request) if request else ""
        if code != self.text.toPlainText():
            self._colour_as(self._state.language)
            self.text.setPlainText(code)

    def _colour_as(self, language: str) -> None:
        if language == self._coloured:
            return
        if self._highlighter is not None:
            self._highlighter.setDocument(None)
            self._highlighter.deleteLater()
        self._highlighter = highlighter_for(f"request.{_ENDINGS[language]}", self.text.document())
        self._coloured = language


class ComparisonPanes(QSplitter):
    """The three beside each other."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._state = bench.playground
        self.difference, self.votes, self.code = DifferencePane(bench), VotesPane(bench), CodePane(bench)
        for pane in (self.difference, self.votes, self.code):
            pane.setMinimumWidth(180)
            self.addWidget(pane)
        self.setSizes([490, 390, 470])
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        wanted = Qt.Orientation.Horizontal if event.size().width() >= WIDE else Qt.Orientation.Vertical
        if self.orientation() != wanted:
            self.setOrientation(wanted)

    def show_all(self) -> None:
        """Shows what is chosen and known."""
        self.difference.setVisible(self._state.shows_difference)
        self.show_difference()
        self.votes.show_votes()
        self.code.show_code()

    def show_difference(self) -> None:
        """Shows only the difference."""
        if self._state.shows_difference:
            self.difference.show_difference()
