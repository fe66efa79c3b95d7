"""The desktop as a process of its own that a test kills in the middle of everything, and looks at after a new start.

A second window waits for a line on its stdin before it ends.

python -P -m tests.support.killed_window work FOLDER    types, starts a run, asks; says so as JSON; then goes on
python -P -m tests.support.killed_window look           starts as it was left; says what is there as JSON; ends
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton

from app.desktop.application import Application, make_application
from app.desktop.panels.console import ConsolePanel
from app.desktop.widgets.code_editor import CodeEditor
from app.desktop.window import Window

TYPED_PLAN, TYPED_NOTES = "# typed and not saved", "a line that nobody saved"
SENTENCE = "Train for 9 epochs with rank 8"
DEADLINE_S = 120.0
SIGHT_S = 60.0  # after which what is not in sight is told as missing


def wait(what: str, is_so: Callable[[], object]) -> None:
    """Lets the event loop run until something is so."""
    ends = time.monotonic() + DEADLINE_S
    while not is_so():
        assert time.monotonic() < ends, f"waited {DEADLINE_S:g} s: {what}"
        QApplication.processEvents()
        time.sleep(0.005)


def say(told: dict[str, Any]) -> None:
    """One line for the parent."""
    print(json.dumps(told), flush=True)


def editor(window: Window, kind: str) -> CodeEditor:
    """The editor in the view in front, which is of this kind."""
    wait(f"the {kind} is in front", lambda: window.bench.views.active.kind == kind)
    panel = window.docks.panel(kind, window.bench.views.active.key)
    assert panel is not None
    wait(f"the {kind} can be edited", lambda: any(each.isVisible() for each in panel.findChildren(CodeEditor)))
    return next(each for each in panel.findChildren(CodeEditor) if each.isVisible())


def work(application: QApplication, folder: Path) -> None:
    """A person in the middle of everything."""
    desktop = Application(application)
    desktop.start(folder)
    window = desktop.windows[0]
    bench = window.bench
    wait("the plan is read", lambda: bench.plan.plan is not None)
    bench.run("run.start")
    wait("the run trains", lambda: bench.runs.live is not None and bench.runs.live.step > 0)
    bench.views.open("plan", str(bench.plan.path))
    type_into(editor(window, "plan"), TYPED_PLAN)
    bench.views.open("text", str(folder / "notes.md"), is_beside=True)
    type_into(editor(window, "text"), TYPED_NOTES)
    bench.run("view.console")
    console = window.docks.panel("console")
    assert isinstance(console, ConsolePanel)
    wait("the console is there", lambda: console.console is not None)
    drafts = folder / ".vibetune" / "drafts.json"
    wait(
        "the texts are kept",
        lambda: drafts.is_file() and all(t in drafts.read_text() for t in (TYPED_PLAN, TYPED_NOTES)),
    )
    layout = folder / ".vibetune" / "layout.json"
    wait("the layout is kept", lambda: layout.is_file() and "notes.md" in layout.read_text())
    desktop.save_session()
    bench.run("assistant.focus")
    assistant = window.docks.panel("assistant")
    assert assistant is not None
    field = assistant.findChild(QPlainTextEdit, "composer.text")
    assert isinstance(field, QPlainTextEdit)
    QTest.keyClicks(field, SENTENCE)
    QTest.keyClick(field, Qt.Key.Key_Return)
    wait("the planner runs", lambda: bench.conversation.client.pid)
    live = bench.runs.live
    say(
        {
            "run": live.name if live is not None else "",
            "step": live.step if live is not None else 0,
            "planner": bench.conversation.client.pid,
            "kernel": console.console.process_id if console.console is not None else None,
            "thinking": bench.conversation.state == "thinking",
        }
    )
    application.exec()


def type_into(field: CodeEditor, text: str) -> None:
    """Types a line at the end."""
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, text)


def look(application: QApplication) -> None:
    """A person who starts it again, and sees what is there, and when."""
    desktop = Application(application)
    desktop.start(None)
    window = desktop.windows[0]
    bench = window.bench
    painted = _FirstPaint(window)
    sights: dict[str, Callable[[], object]] = {
        "first paint": lambda: painted.at,
        "tabs": lambda: {"plan", "text"} <= {name.partition(":")[0] for name in window.docks.shown("center")},
        "unsaved text": lambda: all(_is_in_sight(window, CodeEditor, text) for text in (TYPED_PLAN, TYPED_NOTES)),
        "conversation": lambda: _is_in_sight(window, QLabel, SENTENCE),
        "run": lambda: _is_in_sight(window, QPushButton, "Running"),
        "notices": lambda: len(bench.notices.items) > 1,
    }
    seen = _times(sights) | ({"first paint": painted.at} if painted.at else {})
    told = {
        "seen": seen,
        "cpu_s": round(time.process_time(), 2),
        "project": str(bench.project.path) if bench.project is not None else "",
        "tabs": window.docks.shown("center"),
        "texts": [each.toPlainText() for each in window.findChildren(CodeEditor)],
        "messages": [each.text for each in bench.conversation.messages],
        "notices": [each.title for each in bench.notices.items],
        "runs": {each.name: (each.state, each.step) for each in bench.runs.runs},
        "children": [each.pid for each in psutil.Process().children(recursive=True)],
    }
    say(told)
    if sys.stdin.readline():  # an empty line: end; a closed pipe: whoever asked has gone
        desktop.quit()


class _FirstPaint(QObject):
    """Notes when a window paints for the first time, on the machine's clock."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.at = 0.0
        window.top.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        if not self.at and event.type() == QEvent.Type.Paint:
            self.at = time.monotonic()
        return False


def _times(sights: dict[str, Callable[[], object]]) -> dict[str, float]:
    """When each was in sight, on the machine's clock; without what did not come."""
    seen: dict[str, float] = {}
    ends = time.monotonic() + SIGHT_S
    while len(seen) < len(sights) and time.monotonic() < ends:
        QApplication.processEvents()
        seen |= {name: time.monotonic() for name, is_so in sights.items() if name not in seen and is_so()}
        time.sleep(0.002)
    return seen


def _is_in_sight(window: Window, kind: type[CodeEditor | QLabel | QPushButton], text: str) -> bool:
    return any(each.isVisible() and text in _text(each) for each in window.findChildren(kind))


def _text(widget: CodeEditor | QLabel | QPushButton) -> str:
    return widget.toPlainText() if isinstance(widget, CodeEditor) else widget.text()


def main() -> None:
    """Either half of the test."""
    logging.basicConfig(level=logging.WARNING)
    application = make_application(["vibetune"])
    if sys.argv[1] == "work":
        work(application, Path(sys.argv[2]))
    else:
        look(application)


if __name__ == "__main__":
    main()
