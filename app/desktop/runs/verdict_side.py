"""Beside a verdict: what would help next, the adapter's versions, where it comes from, how sure it is."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.desktop.theme.icons import icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import Elided, button, clear, column, hairline, label, row
from app.workbench.bench import Workbench
from app.workbench.run_row import RunRow
from app.workbench.verdict_parts import Advice, VerdictReading

STEP_ICONS = {
    "sentence": ("comment", "accent"),
    "checkpoint": ("checklist", "accent"),
    "dataset": ("database", "good"),
    "run": ("graph-line", "num"),
    "adapter": ("package", "kw"),
}
STEP_VIEWS = {"run": "run", "adapter": "adapter", "dataset": "data"}
MOST_VERSIONS = 5
PRODUCTION = "production"


class VerdictSide(QWidget):
    """The column at the right."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self._bench = bench
        self._state: tuple[object, ...] = ()
        self.setMinimumWidth(270)
        self._box = QVBoxLayout()
        self._box.setContentsMargins(16, 12, 16, 12)
        self._box.setSpacing(10)
        self.setLayout(self._box)
        theme().changed.connect(self._repaint)
        self._last: tuple[RunRow, VerdictReading] | None = None

    def _repaint(self) -> None:
        self._state = ()
        if self._last is not None:
            self.show_verdict(*self._last)

    def show_verdict(self, found: RunRow, reading: VerdictReading) -> None:
        """Shows everything again if something is new."""
        self._last = found, reading
        versions = self._versions(found)
        lineage = self._bench.adapters.lineage(found.adapter) if found.adapter else ()
        state = (found.adapter, reading, versions, lineage)
        if state == self._state:
            return
        self._state = state
        clear(self._box)
        self._add_advice(reading)
        self._add_versions(found)
        self._add_lineage(found)
        self._box.addWidget(hairline())
        self._box.addLayout(row(label("How sure is this?", "section"), None, label("power", "term")))
        self._box.addWidget(label(reading.power or "There was no opponent to compare with.", wraps=True))
        for note in reading.notes:
            self._box.addWidget(label(note, "muted", wraps=True))
        self._box.addStretch(1)

    def _add_advice(self, reading: VerdictReading) -> None:
        head = row(label("What would help next", "section"), None, label("from what was measured", "muted"))
        self._box.addLayout(head)
        if not reading.advice:
            self._box.addWidget(label("Nothing in the measurement points to one thing.", "muted", wraps=True))
        for number, each in enumerate(reading.advice, 1):
            words = column(label(each.title, wraps=True), label(each.why, "muted", wraps=True), spacing=2)
            go = button(each.button, name=f"verdict.advice.{number}", on=partial(self._follow, each))
            line = row(label(str(number), "good"), spacing=10)
            line.addLayout(words, 1)
            line.addWidget(go)
            self._box.addLayout(line)

    def _follow(self, advice: Advice) -> None:
        if advice.cell is not None:
            self._bench.selection.set("advised", "\t".join(advice.cell))
        self._bench.run(advice.command)

    # versions

    def _versions(self, found: RunRow) -> tuple[object, ...]:
        name = (found.adapter or "").partition("@")[0]
        return tuple(each for each in self._bench.adapters.adapters if each.name == name)

    def _add_versions(self, found: RunRow) -> None:
        if not found.adapter:
            return
        name = found.adapter.partition("@")[0]
        versions = [each for each in self._bench.adapters.adapters if each.name == name]
        self._box.addWidget(hairline())
        self._box.addLayout(row(label("Versions", "section"), None, label(name, "term")))
        for each in versions[:MOST_VERSIONS]:
            kind = "pill-accent" if each.address == found.adapter else "pill"
            pills = [label(alias, "pill-good" if alias == PRODUCTION else "pill-accent") for alias in each.aliases]
            value = f"{100 * each.value:.1f} %" if each.value is not None else "not measured"
            number = label(f"v{each.version}", kind)
            for pill in (number, *pills):
                pill.setMinimumHeight(22)
            self._box.addLayout(row(number, label(value), *pills, None))
        current = next((each for each in versions if PRODUCTION in each.aliases), None)
        version = found.adapter.partition("@")[2]
        is_promoted = current is not None and current.address == found.adapter
        promote = button(f"Promote {version} to production", icon="arrow-up", kind="primary", name="verdict.promote")
        promote.clicked.connect(lambda: self._on_adapter("adapter.promote", found.adapter or ""))
        promote.setEnabled(not is_promoted)
        promote.setToolTip(
            f"{version} is in production already." if is_promoted else "The alias production names it from then on."
        )
        compare = button("Compare first", name="verdict.compare", on=lambda: self._bench.run("verdict.compare"))
        back = button("Roll back", kind="link", name="verdict.rollback")
        back.clicked.connect(lambda: self._on_adapter("adapter.rollback", found.adapter or ""))
        self._box.addLayout(row(promote, compare, None))
        told = "The alias production names it from then on; one click takes it back."
        if current is not None and not is_promoted:
            told = f"The alias production names it from then on. v{current.version} stays: one click takes it back."
        note = label(told, "muted", wraps=True)
        line = row(note, back)
        line.setStretch(0, 1)
        back.setVisible(current is not None)
        self._box.addLayout(line)

    def _on_adapter(self, command: str, address: str) -> None:
        self._bench.selection.set("adapter", address)
        self._bench.run(command)

    # lineage

    def _add_lineage(self, found: RunRow) -> None:
        steps = self._bench.adapters.lineage(found.adapter) if found.adapter else ()
        if not steps:
            return
        self._box.addWidget(hairline())
        self._box.addLayout(row(label("Where it comes from", "section"), None, label("lineage", "term")))
        for step in steps:
            name, colour = STEP_ICONS.get(step.kind, ("circle-filled", "muted"))
            picture = QLabel()
            picture.setPixmap(icon(name, colour).pixmap(16, 16))
            text = Elided(step.text)
            lines = column(text, Elided(step.detail, "muted"), spacing=1) if step.detail else column(text)
            line = row(picture, spacing=10)
            line.addLayout(lines, 1)
            view = STEP_VIEWS.get(step.kind)
            if view and step.key and step.key not in {found.name, found.adapter}:
                go = partial(self._bench.views.open, view, step.key)
                line.addWidget(button("Open", kind="link", on=go))
            self._box.addLayout(line)
