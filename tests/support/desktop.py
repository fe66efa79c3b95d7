"""Drives the real window as a person does: mouse and keyboard, files that are dropped, eyes on what is visible.

Events take Qt's own way, through the window system's queue: a click lands on whatever lies there, a key goes to
whatever has the focus. The workbench behind is the real one, with its threads and processes.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import psutil
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QMessageLogContext,
    QMimeData,
    QPointF,
    Qt,
    QTimer,
    QtMsgType,
    QUrl,
    qInstallMessageHandler,
)
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QKeySequence, QPixmap, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QTextEdit,
    QWidget,
)

from app.desktop.application import Application, make_application
from app.desktop.window import Window
from app.workbench.bench import Workbench
from pipeline.processes.group import marked_processes
from tests.support.heartbeat import Heartbeat

LOOK_MS = 30
DEADLINE_S = 90.0  # a loaded machine is slow; what is never there costs this once
Found = TypeVar("Found", bound=QWidget)
# What Qt's platforms say about themselves, not about us.
PLATFORM_TALK = ("This plugin does not support", "QXcbConnection", "qt.qpa.", "QStandardPaths: ")


@dataclass
class Left:
    """What is still there after the window has closed, and what was said that nobody should have said."""

    processes: list[str] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        """Whether all is as it should be."""
        return not (self.processes or self.threads or self.records)


class Ears(logging.Handler):
    """Keeps every warning and error: of Python's logging, of Qt, and of slots that failed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []
        logging.getLogger().addHandler(self)
        qInstallMessageHandler(self._qt)
        sys.excepthook = self._failed

    def emit(self, record: logging.LogRecord) -> None:
        said = f"{record.levelname} {record.name}: {record.getMessage()}"
        if record.exc_info:
            said += "\n" + "".join(traceback.format_exception(*record.exc_info))
        self.heard.append(said)

    def _qt(self, kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and not text.startswith(PLATFORM_TALK):
            self.heard.append(f"Qt: {text}")

    def _failed(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        said = "".join(traceback.format_exception(kind, error, trace))
        self.heard.append(said)
        print(said, file=sys.stderr)

    def close(self) -> None:
        """Hears no more."""
        qInstallMessageHandler(None)
        logging.getLogger().removeHandler(self)
        super().close()


class Desktop:
    """One application with its first window."""

    def __init__(self, missed: Path, shoot: Callable[[str, QPixmap], object] = lambda _name, _picture: None) -> None:
        """Starts it.

        Args:
            missed: where a picture goes of what was there instead of what was expected.
            shoot: gets a picture of the window after every step.
        """
        self._missed, self._shoot = missed, shoot
        self.seconds: dict[str, float] = {}  # step → how long it took
        self.ears = Ears()
        self._qt = make_application(["vibetune"])
        self.heart = Heartbeat()
        self.application = Application(self._qt)
        self.application.start(None)
        self.until(self._has_keyboard, "the window is active")

    @property
    def window(self) -> Window:
        """The first window."""
        return self.application.windows[0]

    @property
    def bench(self) -> Workbench:
        """Its state: to look at, not to act on."""
        return self.window.bench

    # eyes

    def until(self, holds: Callable[[], object], what: str, *, seconds: float = DEADLINE_S) -> None:
        """Lets the window live until something holds.

        Raises:
            AssertionError: it doesn't within `seconds`; says what is seen instead.
        """
        loop, errors, seen = QEventLoop(), list[BaseException](), list[bool]()
        deadline = time.monotonic() + seconds

        def look() -> None:
            with self.heart.paused():
                try:
                    if holds():
                        seen.append(True)
                except Exception as error:  # noqa: BLE001, a slot: handed on to the caller below
                    errors.append(error)
            if seen or errors or time.monotonic() > deadline:
                loop.quit()

        timer = QTimer()
        timer.timeout.connect(look)
        timer.start(LOOK_MS)
        look()
        if not (seen or errors):
            loop.exec()
        timer.stop()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        if errors:
            raise errors[0]
        if not seen:
            raise AssertionError(self._instead(f"not within {seconds:g} s: {what}"))

    def _instead(self, what: str) -> str:
        self.window.grab().save(str(self._missed))
        notices = [f"{each.title} {each.text}" for each in self.bench.notices.items[:4]]
        said = "\n  ".join(dict.fromkeys(self.texts()))
        return f"{what}\nnotices: {notices}\nheard: {self.ears.heard}\nseen ({self._missed}):\n  {said}"

    def texts(self, inside: QWidget | None = None) -> list[str]:
        """Every text that can be seen."""
        tops = [inside] if inside is not None else [top for top in QApplication.topLevelWidgets() if top.isVisible()]
        shown = (each for top in tops for each in [top, *top.findChildren(QWidget)] if _is_seen(each))
        return [text for each in shown if (text := _text(each))]

    def sees(self, *texts: str, inside: str = "") -> bool:
        """Whether all of these can be read somewhere."""
        place = self.find(inside) if inside else None
        if inside and place is None:
            return False
        everything = "\n".join(self.texts(place))
        return all(text in everything for text in texts)

    def until_seen(self, *texts: str, inside: str = "", seconds: float = DEADLINE_S) -> None:
        """Waits until all of these can be read."""
        place = f" in {inside}" if inside else ""
        self.until(lambda: self.sees(*texts, inside=inside), f"{texts}{place} can be read", seconds=seconds)

    def find(self, name: str, kind: type[Found] = QWidget) -> Found | None:  # type: ignore[assignment]
        """The first widget of a name that can be seen."""
        tops = [top for top in QApplication.topLevelWidgets() if top.isVisible()]
        every = (each for top in tops for each in top.findChildren(kind, name))
        return next((each for each in every if each.isVisible()), None)

    def see(self, name: str, kind: type[Found] = QWidget) -> Found:  # type: ignore[assignment]
        """The widget of a name, as soon as it can be seen."""
        self.until(lambda: self.find(name, kind) is not None, f"{name} is there")
        found = self.find(name, kind)
        assert found is not None
        return found

    def focus(self) -> str:
        """Name of what has the keyboard."""
        widget = QApplication.focusWidget()
        return widget.objectName() if widget is not None else ""

    def has_keyboard(self, name: str) -> bool:
        """Whether a view, or something in it, has the keyboard."""
        place: QWidget | None = self.find(name)
        widget: QWidget | None = QApplication.focusWidget()
        return place is not None and widget is not None and (place is widget or place.isAncestorOf(widget))

    def tabs(self) -> list[str]:
        """Titles of the open tabs in the middle."""
        docks = self.window.docks
        return [docks.title(place.request) for place in map(docks.place, docks.shown("center")) if place is not None]

    # hands

    def click(self, name: str | QWidget) -> None:
        """Clicks a button when it can be clicked; scrolls to it first where it is out of sight."""
        widget = self.see(name, QWidget) if isinstance(name, str) else name
        called = widget.objectName()
        self.until(widget.isEnabled, f"{called} can be pressed")
        with self.heart.paused():
            _scroll_to(widget)
        self.until(lambda: _lies_open(widget), f"nothing lies over {called}")
        top = widget.window()
        place = widget.mapTo(top, widget.rect().center())
        QTest.mouseClick(_handle(top), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        self._settle()

    def scroll_to(self, name: str) -> None:
        """Scrolls until a widget is in sight, as with the wheel."""
        widget = self.see(name, QWidget)
        with self.heart.paused():
            _scroll_to(widget)
        self._settle()

    def press(self, keys: str) -> None:
        """Presses keys, such as `Ctrl+K, P`, wherever the focus is."""
        sequence = QKeySequence(keys)
        for number in range(sequence.count()):
            combination = sequence[number]  # type: ignore[index]
            QTest.keyClick(self._keyboard(), combination.key(), combination.keyboardModifiers())
        self._settle()

    def type(self, text: str) -> None:
        """Types a text, letter by letter, wherever the focus is."""
        for letter in text:
            if letter.isascii():
                QTest.keyClick(self._keyboard(), ord(letter))
            else:  # QTest's keys are ASCII; an input method sends such letters
                press = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter)
                QCoreApplication.sendEvent(QApplication.focusObject(), press)
        self._settle()

    def drop(self, files: Iterable[Path], on: str = "") -> None:
        """Drops files onto the window, or onto a widget of it."""
        content = QMimeData()
        content.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
        target = self.see(on) if on else self.window
        place = target.mapTo(self.window, target.rect().center())
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        handle = _handle(self.window)
        QCoreApplication.sendEvent(handle, QDragEnterEvent(place, copy, content, left, none))
        move = QDragMoveEvent(place, copy, content, left, none)
        QCoreApplication.sendEvent(handle, move)
        assert move.isAccepted(), self._instead("the window refuses the files")
        QCoreApplication.sendEvent(handle, QDropEvent(QPointF(place), copy, content, left, none))
        self._settle()

    def run(self, command: str) -> None:
        """Runs a command through the palette: opens it, types the command's title, presses Enter."""
        title = self.bench.commands[command].title
        self.press("Ctrl+Shift+P")
        self.until(lambda: self.focus() == "palette.field", "the palette has the focus")
        self.type(f">{title}")
        self.press("Return")
        self.until(lambda: self.find("palette") is None, "the palette has closed")

    def _keyboard(self) -> QWindow:
        self.until(self._has_keyboard, "a window is active")
        return QApplication.focusWindow() or _handle(self.window)

    def _has_keyboard(self) -> bool:
        """Whether the uppermost window has the keyboard; gives it to it, as a window manager would."""
        front = QApplication.activeModalWidget() or self.window
        if not front.isActiveWindow():
            front.activateWindow()
        return front.isActiveWindow() and QApplication.focusWindow() is not None

    def _settle(self) -> None:
        """What a click or key has started goes on; what it has put away goes away."""
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    # the end

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step of the story: pauses are noted under its name, a picture is made at its end."""
        self.heart.during = name
        began = time.monotonic()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began
        self.shoot(name)

    def shoot(self, name: str) -> None:
        """Makes a picture."""
        with self.heart.paused():
            self._shoot(name, self.window.grab())

    def close(self) -> Left:
        """Quits as Ctrl+Q does, and looks around for what is left."""
        self.heart.stop()
        QTimer.singleShot(0, lambda: self.press("Ctrl+Q"))
        self._qt.exec()
        deadline = time.monotonic() + 10
        while (left := _left()) and time.monotonic() < deadline:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, LOOK_MS)
        self.ears.close()
        return Left(left, _threads(), list(self.ears.heard))


def _left() -> list[str]:
    own = psutil.Process()
    home = own.environ().get("HOME")
    started = [each for each in marked_processes() if _home(each) == home]
    found = {*own.children(recursive=True), *started}
    return [line for each in found if (line := _line(each))]


def _line(process: psutil.Process) -> str:
    """What a process was started as; empty for one that has ended."""
    try:
        return " ".join(process.cmdline())[:160]
    except psutil.Error:
        return ""


def _home(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("HOME")
    except (psutil.Error, OSError):
        return None


def _threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each is not threading.main_thread()]


def _handle(top: QWidget) -> QWindow:
    handle = top.windowHandle()
    assert handle is not None, top.objectName()
    return handle


def _is_seen(widget: QWidget) -> bool:
    return widget.isVisible() and not widget.visibleRegion().isEmpty()


def _text(widget: QWidget) -> str:
    if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
        return widget.text()
    if isinstance(widget, QPlainTextEdit | QTextEdit):
        return widget.toPlainText()
    return ""


def _scroll_to(widget: QWidget) -> None:
    for area in widget.window().findChildren(QScrollArea):  # from above: see `ViewDocks`
        if area.isAncestorOf(widget):
            area.ensureWidgetVisible(widget, 8, 8)


def _lies_open(widget: QWidget) -> bool:
    top = widget.window()
    hit = top.childAt(widget.mapTo(top, widget.rect().center()))
    return hit is widget or (hit is not None and widget.isAncestorOf(hit))
