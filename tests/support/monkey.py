"""A monkey at the real application: random keys, clicks, commands, drags and texts, and what broke under them.

    python -P -m tests.support.monkey --events 1500 --seed 7 [--folder FOLDER]

Runs in a process of its own, so that not even a crash of Qt takes the tests along: the parent reads the JSON on stdout,
and where there is none, the traceback on stderr and the last events in `FOLDER/events.txt`.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import json
import os
import random
import sys
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.monkey_world import Watch, World, use_folder

# What leaves the program, or starts processes that live on or cost seconds. They are pressed nowhere; buttons that
# start a run or an engine meet interpreters that end at once (`_UNABLE`), which is what a broken setting would be.
EXCLUDED = {
    "window.quit": "ends the program",
    "view.console": "starts a kernel process; tests/desktop/test_console.py",
    "run.start": "starts a worker; tests/desktop/test_story.py",
    "run.resume": "starts a worker",
    "run.pause_or_resume": "resumes, when the run is paused",
    "run.evaluate": "starts an engine and measures for minutes",
    "server.start": "starts an engine; tests/desktop/test_story.py",
    "server.restart": "starts an engine",
}
_UNABLE = "/bin/false"
WINDOWS = 3
SENTENCES = (
    "Train for 9 epochs with rank 8",
    "Sort our messages into the right queue.",
    "Train it.",
    "Use a learning rate of 0.0002 and 4 epochs",
    "Why this base?",
    "With data/messages.csv: sort the messages into queues",
)
TEXTS = (
    "queues",
    "lora_alpha: 64",
    "\tx: [",
    "ä€😀",
    "0",
    ">",
    "#",
    "parcel",
    "a slowly said message",
    "   ",
    "name: 7",
)
PLAIN_KEYS = (
    *("Tab", "Backtab", "Return", "Enter", "Escape", "Space", "Backspace", "Delete", "Up", "Down", "Left", "Right"),
    *("Home", "End", "PageUp", "PageDown", "F2", "F3", "F4", "Menu"),
)


class Monkey:
    """Does random things to an application's windows.

    Args:
        application: Qt's.
        desktop: our application with one window open.
        world: is kept going.
        seed: of the choices; what the timers do in between is not chosen.
    """

    def __init__(self, application: Any, desktop: Any, world: World, watch: Watch, seed: int, log: Path) -> None:
        from PySide6.QtCore import QTimer

        self.qt, self.desktop, self.world, self._watch = application, desktop, world, watch
        self.random = random.Random(seed)
        self.reached: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.recent: deque[str] = deque(maxlen=40)
        self._log = log.open("w", encoding="utf-8")
        self._relief = QTimer()
        self._relief.timeout.connect(self._relieve)
        self._relief.start(15)
        self._kinds: list[tuple[str, float, Callable[[], str]]] = [
            ("command", 30, self._command),
            ("shortcut", 14, self._shortcut),
            ("key", 10, self._key),
            ("text", 7, self._text),
            ("click", 20, self._click),
            ("wheel", 5, self._wheel),
            ("palette", 4, self._palette),
            ("sentence", 2, self._sentence),
            ("drag", 3, self._drag),
            ("resize", 2, self._resize),
            ("project", 1, self._project),
            ("scene", 12, self._scene),
        ]

    @property
    def window(self) -> Any:
        """A window to do something to: nearly always the one in front."""
        windows = self.desktop.windows
        return windows[-1] if self.random.random() < 0.9 else self.random.choice(windows)

    def play(self, events: int, *, deadline_s: float) -> int:
        """Does `events` random things, or fewer when the time is up; how many it were."""
        names, weights, _acts = zip(*self._kinds, strict=True)
        acts = {name: act for name, _weight, act in self._kinds}
        ends = time.monotonic() + deadline_s
        for number in range(events):
            if time.monotonic() > ends:
                return number
            if number % 100 == 0:
                self.world.keep_going()
                self._make_unable()
            kind = self.random.choices(names, weights)[0]
            self._note(f"{number} {kind}")
            told = self._try(acts[kind])
            self.counts[kind] += 1
            self._note(f"    {told}")
            self._settle()
        return events

    def _try(self, act: Callable[[], str]) -> str:
        """What a command raises is as wrong as what a slot raises: a button would have met it."""
        try:
            return act()
        except Exception:  # noqa: BLE001, the monkey goes on, and what it met is told
            self._watch.records.append("\n".join(list(self.recent)[-6:]) + "\n" + traceback.format_exc())
            return "raised"

    def _note(self, text: str) -> None:
        self.recent.append(text)
        self._log.write(text + "\n")
        self._log.flush()

    def _settle(self) -> None:
        from PySide6.QtCore import QEvent

        self.qt.processEvents()
        self.qt.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # as a running event loop does
        self._remember()
        self._close_dialogs()
        while not self.desktop.windows:  # the last one was closed by its own button
            self._open_again()
        while len(self.desktop.windows) > WINDOWS:
            self.desktop.windows[0].close()
            self.qt.processEvents()

    def _open_again(self) -> None:
        from app.workbench.session_file import SavedWindow

        self.desktop._is_quitting = False
        self.desktop.open_window(SavedWindow(project=str(self.world.project.path)))
        self.qt.processEvents()

    def _remember(self) -> None:
        for window in self.desktop.windows:
            self.reached.update(window.bench.used)

    def _make_unable(self) -> None:
        settings = self.desktop.settings
        for name in ("worker_python", "engine_python"):
            if getattr(settings.values, name) != _UNABLE:
                settings.set(name, _UNABLE)

    # what opens by itself

    def _relieve(self) -> None:
        """Menus and dialogs hold the event loop until somebody chooses."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QMenu

        self._remember()
        popup = self.qt.activePopupWidget()
        if isinstance(popup, QMenu):
            titles = {command.title for command in self.window.bench.commands if self._is_excluded(command.id)}
            actions = [
                each
                for each in popup.actions()
                if each.isEnabled() and not each.isSeparator() and each.text().partition("\t")[0] not in titles
            ]
            if actions and self.random.random() < 0.7:
                popup.setActiveAction(self.random.choice(actions))
                QTest.keyClick(popup, Qt.Key.Key_Return)
            else:
                QTest.keyClick(popup, Qt.Key.Key_Escape)
        elif popup is not None:
            QTest.keyClick(popup, self.random.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Down)))
        self._close_dialogs()

    def _close_dialogs(self) -> None:
        from PySide6.QtWidgets import QDialog

        for top in self.qt.topLevelWidgets():
            if isinstance(top, QDialog) and top.isVisible():
                top.reject()

    # events

    def _is_excluded(self, command: str) -> bool:
        count = len(self.desktop.windows)
        return (
            command in EXCLUDED
            or (command == "window.close" and count == 1)
            or (command == "window.new" and count >= WINDOWS)
        )

    def _command(self) -> str:
        """A command that can be run now; the ones that were not reached yet come more often."""
        window = self.window
        able = [
            each.id
            for each in window.bench.commands
            if not self._is_excluded(each.id) and each.why_not(window.bench) is None
        ]
        fresh = [each for each in able if each not in self.reached]
        chosen = self.random.choice(fresh if fresh and self.random.random() < 0.3 else able)
        self._note(f"    {chosen}")
        window.bench.run(chosen)
        return ""

    def _shortcut(self) -> str:
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest

        window = self.window
        fits = [(each, key) for each in window.bench.commands for key in window.bench.keys_of(each)]
        command, key = self.random.choice(fits)
        meant = window.keymap.choose(QKeySequence(key).toString())
        if self._is_excluded(command.id) or (meant is not None and self._is_excluded(meant.id)):
            return f"{key}: excluded"
        target = self.qt.focusWidget() or window
        self._note(f"    {key} at {_told(target)}")
        QTest.keySequence(target, QKeySequence(key))
        return ""

    def _key(self) -> str:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        target = self.qt.focusWidget() or self.window
        name = self.random.choice(PLAIN_KEYS)
        held = self.random.choice(("No",) * 6 + ("Shift",) * 2)
        meant = self.window.keymap.choose(name)
        if meant is not None and self._is_excluded(meant.id):
            return "excluded"
        self._note(f"    {held} {name} at {_told(target)}")
        QTest.keyClick(target, getattr(Qt.Key, f"Key_{name}"), getattr(Qt.KeyboardModifier, f"{held}Modifier"))
        return ""

    def _text(self) -> str:
        from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit, QPlainTextEdit, QTextEdit

        target = self.qt.focusWidget()
        if not isinstance(target, QLineEdit | QPlainTextEdit | QTextEdit | QAbstractSpinBox):
            target = self._some_widget(lambda each: isinstance(each, QLineEdit | QPlainTextEdit))
        if target is None:
            return "nowhere"
        text = self.random.choice(TEXTS)
        self._note(f"    {text!r} at {_told(target)}")
        target.setFocus()
        self._type(target, text)
        return ""

    def _type(self, target: Any, text: str) -> None:
        """Types anything: `QTest.keyClicks` ends the program at signs that no key has."""
        from PySide6.QtCore import QEvent, Qt
        from PySide6.QtGui import QKeyEvent

        for sign in text:
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                self.qt.sendEvent(target, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, sign))

    def _click(self) -> str:
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea

        wants_button = self.random.random() < 0.5
        target = self._some_widget(lambda each: isinstance(each, QAbstractButton) if wants_button else True)
        if target is None:
            return "nothing to click"
        if isinstance(target, QAbstractScrollArea) and target.viewport() is not None:
            target = target.viewport()
        button = self.random.choices(
            (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton), (85, 12, 3)
        )[0]
        at = QPoint(self.random.randrange(max(1, target.width())), self.random.randrange(max(1, target.height())))
        if isinstance(target, QAbstractButton):
            at = target.rect().center()
        held = self.random.choice((Qt.KeyboardModifier.NoModifier,) * 9 + (Qt.KeyboardModifier.ControlModifier,))
        act = QTest.mouseDClick if self.random.random() < 0.1 else QTest.mouseClick
        self._note(f"    {button.name} {act.__name__} {at.x()},{at.y()} on {_told(target)}")
        act(target, button, held, at)
        return ""

    def _wheel(self) -> str:
        from PySide6.QtCore import QPoint, QPointF, Qt
        from PySide6.QtGui import QWheelEvent
        from PySide6.QtWidgets import QAbstractScrollArea

        target = self._some_widget(lambda each: isinstance(each, QAbstractScrollArea))
        if target is None:
            return "nothing to scroll"
        view = target.viewport()
        at = QPointF(view.rect().center())
        turn = QPoint(0, self.random.choice((-480, -120, 120, 480)))
        held = self.random.choice((Qt.KeyboardModifier.NoModifier,) * 5 + (Qt.KeyboardModifier.ControlModifier,))
        self._note(f"    {turn.y()} on {_told(target)}")
        event = QWheelEvent(
            at, QPointF(view.mapToGlobal(at.toPoint())), QPoint(), turn, Qt.MouseButton.NoButton, held,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        self.qt.sendEvent(view, event)
        return ""

    def _palette(self) -> str:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QLineEdit

        from app.desktop.palette_list import EntryList

        window = self.window
        window.bench.run("view.palette")
        field = window.palette_box.findChild(QLineEdit, "palette.field")
        command = self.random.choice(list(window.bench.commands))
        words = self.random.choice((f">{command.title}", command.title[:6], "/", "#", "@", "/mes", "#queues"))
        self._type(field, words)
        for _ in range(self.random.choice((0, 0, 0, 1, 3))):
            QTest.keyClick(field, Qt.Key.Key_Down)
        found = window.palette_box.findChild(EntryList, "palette.list")
        title = found.chosen.title if found is not None and found.chosen is not None else ""
        excluded = {each.title for each in window.bench.commands if self._is_excluded(each.id)}
        if title in excluded or self.random.random() < 0.2:
            QTest.keyClick(field, Qt.Key.Key_Escape)
            return f"{words!r}: closed"
        self._note(f"    {words!r}: {title!r}")
        QTest.keyClick(field, Qt.Key.Key_Return)
        return ""

    def _sentence(self) -> str:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QPlainTextEdit

        window = self.window
        window.bench.run("assistant.focus")
        self.qt.processEvents()
        panel = window.docks.panel("assistant")
        field = panel.findChild(QPlainTextEdit, "composer.text") if panel is not None else None
        if field is None:
            return "no assistant"
        text = self.random.choice(SENTENCES)
        field.setPlainText("")
        self._type(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        if self.random.random() < 0.8:
            self._wait(lambda: window.bench.conversation.state == "idle", 5)
        return text

    def _drag(self) -> str:
        """Draws a tab somewhere: within its bar, into another group, out of the window, onto a border."""
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtTest import QTest

        tab = self._some_widget(lambda each: type(each).__name__ == "CDockWidgetTab")
        if tab is None:
            return "no tab"
        window = tab.window()
        end = QPoint(self.random.randrange(-200, window.width() + 200), self.random.randrange(window.height() + 100))
        self._note(f"    {_told(tab)} to {end.x()},{end.y()}")
        middle = tab.rect().center()
        QTest.mousePress(tab, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
        for step in range(1, 5):
            at = tab.mapFromGlobal(window.mapToGlobal(end * step / 4))
            QTest.mouseMove(tab, at)
            self.qt.processEvents()
        QTest.mouseRelease(tab, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        return ""

    def _resize(self) -> str:
        size = self.random.choice(((1480, 920), (1180, 720), (800, 500), (640, 400), (1900, 1000)))
        self.window.resize(*size)
        return str(size)

    def _project(self) -> str:
        choice = self.random.choice(("first", "second", "first", "nowhere", "close"))
        window = self.window
        if choice == "close":
            window.bench.run("project.close")
        elif choice == "nowhere":
            window.open(self.world.folder / "nowhere")
        else:
            window.open(self.world.folder / choice)
        self._wait(lambda: not window.bench.runs.is_loading, 5)
        return choice

    def _scene(self) -> str:
        """Goes somewhere and chooses something, so that there is something to act on."""
        window = self.window
        bench = window.bench
        if bench.project is None:
            window.open(self.world.project.path)
            self._wait(lambda: not bench.runs.is_loading, 5)
        if bench.project is None:
            return "no project"
        path = bench.project.path
        kinds = (".csv", ".md", ".yaml", ".json")
        inside = sorted(each for each in path.glob("[!.]*/**/*") if each.suffix in kinds)[:30]
        files = [*inside, path / "plan.yaml"]
        picks: dict[str, Callable[[], object]] = {
            "file": lambda: bench.selection.set("path", str(self.random.choice(files))),
            "open": lambda: bench.views.open_path(self.random.choice(files)),
            "data": lambda: bench.views.open("data", str(path / "data" / "messages.csv")),
            "labels": lambda: bench.views.open("labels", str(path / "data" / "messages.csv")),
            "examples": lambda: bench.views.open("examples"),
            "plan": lambda: bench.views.open("plan", str(bench.plan.path)),
        }
        if bench.runs.runs:
            run = self.random.choice(bench.runs.runs)
            picks |= {
                "live": lambda: bench.views.open("run", (bench.runs.live or run).name),
                "run": lambda: bench.selection.set("run", run.name),
                "show": lambda: bench.views.open("run", run.name),
                "verdict": lambda: bench.run("view.verdict"),
            }
        if bench.adapters.adapters:
            adapter = self.random.choice(bench.adapters.adapters)
            picks |= {
                "adapter": lambda: bench.selection.set("adapter", adapter.address),
                "ask": lambda: self._ask(bench),
            }
        choice = self.random.choice(list(picks))
        self._note(f"    {choice}")
        picks[choice]()
        self._settle()
        return self._command()  # many can be run there only

    def _ask(self, bench: Any) -> None:
        bench.run("playground.open")
        self.qt.processEvents()
        if self.random.random() < 0.3:
            bench.playground.choose(*(each.id for each in bench.playground.possible[:4]))
        bench.playground.set(prompt=self.random.choice(("hello", "say it slowly, please")))
        bench.run("playground.run")
        if self.random.random() < 0.8:
            self._wait(lambda: bench.playground.state != "streaming", 3)

    def _wait(self, is_done: Callable[[], bool], seconds: float) -> None:
        ends = time.monotonic() + seconds
        while not is_done() and time.monotonic() < ends:
            self.qt.processEvents()
            time.sleep(0.005)

    def _some_widget(self, fits: Callable[[Any], bool]) -> Any:
        from PySide6.QtWidgets import QWidget

        found = [each for each in self.window.findChildren(QWidget) if each.isVisible() and each.isEnabled()]
        found = [each for each in found if fits(each) and not each.visibleRegion().isEmpty()]
        return self.random.choice(found) if found else None

    def close(self) -> None:
        """Lets go of the application."""
        self._relief.stop()
        self._log.close()


def _told(widget: Any) -> str:
    """A widget's name; never its parents': PySide ties a dock's life to what `parentWidget()` returned."""
    name = widget.objectName()
    return f"{name} ({type(widget).__name__})" if name else type(widget).__name__


def _cpu_s() -> float:
    used = os.times()
    return used.user + used.system


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0, help="0: a random one")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--deadline", type=float, default=280.0, help="seconds")
    options = parser.parse_args()
    faulthandler.enable()
    options.folder.mkdir(parents=True, exist_ok=True)
    use_folder(options.folder)
    try:
        told = play(options.folder, options.events, options.seed or random.SystemRandom().randrange(1, 10**6),
                    options.deadline)  # fmt: skip
    except BaseException:
        traceback.print_exc()
        raise
    print(json.dumps(told))
    return 1 if told["records"] or told["left"] else 0


def play(folder: Path, events: int, seed: int, deadline_s: float) -> dict[str, Any]:
    """Starts the application on a new project and lets a monkey at it; what came of it."""
    import psutil

    from app.desktop.application import Application, make_application

    watch, world = Watch(), World(folder)
    application = make_application(["vibetune"])
    with world.going():
        before = {child.pid for child in psutil.Process().children(recursive=True)}
        desktop = Application(application)
        desktop.start(world.project.path)
        monkey = Monkey(application, desktop, world, watch, seed, folder / "events.txt")
        monkey._wait(lambda: bool(desktop.windows[0].bench.runs.runs), 10)
        cpu, began = _cpu_s(), time.monotonic()
        registered = [each.id for each in desktop.windows[0].bench.commands]
        played = monkey.play(events, deadline_s=deadline_s)
        spent, lasted = _cpu_s() - cpu, time.monotonic() - began
        monkey.close()
        desktop.quit()
        application.processEvents()
        gone = time.monotonic() + 10
        while time.monotonic() < gone and (left := _left(before, world)):
            time.sleep(0.05)
        left = _left(before, world)
    return {
        "seed": seed,
        "events": played,
        "kinds": dict(monkey.counts),
        "reached": len(monkey.reached),
        "registered": len(registered),
        "unreached": sorted(set(registered) - monkey.reached),
        "cpu_s": round(spent, 1),
        "wall_s": round(lasted, 1),
        "rss_mb": psutil.Process().memory_info().rss // 2**20,
        "records": watch.records,
        "left": left,
        "last": list(monkey.recent) if watch.records else [],
    }


def _left(before: set[int], world: World) -> list[str]:
    """Processes that the window has left behind; the engine and the worker are the world's."""
    import psutil

    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            command = " ".join(child.cmdline())
            if child.pid not in before and child.status() != psutil.STATUS_ZOMBIE and "tests.support" not in command:
                found.append(command)
    return found


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # Qt's end is not what is looked at here
