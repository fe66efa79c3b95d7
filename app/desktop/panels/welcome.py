"""The welcome page: a sentence, a file or a goal begins; recent projects, the sample, and what this machine can do."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.desktop.file_drops import FileDrops, choose_files, dropped_files
from app.desktop.living import while_living
from app.desktop.panels.welcome_parts import GoalCards, MachineCard, RecentCard
from app.desktop.widgets.basics import Picture, button, clear, column, hairline, keycap, label, row
from app.desktop.widgets.field_frame import FieldFrame
from app.workbench.beginning import make_plan
from app.workbench.bench import Workbench
from app.workbench.goals import Goal
from pipeline.errors import VibetuneError

NARROW = 1080  # pixels of the page below which cards stand below each other
WIDEST = 1240  # pixels: longer lines are hard to read
STEPS = ("Say it", "Look at the data", "Apply the plan", "Run", "Read the verdict", "Compare and serve")
SAMPLE = "674 messages, two adapters, the whole way in some minutes on this machine. No key, no network."
EXAMPLE = "“Sort our support messages into the right queue. Here is last year's export.”"


class WelcomePanel(QScrollArea):
    """The first page."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._key = bench, key
        self._files: tuple[Path, ...] = ()
        self.setObjectName("welcome")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Welcome")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.sentence = QLineEdit()
        self._make = button("Make a plan", icon="sparkle", kind="primary", name="welcome.make_plan", on=self._make_plan)
        self._chips = row(spacing=6)
        self.goals, self.recent, self.machine = GoalCards(), RecentCard(bench), MachineCard(bench)
        page = QWidget()
        page.setObjectName("welcome.page")
        page.setMaximumWidth(WIDEST)
        page.setLayout(self._page())
        inner = QWidget()
        inner.setProperty("surface", "panel")
        centred = row(spacing=0, margins=(32, 28, 32, 12))
        centred.addStretch(1)
        centred.addWidget(page, 100)
        centred.addStretch(1)
        inner.setLayout(centred)
        self.setWidget(inner)
        self._inner = inner
        self._connect()

    @property
    def page_width(self) -> int:
        """Pixels that the page takes, seen or not."""
        return self._inner.width()

    def _connect(self) -> None:
        self.sentence.returnPressed.connect(self._make_plan)
        self.sentence.textChanged.connect(self._typed)
        self.sentence.installEventFilter(self)
        self.goals.chosen.connect(self._begin_with)
        FileDrops(self, self._bench, self.attach)
        self._typed("")

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        super().showEvent(event)
        self.recent.refresh()
        if self._bench.machine.checked_at is None:
            self._bench.machine.check_again()

    # how it looks

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        is_narrow = self.viewport().width() < NARROW
        self.goals.set_columns(3 if is_narrow else 5)
        self._below.setDirection(QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight)
        for each in self._asides:
            each.setVisible(not is_narrow)

    def _page(self) -> QVBoxLayout:
        head = label("What should your model do differently?", "title")
        lead = label(
            "Say it in your own words, drop a file, or start from a goal. You see every change as a diff before "
            "anything happens.",
            "lead",
            wraps=True,
        )
        self._asides = [
            label("A goal is a recipe: a readable plan with sourced defaults.", "muted"),
            label("Three clicks from a sentence to a served adapter: Apply, Run, Compare.", "muted"),
        ]
        goals = row(label("Or start from a goal", "section"), None, self._asides[0])
        self._below = below = row(spacing=24)
        below.addLayout(column(self.recent, self._sample(), None, spacing=8), 1)
        below.addWidget(self.machine, 1)
        return column(
            head, 2, lead, 6, self._sentence(), 2, self._drop_zone(), 6, goals, self.goals, 6, below, 2, hairline(),
            self._steps(), None, spacing=8,
        )  # fmt: skip

    def _sentence(self) -> QFrame:
        self.sentence.setObjectName("welcome.sentence")
        self.sentence.setAccessibleName("What should your model do differently?")
        self.sentence.setPlaceholderText(EXAMPLE)
        self.sentence.setProperty("kind", "bare")
        inside = row(spacing=10, margins=(16, 8, 8, 8))
        inside.addLayout(self._chips)
        inside.addWidget(self.sentence, 1)
        inside.addWidget(keycap("Ctrl+L"))
        inside.addWidget(self._make)
        return FieldFrame(inside, self.sentence)

    def _drop_zone(self) -> QFrame:
        zone = QFrame()
        zone.setProperty("kind", "drop")
        zone.setObjectName("welcome.drop")
        choose = button("choose one", kind="link", name="welcome.choose_file", on=self._choose)
        head = row(label("Drop a file here, or", "section"), choose, None, spacing=4)
        text = label(
            "A table, JSON lines, a workbook, a document, a chat. It is copied into data/ and never changed. "
            "Nothing leaves this machine.",
            "muted",
            wraps=True,
        )
        typing = button(
            "No data yet? Type examples", icon="edit", name="welcome.type_examples",
            on=partial(self._bench.run, "data.type_examples"),
        )  # fmt: skip
        inside = row(spacing=14, margins=(20, 14, 16, 14))
        inside.addWidget(Picture("cloud-upload", "accent", 24))
        inside.addLayout(column(head, text, spacing=2), 1)
        inside.addWidget(typing)
        zone.setLayout(inside)
        FileDrops(zone, self._bench, self.attach)
        return zone

    def _sample(self) -> QFrame:
        made = QFrame()
        made.setProperty("kind", "card")
        words = column(
            None,
            label("Sample project: a support desk", "section"),
            label(SAMPLE, "muted", wraps=True),
            None,
            spacing=2,
        )
        opens = button(
            "Open the sample", icon="play", name="welcome.sample", on=partial(self._bench.run, "data.sample")
        )
        inside = row(spacing=14, margins=(16, 14, 12, 14))
        inside.addWidget(Picture("mortar-board", "accent", 20))
        inside.addLayout(words, 1)
        inside.addWidget(opens)
        made.setLayout(inside)
        return made

    def _steps(self) -> QHBoxLayout:
        line = row(spacing=8, margins=(0, 6, 0, 0))
        for number, step in enumerate(STEPS):
            if number:
                line.addWidget(label("›", "muted"))
            line.addWidget(label(step))
        line.addStretch(1)
        line.addWidget(self._asides[1])
        return line

    # what the user does

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        """Ctrl+V takes a file's path or copied rows, too; Backspace in the empty field takes the last file away."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.matches(QKeySequence.StandardKey.Paste):
                files = dropped_files(QGuiApplication.clipboard().mimeData())
                if files:
                    self.attach(files)
                    return True
            if event.key() == Qt.Key.Key_Backspace and not self.sentence.text() and self._files:
                self._detach(self._files[-1])
                return True
        return super().eventFilter(watched, event)

    def _typed(self, text: str) -> None:
        can = bool(text.strip()) or bool(self._files)
        self._make.setEnabled(can)
        self._make.setToolTip("" if can else "Write a sentence, drop a file, or choose a goal first.")

    def _begin_with(self, goal: Goal) -> None:
        self.sentence.setText(goal.sentence)
        self.sentence.setFocus(Qt.FocusReason.OtherFocusReason)
        self.sentence.selectAll()

    def _choose(self) -> None:
        choose_files(self, self.attach)

    @while_living
    def attach(self, files: tuple[Path, ...]) -> None:
        """Keeps files with the sentence; they are copied when the plan is asked for."""
        self._files = (*self._files, *(file for file in files if file not in self._files))
        self._show_files()
        if not self.sentence.text():
            self.sentence.setPlaceholderText(f"What should the model learn from {files[0].name}?")
        self.sentence.setFocus(Qt.FocusReason.OtherFocusReason)

    def _detach(self, file: Path) -> None:
        self._files = tuple(each for each in self._files if each != file)
        self._show_files()
        if not self._files:
            self.sentence.setPlaceholderText(EXAMPLE)

    def _show_files(self) -> None:
        clear(self._chips)
        for file in self._files:
            chip = button(
                f"{file.name}  ×", icon="table", kind="chip", name=f"welcome.file.{file.name}",
                tip=f"{file}: click to take it away", on=partial(self._detach, file),
            )  # fmt: skip
            self._chips.addWidget(chip)
        self._typed(self.sentence.text())

    def _make_plan(self) -> None:
        if not self._make.isEnabled():
            return
        sentence, files = self.sentence.text().strip(), self._files
        try:
            make_plan(self._bench, sentence or f"Learn from {files[0].name}.", files)
        except VibetuneError as error:
            self._bench.notices.error(error)
            return
        self._files = ()
        self.sentence.clear()
        self.goals.choose("")
        self._show_files()
