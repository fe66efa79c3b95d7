"""What the checks found in data, with what settles it; how the labels are spread; what was set aside."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QScrollArea, QVBoxLayout, QWidget

from app.desktop.widgets.basics import (
    Elided,
    Picture,
    button,
    clear,
    column,
    hairline,
    label,
    row,
    set_kind,
)
from app.desktop.widgets.count_bars import CountBars, ShareBar
from app.desktop.widgets.flow import Flow
from app.workbench.data_report import DataReport, reason_name
from app.workbench.data_rows import Finding, FindingFix, SourceFacts

_WAYS = {
    "data.contradiction": (("Decide", "label"),),
    "data.empty_completion": (("Label them", "label"),),
    "data.rare_labels": (("Add examples", "add"), ("Merge labels", "label")),
}
_PLACE = re.compile(r"^(\S.*?:\d+)(?=: |$)")
_SIGNS = {"block": ("error", "bad"), "warning": ("warning", "warn"), "note": ("info", "muted")}


class FindingList(QScrollArea):
    """What the checks found, with counts; how the labels are spread; what was set aside."""

    place_wanted = Signal(str)
    label_wanted = Signal(str)
    set_aside_wanted = Signal(str)  # a reason; empty: all
    labelling_wanted = Signal()
    examples_wanted = Signal()
    fix_wanted = Signal(object, object)  # finding, fix
    counted = Signal(int, bool)  # how many want a look, and whether one blocks a run

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []  # `file:line` of all examples
        self.can_edit = False  # whether the rows are a file's, and not a version's
        self.file_name = ""  # whose places can be gone to; empty: all
        self.can_fix: Callable[[], bool] = lambda: False  # whether a plan can take a fix
        self.is_chosen: Callable[[FindingFix], bool] = lambda _fix: False  # whether the plan has it already
        self._facts: SourceFacts | None = None
        self._report: DataReport | None = None
        self.setObjectName("data.findings")
        self.setAccessibleName("Problems")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._open = label("", "pill-warn", name="data.open_problems")
        self._head = label("Checks are running …", "muted", wraps=True, name="data.verdict")
        self._items = QVBoxLayout()
        self._items.setSpacing(0)
        self._balance, self._balance_term = CountBars("data.balance"), label("", "muted")
        self._balance.chosen.connect(self.label_wanted)
        self._majority = label("", "muted")
        self._balance_box = QWidget()
        self._balance_box.setLayout(
            column(
                hairline(),
                row(label("Balance", "section"), self._balance_term, None, self._majority, margins=(12, 12, 12, 4)),
                row(self._balance, margins=(12, 0, 12, 10)),
                spacing=0,
            )
        )
        self._aside, self._aside_box = ShareBar(), QWidget()
        self._aside_term = label("", "muted", name="data.set_aside")
        self._reasons = QVBoxLayout()
        self._reasons.setSpacing(0)
        head = row(Picture("archive", "muted"), label("Set aside", "section"), self._aside_term, None)
        self._aside_box.setLayout(
            column(hairline(), column(head, self._aside, self._reasons, margins=12, spacing=8), spacing=0)
        )
        inner = QWidget()
        top = row(label("Problems", "section"), self._open, None, margins=(12, 12, 12, 2))
        inner.setLayout(
            column(top, row(self._head, margins=(12, 0, 12, 8)), self._items, self._balance_box, self._aside_box, None,
                   spacing=0)
        )  # fmt: skip
        self.setWidget(inner)
        self._balance_box.hide()
        self._aside_box.hide()
        self._open.hide()

    def show_facts(self, facts: SourceFacts) -> None:
        """Shows what was found in a source."""
        self._facts = facts
        self.show_findings()
        self._show_balance(facts)
        self._show_set_aside(facts)

    def show_report(self, report: DataReport | None) -> None:
        """Shows what the plan's own checks found, which say more; None: no plan reads these rows."""
        self._report = report
        self.show_findings()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is shown: the plan's report where there is one, else what the file alone tells."""
        if self._report is not None:
            return self._report.findings
        return self._facts.findings if self._facts is not None else ()

    def show_findings(self) -> None:
        """Shows them again, as the plan may settle some of them now."""
        if self._facts is None:
            return
        clear(self._items)
        self.places.clear()
        for finding in self.findings:
            self._items.addWidget(hairline())
            self._items.addLayout(self._item(finding))
        to_look_at = sum(1 for each in self.findings if each.severity != "note")
        blocking = sum(1 for each in self.findings if each.severity == "block")
        self._open.setText(f"{to_look_at} to look at")
        set_kind(self._open, "pill-bad" if blocking else "pill-warn")
        self._open.setVisible(to_look_at > 0)
        self.counted.emit(to_look_at, blocking > 0)
        self._head.setText(f"{_verdict(blocking, to_look_at)}{_counts(self._report)}")

    def fixes_menu(self) -> QMenu:
        """All fixes, each under its problem: the same as the buttons, for the keyboard."""
        menu = QMenu(self.window())
        menu.setObjectName("data.fixes")
        for finding in self.findings if self.can_fix() else ():
            if finding.fixes:
                menu.addSeparator()
            for fix in finding.fixes:
                action = menu.addAction(f"{reason_name(finding.code).capitalize()} {finding.count:,}: {fix.title}")
                action.setEnabled(not self.is_chosen(fix))
                action.triggered.connect(_asks(self.fix_wanted, finding, fix))
        return menu

    def offer_fixes(self, beside: QWidget) -> None:
        """Opens the menu of all fixes, over the list or, where that is hidden, over `beside`."""
        over = self if self.isVisible() else beside
        menu = self.fixes_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(over.mapToGlobal(QPoint(12, 40)))

    def _item(self, finding: Finding) -> QVBoxLayout:
        name, token = _SIGNS[finding.severity]
        words = column(_sentence(finding), spacing=3)
        if finding.hint:
            words.addWidget(label(finding.hint, "muted", wraps=True))
        for example in finding.examples[:3]:
            words.addLayout(self._example(example))
        ways = self._ways(finding)
        if ways:
            line = Flow(6, (0, 4, 0, 0))
            line.add(*ways)
            words.addLayout(line)
        body = row(spacing=10, margins=(12, 10, 12, 10))
        body.addWidget(Picture(name, token), 0, Qt.AlignmentFlag.AlignTop)
        body.addLayout(words, 1)
        return column(body)

    def _example(self, example: str) -> QHBoxLayout:
        """A row that has the problem; its line leads to it where it is one of these rows."""
        found = _PLACE.match(example)
        place = found[1] if found else ""
        if not place or (self.file_name and not place.startswith((f"{self.file_name}:", f"{self.file_name}#"))):
            return row(Elided(example, "muted"))
        self.places.append(place)
        link = button(f"line {place.rpartition(':')[2]}", kind="link", tip=example, on=_emits(self.place_wanted, place))
        line = row(link, spacing=8)
        line.addWidget(Elided(example[len(place) :].lstrip(": "), "muted"), 1)
        return line

    def _ways(self, finding: Finding) -> list[QWidget]:
        """Buttons that settle a problem, and what the plan has of them already."""
        found: list[QWidget] = []
        for title, where in _WAYS.get(finding.code, ()) if self.can_edit else ():
            wanted = self.labelling_wanted if where == "label" else self.examples_wanted
            found.append(button(title, name=f"data.way.{finding.code}.{where}", on=wanted.emit))
        for number, fix in enumerate(finding.fixes if self.can_fix() else ()):
            if self.is_chosen(fix):
                found.append(label(f"{fix.title}: in the plan", "good"))
                continue
            made = button(fix.title, name=f"data.fix.{finding.code}.{number}", tip=f"In the plan: {fix.words}")
            made.setAccessibleName(f"{fix.title}: {finding.message}")
            made.clicked.connect(_asks(self.fix_wanted, finding, fix))
            found.append(made)
        return found

    def _show_balance(self, facts: SourceFacts) -> None:
        self._balance_box.setVisible(len(facts.labels) > 1)
        if len(facts.labels) > 1:
            total = sum(count for _, count in facts.labels)
            self._balance_term.setText(f"{len(facts.labels)} values")
            self._majority.setText(f"majority alone: {100 * facts.labels[0][1] / total:.1f} %")
            self._balance.set_counts(facts.labels)

    def _show_set_aside(self, facts: SourceFacts) -> None:
        total = sum(count for _, count in facts.set_aside)
        self._aside_box.setVisible(total > 0)
        clear(self._reasons)
        if not total:
            return
        self._aside_term.setText(f"{total:,} row{'' if total == 1 else 's'}, nothing is deleted")
        told = ", ".join(f"{reason_name(code)} {count:,}" for code, count in facts.set_aside)
        self._aside.set_counts([count for _, count in facts.set_aside], f"Set aside: {told}")
        for code, count in facts.set_aside:
            text = f"{reason_name(code)} · {count:,}"
            link = button(text, kind="link", name=f"data.reason.{code}", on=_emits(self.set_aside_wanted, code))
            self._reasons.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        everything = button("Open", name="data.open_set_aside", tip="Show the rows that were set aside")
        everything.clicked.connect(lambda _checked=False: self.set_aside_wanted.emit(""))
        self._reasons.addLayout(row(everything, None, margins=(0, 6, 0, 0)))


def _emits(signal: SignalInstance, value: str) -> Callable[[], object]:
    return lambda: signal.emit(value)


def _asks(signal: SignalInstance, finding: Finding, fix: FindingFix) -> Callable[[], object]:
    return lambda: signal.emit(finding, fix)


def _counts(report: DataReport | None) -> str:
    """What a run would use and leave out; nothing where that isn't known."""
    if report is None or not report.rows:
        return ""
    left_out = f", {report.aside:,} are set aside" if report.aside else ""
    return f" A run uses {report.rows:,} rows{left_out}."


def _sentence(finding: Finding) -> QLabel:
    return label(finding.message, "strong", wraps=True)


def _verdict(blocking: int, to_look_at: int) -> str:
    if blocking:
        return f"{blocking} of these stand in the way of a run." if blocking > 1 else "One of these blocks a run."
    if to_look_at:
        return "Nothing blocks a run. A look at these would make the result better."
    return "Nothing to decide: all checks ran."
