"""One adapter: its versions with their verdicts, who names which, where it comes from, and what travels with it."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from app.desktop.living import while_living
from app.desktop.widgets.basics import (
    Banner,
    Elided,
    EmptyState,
    button,
    card,
    clear,
    column,
    hairline,
    label,
    row,
)
from app.desktop.widgets.flow import Flow, flow
from app.desktop.widgets.lineage_rail import LineageRail, RailStep
from app.desktop.widgets.sides import Sides
from app.workbench.adapter_store import CANDIDATE, PRODUCTION, AdapterRow, LineageStep
from app.workbench.bench import Workbench
from app.workbench.quantities import size as in_words

ICONS = {
    "sentence": ("comment", "accent"),
    "checkpoint": ("checklist", "accent"),
    "dataset": ("database", "good"),
    "run": ("graph-line", "num"),
    "adapter": ("package", "kw"),
}
WIDE = 860  # pixels from which versions and lineage stand at the right instead of below
METRICS = {"invalid": "no valid answer", "rouge_l": "ROUGE-L", "macro_f1": "macro F1", "exact_match": "exact match"}
TONES = {"better": "pill-good", "worse": "pill-bad", "no difference": "pill", "cannot tell": "pill-warn"}


class AdapterView(QWidget):
    """Shows `key`: an address, or a name."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._key = bench, key
        self.setObjectName("adapter")
        self.setProperty("surface", "panel")
        self._shown: tuple[object, ...] = ()
        self._was_seen = False
        self._left: QVBoxLayout = column(spacing=12, margins=(20, 16, 20, 16))
        self._right: QVBoxLayout = column(spacing=10, margins=(16, 16, 16, 16))
        parts = Sides(_page(self._left), _page(self._right), wide=WIDE, sizes=(620, 380))
        parts.setAccessibleName("The adapter, its versions and lineage")
        self.setLayout(column(parts, spacing=0))
        bench.adapters.changed.connect(self._show)
        bench.server.changed.connect(self._show)
        bench.runs.changed.connect(self._show)
        self._show()

    @property
    def row(self) -> AdapterRow | None:
        """What is shown."""
        return self._bench.adapters.get(self._key)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        self._was_seen = True
        self._show()
        super().showEvent(event)

    @while_living
    def _show(self) -> None:
        if self._was_seen and not self.isVisible():
            return  # behind another tab; it looks again when it comes to the front
        store, server = self._bench.adapters, self._bench.server
        shown = (self.row, store.versions(self.row.name) if self.row else (), server.state, server.adapters)
        run = self._bench.runs.get(self.row.run) if self.row else None
        called = run.short_name if run is not None else ""
        state = (*shown, server.loading, tuple(server.refused), store.is_loaded, called)
        if state == self._shown:
            return
        self._shown = state
        clear(self._left)
        clear(self._right)
        if self.row is None:
            told = f"There is no adapter {self._key}." if store.is_loaded else "Reading the adapters."
            self._left.addWidget(EmptyState("package", told, "The list of adapters shows those that are there."))
            return
        self._show_left(self.row)
        self._show_right(self.row)

    def _show_left(self, each: AdapterRow) -> None:
        title = label(each.address, "title", name="adapter.title")
        aliases = [label(alias, "pill-good" if alias == PRODUCTION else "pill-accent") for alias in each.aliases]
        title.setWordWrap(True)
        self._left.addWidget(title)
        if aliases:
            self._left.addWidget(flow(*aliases, spacing=6))
        size = f"{in_words(each.bytes)} · rank {each.rank} · on {each.base} · {each.task} · {_day(each.created)}"
        self._left.addWidget(Elided(size, "muted"))
        self._left.addLayout(self._buttons(each))
        refused = self._bench.server.refused.get(each.address)
        if refused is not None:
            self._left.addWidget(Banner("bad", refused.message, refused.hint, code=refused.code))
        self._left.addWidget(self._verdict(each))
        self._left.addWidget(_travels(each))
        self._left.addStretch(1)

    def _buttons(self, each: AdapterRow) -> QVBoxLayout:
        bench = self._bench

        def act(command: str) -> None:
            bench.selection.set("adapter", each.address)
            bench.run(command)

        is_production = PRODUCTION in each.aliases
        promote = button(
            "Promote to production",
            icon="arrow-up",
            kind="" if is_production else "primary",
            name="adapter.promote",
            on=lambda: act("adapter.promote"),
            tip=f"{each.address} is in production already." if is_production else "",
        )
        promote.setEnabled(not is_production)
        compare = button(
            "Compare", icon="comment-discussion", name="adapter.compare", on=lambda: act("adapter.compare")
        )
        is_loaded = each.address in bench.server.adapters
        load = button(
            "Loaded" if is_loaded else "Load",
            icon="pass-filled" if is_loaded else "cloud-upload",
            name="adapter.load",
            on=lambda: act("adapter.load"),
            tip="Into the server" if bench.server.state == "ready" else "The server is not running.",
        )
        load.setEnabled(bench.server.state == "ready" and not is_loaded and not bench.server.loading)
        copy = button(
            "", icon="copy", name="adapter.copy_address", tip="Copy its address", on=lambda: act("adapter.copy_address")
        )
        note = label(
            "The alias production names it from then on; the version before stays, and one click takes it back.",
            "muted",
        )
        note.setWordWrap(True)
        return column(flow(promote, compare, load, copy), note, spacing=6)

    def _verdict(self, each: AdapterRow) -> QFrame:
        if not each.is_measured:
            told = label("No verdict yet: its run has not been evaluated.", "muted", wraps=True)
            return card(label("Not measured yet", "card-title"), told, name="adapter.verdict")
        figures = []
        for name, value in each.metrics:
            if name == "exact_match_strict":
                continue
            number = label(f"{value * 100:.1f} %", "figure")
            words = label(METRICS.get(name, name.replace("_", " ")), "muted")
            figure = QWidget()
            figure.setLayout(column(number, words, spacing=2))
            figures.append(figure)
        head = row(label("Verdict", "card-title"), label(each.outcome, TONES.get(each.outcome, "pill")), None)
        open_it = button(
            "Read the verdict",
            kind="link",
            name="adapter.read_verdict",
            on=lambda: self._bench.views.open("verdict", each.run),
        )
        head.addWidget(open_it)
        return card(head, label(each.verdict, wraps=True), flow(*figures, spacing=24), name="adapter.verdict")

    def _show_right(self, each: AdapterRow) -> None:
        self._right.addLayout(row(label("Versions", "section"), None, label(each.name, "term")))
        for version in self._bench.adapters.versions(each.name):
            self._right.addWidget(_VersionRow(self._bench, version, is_shown=version.address == each.address))
        earlier = self._bench.adapters.earlier(each.name)
        if earlier is not None:
            self._right.addLayout(row(self._roll_back(each, earlier), None))
        self._right.addWidget(hairline())
        self._right.addLayout(row(label("Where it comes from", "section"), None, label("lineage", "term")))
        rail = LineageRail("adapter.lineage")
        steps = self._bench.adapters.lineage(each.address)
        rail.show_steps([self._rail_step(step) for step in steps])
        rail.activated.connect(self._open_step)
        self._right.addWidget(rail)
        self._right.addWidget(hairline())
        self._right.addLayout(row(label("Names over time", "section"), None, label("aliases", "term")))
        for change in self._bench.adapters.history(each.name)[:8]:
            told = f"{change.alias} → v{change.version}"
            state = "taken back" if change.is_undone else ""
            self._right.addLayout(row(label(told), label(state, "muted"), None, label(_day(change.time), "muted")))
        self._right.addStretch(1)

    def _roll_back(self, each: AdapterRow, earlier: int) -> QWidget:
        def act() -> None:
            self._bench.selection.set("adapter", each.address)
            self._bench.run("adapter.rollback")

        return button(f"Roll back to @v{earlier}", icon="discard", name="adapter.rollback", on=act)

    def _rail_step(self, step: LineageStep) -> RailStep:
        icon, token = ICONS[step.kind]
        kind = {"checkpoint": "plan", "dataset": "data", "run": "run"}.get(step.kind, "")
        run = self._bench.runs.get(step.key) if kind == "run" else None
        key = f"{kind}:{step.key}" if kind and step.key else ""
        return RailStep(icon, token, run.short_name if run is not None else step.text, step.detail, key)

    def _open_step(self, key: str) -> None:
        kind, _, what = key.partition(":")
        self._bench.views.open(kind, what)


class _VersionRow(QFrame):
    def __init__(self, bench: Workbench, version: AdapterRow, *, is_shown: bool) -> None:
        super().__init__()
        name = button(
            f"@v{version.version}",
            kind="chip",
            name=f"adapter.version.{version.version}",
            on=lambda: bench.views.open("adapter", version.address),
        )
        name.setCheckable(True)
        name.setChecked(is_shown)
        value = f"{version.value * 100:.1f} %" if version.value is not None else "not measured"
        tones = {PRODUCTION: "pill-good", CANDIDATE: "pill-accent"}
        aliases = [label(alias, tones.get(alias, "pill")) for alias in version.aliases]
        loaded = version.address in bench.server.adapters
        when = label("answers now" if loaded else _day(version.created), "good" if loaded else "muted")
        line = Flow(10)
        line.add(name, label(value), *aliases, None, when)
        self.setLayout(line)


def _travels(each: AdapterRow) -> QFrame:
    text = QPlainTextEdit(each.system_prompt or "")
    text.setObjectName("adapter.system_prompt")
    text.setAccessibleName("System prompt that travels with the adapter")
    text.setReadOnly(True)
    text.setTabChangesFocus(True)
    text.setPlaceholderText("It was trained without one.")
    text.setProperty("kind", "field")
    lines = min(6, max(2, len(each.system_prompt) // 70 + each.system_prompt.count("\n") + 1))
    text.setFixedHeight(lines * text.fontMetrics().lineSpacing() + 18)
    note = f"Answers are cut after {each.max_tokens} tokens unless a request says otherwise."
    probe = f"Its probe of {each.probe_cases} cases is checked at each load: served = trained."
    return card(
        row(label("What travels with it", "card-title"), None, label("system_prompt", "term")),
        text,
        label(note, "muted", wraps=True),
        label(
            probe if each.probe_cases else "It has no probe: at a load it is only seen to differ from its base.",
            "muted",
            wraps=True,
        ),
    )


def _page(inside: QVBoxLayout) -> QWidget:
    page = QWidget()
    page.setProperty("surface", "panel")
    page.setLayout(inside)
    return page


def _day(time: str) -> str:
    """`24 Nov, 13:32` in the reader's time zone."""
    try:
        return datetime.fromisoformat(time).astimezone().strftime("%-d %b, %H:%M")
    except ValueError:
        return time
