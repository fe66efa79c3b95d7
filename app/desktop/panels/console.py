"""The console: Python in the project's environment, with the project's things at hand."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.desktop.living import while_living
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import Banner, EmptyState, Skeleton, button, clear, column
from app.workbench.bench import Workbench
from app.workbench.tasks import Job
from pipeline.errors import VibetuneError

if TYPE_CHECKING:
    from app.desktop.kernel import ProjectConsole


class ConsolePanel(QWidget):
    """The console's place: the kernel is started when it is first seen, and ends with the project or the window."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._key = bench, key
        self._console: ProjectConsole | None = None
        self._is_starting = False
        self.setObjectName("console")
        self.setProperty("surface", "panel")
        self._stack = QStackedWidget()
        opens = button("Open a folder …", icon="folder-opened", on=partial(bench.run, "project.open"))
        text = "The console runs in a project's environment."
        self._stack.addWidget(EmptyState("terminal", "No project is open", text, opens))
        waiting = Skeleton(3)
        waiting.setAccessibleName("The console is starting")
        self._stack.addWidget(waiting)
        self._banners = column(spacing=8)
        body = column(self._banners, spacing=0)
        body.addWidget(self._stack, 1)
        self.setLayout(body)
        bench.project_changed.connect(self._project_changed)
        bench.views.layout_requested.connect(self._do)
        theme().changed.connect(self._recolour)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.stop)
        self.destroyed.connect(partial(_close, self.__dict__))

    @property
    def console(self) -> ProjectConsole | None:
        """The running console, None while there is none."""
        return self._console

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        super().showEvent(event)
        self._start()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802, Qt's name
        self.stop()
        super().closeEvent(event)

    def stop(self) -> None:
        """Ends the kernel."""
        if self._console is not None:
            widget, console, self._console = self._console.widget, self._console, None
            console.close()
            self._is_starting = False
            self._stack.removeWidget(widget)
            widget.deleteLater()
            self._stack.setCurrentIndex(0)

    def _start(self) -> None:
        if self._console is not None or self._is_starting or self._bench.project is None:
            return
        self._is_starting = True
        self._stack.setCurrentIndex(1)
        self._bench.tasks.submit(_import, done=self._started, failed=self._failed)

    @while_living
    def _started(self, module: Any) -> None:
        project = self._bench.project
        if project is None or not self.isVisible():
            self._is_starting = False
            self._stack.setCurrentIndex(0)
            return
        clear(self._banners)
        try:
            self._console = module.ProjectConsole(project.path, self._bench.settings.values.worker_python)
        except OSError as error:
            self._ended(str(error))
            return
        self._console.ready.connect(self._show_console)
        self._console.failed.connect(self._ended)
        self._stack.addWidget(self._console.widget)

    @while_living
    def _show_console(self) -> None:
        self._is_starting = False
        if self._console is not None:
            self._stack.setCurrentWidget(self._console.widget)
            self.setFocusProxy(self._console.widget)

    @while_living
    def _ended(self, said: str) -> None:
        self.stop()
        self._failed(
            VibetuneError("console.start", f"The console can't start: {said}.", "See worker_python in Settings.")
        )

    @while_living
    def _failed(self, error: VibetuneError) -> None:
        self._is_starting = False
        self._stack.setCurrentIndex(0)
        clear(self._banners)
        again = button("Start again", icon="debug-restart", on=self._start)
        self._banners.addWidget(Banner("bad", error.message, error.hint, again, code=error.code))

    @while_living
    def _project_changed(self, _project: object) -> None:
        self.stop()
        if self.isVisible():
            self._start()

    @while_living
    def _recolour(self) -> None:
        if self._console is not None:
            self._console.recolour()

    @while_living
    def _do(self, verb: str) -> None:
        if self._console is None:
            return
        if verb == "console restart":
            self._stack.setCurrentIndex(1)
            self._console.restart()
        elif verb == "console interrupt":
            self._console.interrupt()
        elif verb == "console clear":
            self._console.widget.reset(clear=True)


def _import(_job: Job) -> Any:
    """A second of imports, in a thread."""
    return import_module("app.desktop.kernel")


def _close(state: dict[str, Any], _panel: object = None) -> None:
    """After the panel is gone without having been closed."""
    console = state.get("_console")
    if console is not None:
        console.close()
