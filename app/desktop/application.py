"""The desktop application: its look, its windows, and how it starts as it was left."""

from __future__ import annotations

import base64
import logging
import os
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

import resources
from app.desktop.background.collector import Collector
from app.desktop.theme.fonts import load_fonts
from app.desktop.theme.theme import theme
from app.desktop.window import Window
from app.workbench.logs import log_file
from app.workbench.recent import RecentProjects
from app.workbench.session_file import SavedWindow, Session, SessionFile, recent_path, session_path
from app.workbench.settings import SettingsFile, user_settings_path

SESSION_MS = 2_000
SWITCH_S = 0.0005  # Qt hands Python's lock back at most calls, and waits this long for it while a thread computes
AFTER_MS = 1_000  # a closed window is gone by then, and what it held can go
APP_ID = "vibetune"  # of the .desktop file: so that desktops show our icon
_log = logging.getLogger(__name__)


class Application(QObject):
    """All windows of this process."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self.settings = SettingsFile(user_settings_path())
        self.recent = RecentProjects(recent_path())
        self.windows: list[Window] = []
        self._is_quitting = False
        self._session = SessionFile(session_path())
        self._session.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = QLockFile(str(self._session.path.with_suffix(".lock")))
        self._lock.setStaleLockTime(0)
        self._owns_session = self._lock.tryLock(0)  # another process that runs keeps its own
        load_fonts()
        self._caret_ms = application.cursorFlashTime()
        for name in ("theme", "font_size", "reduce_motion"):
            self._setting_changed(name)
        self.settings.changed.connect(self._setting_changed)
        self._collector = Collector(self)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.save_session)

    def start(self, folder: Path | None) -> None:
        """Opens the folder, or what was open last, or the welcome page."""
        before = self._session.read() if self._owns_session else Session()
        if folder is not None:
            self.open_window(SavedWindow(project=str(folder)))
        elif before.windows and (self.settings.values.restore_windows or before.is_running):
            for saved in before.windows:
                self.open_window(saved)
            if before.is_running:
                self.windows[0].bench.notices.say(
                    "Vibetune ended unexpectedly",
                    "Windows, tabs and unsaved text are as they were; runs went on.",
                    "warn",
                )
        else:
            self.open_window(SavedWindow())
        self._timer.start(SESSION_MS)
        self._collector.start()

    def open_window(self, saved: SavedWindow) -> Window:
        """One more window."""
        window = Window(self.settings, self.recent)
        self.windows.append(window)
        window.closing.connect(self._closing)
        window.project_shown.connect(self._one_window_each, Qt.ConnectionType.QueuedConnection)
        window.new_window_wanted.connect(lambda: self.open_window(SavedWindow()))
        window.quit_wanted.connect(self.quit)
        if saved.geometry:
            window.place_on_screen(base64.b64decode(saved.geometry))
        window.show()
        if saved.project:
            # after the first paint: a window that stands there empty is better than none
            QTimer.singleShot(0, window, lambda: window.open(Path(saved.project)))
        return window

    def save_session(self, *, is_running: bool = True) -> None:
        """Notes what is open, for the next start."""
        if self._owns_session:
            self._session.write(Session(windows=[_saved(window) for window in self.windows], is_running=is_running))

    def quit(self) -> None:
        """Closes all windows; runs and servers go on."""
        self._is_quitting = True
        self.save_session(is_running=False)
        for window in list(self.windows):
            window.close()

    def _one_window_each(self, window: Window) -> None:
        """Two windows over one project would write over each other: the one that had it first comes to the front."""
        project = window.bench.project
        others = [each for each in self.windows if each is not window and each.bench.project == project]
        if project is None or not others or window not in self.windows:
            return
        window.bench.close()
        window.bench.notices.say(f"{project.path.name} is open in another window", "That window is in front now.")
        others[0].raise_()
        others[0].activateWindow()

    def _closing(self, window: Window) -> None:
        if len(self.windows) == 1 and not self._is_quitting:
            self.save_session(is_running=False)
            self._is_quitting = True
        self.windows = [each for each in self.windows if each is not window]
        if self.windows:
            QTimer.singleShot(AFTER_MS, self._collector, self._collector.collect_all)
        else:
            self._timer.stop()
            self._collector.stop()
            self._lock.unlock()
            self._application.exit(0)  # floating docks would keep quit() from ending the loop

    def _setting_changed(self, name: str) -> None:
        values = self.settings.values
        if name == "theme":
            theme().set(values.theme)
        elif name == "font_size":
            theme().set_editor_pixels(values.font_size)
        elif name == "reduce_motion":
            self._application.setCursorFlashTime(0 if values.reduce_motion else self._caret_ms)


def _saved(window: Window) -> SavedWindow:
    project = window.bench.project
    return SavedWindow(
        project=str(project.path) if project is not None else "",
        geometry=base64.b64encode(bytes(window.saveGeometry().data())).decode(),
    )


def make_application(arguments: list[str]) -> QApplication:
    """Qt's application with our name, icon and style.

    Raises:
        RuntimeError: an installation with a PySide6 that ends processes on this Python.
    """
    _check_qt()
    sys.setswitchinterval(SWITCH_S)
    QGuiApplication.setDesktopFileName(APP_ID)
    application = QApplication(arguments)
    application.setApplicationName("Vibetune")
    application.setStyle("Fusion")
    application.setWindowIcon(QIcon(str(Path(resources.__file__).parent / "icons" / "vibetune.svg")))
    application.setQuitOnLastWindowClosed(False)
    return application


def run(folder: Path | None = None) -> int:
    """Shows the desktop until its last window closes."""
    _log_to_file()
    application = make_application([sys.argv[0]])
    desktop = Application(application)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: desktop.quit())
    desktop.start(folder)
    code = application.exec()
    logging.shutdown()
    return code


def _check_qt() -> None:
    import PySide6

    if sys.version_info < (3, 12) and PySide6.__version_info__[:2] >= (6, 12):
        raise RuntimeError("PySide6 6.12 ends processes on Python 3.11: install PySide6_Essentials 6.11.2")


def _log_to_file() -> None:
    logging.basicConfig(
        filename=log_file(),
        level=os.environ.get("VIBETUNE_LOG", "WARNING"),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    sys.excepthook = _report


def _report(kind: type[BaseException], error: BaseException, trace: object) -> None:
    """A slot failed: the log gets the traceback, the user a sentence in the window in front."""
    _log.critical("unexpected error", exc_info=(kind, error, trace))  # type: ignore[arg-type]
    application = QApplication.instance()
    desktop = application.findChild(Application) if application is not None else None
    if desktop is not None and desktop.windows:
        desktop.windows[-1].bench.notices.say(
            "Something in Vibetune failed",
            f"{kind.__name__}: {error}. Nothing of yours is lost; the log has the details.",
            "bad",
            ("Open the log", "help.log"),
        )
