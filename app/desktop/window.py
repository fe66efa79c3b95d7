"""One window: the bars, the docks, the palette and the notices over one workbench."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QElapsedTimer, QLockFile, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow, QWidget

from app.desktop.ahead import import_views
from app.desktop.background.qt_tasks import QtTasks
from app.desktop.bars import ActivityBar, StatusBar, TopBar
from app.desktop.file_drops import FileDrops, add_files, choose_files
from app.desktop.keymap import Keymap
from app.desktop.living import AfterPaint, while_living
from app.desktop.palette import Palette
from app.desktop.panels.pipeline_strip import PipelineStrip
from app.desktop.place import focus_first
from app.desktop.theme.theme import theme
from app.desktop.toasts import NoticeList, Toasts
from app.desktop.view_docks import ViewDocks
from app.desktop.widgets.basics import column, hairline, row
from app.workbench.actions.everything import all_commands
from app.workbench.beginning import projects_folder
from app.workbench.bench import Workbench
from app.workbench.layout_file import LayoutWriter, layout_path, read_layout
from app.workbench.proposal_view import show_proposals
from app.workbench.recent import RecentProjects
from app.workbench.run_notices import watch_runs
from app.workbench.settings import SettingsFile
from app.workbench.tasks import Job, JobList
from app.workbench.views import ViewRequest
from pipeline.errors import VibetuneError
from pipeline.runs.layout import ProjectFolder

WIDTH, HEIGHT = 1480, 920
LAYOUT_SECONDS = 3  # between two looks at whether the layout has changed
AHEAD_MS = 1_500  # after the start until views are imported that nobody has opened yet
LONG_SECONDS = 10  # after which the end of work is worth a notice
WITH_PIPELINE = frozenset({"run", "compare_runs", "verdict", "playground"})


class Window(QMainWindow):
    """The workbench of one project on the screen."""

    closing = Signal(object)
    project_shown = Signal(object)
    new_window_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, settings: SettingsFile, recent: RecentProjects) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme().dress(self)
        self.resize(*_size())
        jobs = JobList()
        self.tasks = QtTasks(jobs)
        self.bench = bench = Workbench(self.tasks, jobs, settings, recent)
        self.tasks.notices = bench.notices
        bench.commands.add(*all_commands())
        self._lock: QLockFile | None = None
        self._layout: LayoutWriter | None = None
        self._told: set[int] = set()
        self._dialog: QFileDialog | None = None
        self._build()
        self._connect()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.refresh)
        self._timer.start(round(settings.values.refresh_seconds * 1000))
        QTimer.singleShot(AHEAD_MS, self, lambda: self.tasks.submit(import_views))
        self._since_layout = QElapsedTimer()
        self._since_layout.start()
        self._show_no_project()

    # making

    def _build(self) -> None:
        bench = self.bench
        inner = QMainWindow()
        inner.setObjectName("docks")
        inner.setWindowFlags(Qt.WindowType.Widget)
        self.docks = ViewDocks(bench, inner)
        self.activities, self.top, self.status = ActivityBar(bench), TopBar(bench), StatusBar(bench)
        self.pipeline = PipelineStrip(bench)
        self._below_pipeline = hairline()
        for part in (self.pipeline, self._below_pipeline):
            part.hide()
        beside = column(self.pipeline, self._below_pipeline, spacing=0)
        beside.addWidget(inner, 1)
        middle = row(self.activities, hairline(is_vertical=True), spacing=0)
        middle.addLayout(beside, 1)
        root = QWidget()
        root.setProperty("surface", "frame")
        box = column(self.top, hairline(), spacing=0)
        box.addLayout(middle, 1)
        for part in (hairline(), self.status):
            box.addWidget(part)
        root.setLayout(box)
        self.setCentralWidget(root)
        self.palette_box = Palette(bench, root)
        self.toasts, self.notice_list = Toasts(bench, root, self._spared), NoticeList(bench, root, self._spared)
        self.keymap = Keymap(self, bench)
        FileDrops(self, bench)

    def _connect(self) -> None:
        bench = self.bench
        watch_runs(bench)
        show_proposals(bench, lambda act: AfterPaint(self, act))
        bench.project_leaving.connect(self._leave_project)
        bench.project_changed.connect(self._project_changed)
        bench.views.active_changed.connect(self._active_changed)
        bench.views.layout_requested.connect(self._do)
        bench.clipboard.copied.connect(_copy)
        bench.settings.changed.connect(self._setting_changed)
        bench.jobs.changed.connect(self._tell_of_ended_jobs)
        self.docks.focus_changed.connect(self.keymap.set_context)

    def _spared(self) -> list[QWidget]:
        """What notices never cover."""
        assistant = self.docks.panel("assistant")
        foot = assistant.findChild(QWidget, "assistant.foot") if assistant is not None else None
        return [self.status] if foot is None else [self.status, foot]

    @property
    def verbs(self) -> dict[str, Callable[[], object]]:
        """What commands can ask of the window."""
        docks = self.docks
        return {
            "palette": self.palette_box.open,
            **{f"palette {sign}": partial(self.palette_box.open, sign) for sign in "/#@"},
            **{f"toggle {area}": partial(docks.toggle, area) for area in ("left", "right", "bottom")},
            "reset": docks.reset,
            "split": docks.split,
            "next tab": partial(docks.step, 1),
            "previous tab": partial(docks.step, -1),
            "close tab": docks.close_active,
            "close others": docks.close_others,
            "reopen tab": docks.reopen,
            "next region": partial(self._go_region, 1),
            "previous region": partial(self._go_region, -1),
            "notices": self.notice_list.toggle,
            "dismiss": self.dismiss,
            "full screen": self._full_screen,
            "choose data": lambda: choose_files(self, partial(add_files, self.bench)),
            "choose project": self._choose_project,
            "new project": self._new_project,
            "new window": self.new_window_wanted.emit,
            "close window": self.close,
            "quit": self.quit_wanted.emit,
        }

    @while_living
    def _do(self, verb: str) -> None:
        act = self.verbs.get(verb)
        if act is not None:
            act()

    # projects

    def open(self, folder: Path) -> None:
        """Opens a project; an error becomes a notice."""
        try:
            self.bench.open(folder)
        except VibetuneError as error:
            self.bench.notices.error(error)

    @while_living
    def _leave_project(self) -> None:
        self._save_layout(now=True)
        self._layout = None
        self._unlock()
        self.docks.clear()

    @while_living
    def _project_changed(self, project: ProjectFolder | None) -> None:
        self.docks.clear()
        if project is None:
            self._show_no_project()
            return
        self.setWindowTitle(f"{project.path.name} – Vibetune")
        if self.isVisible():  # in a turn of its own, since this one has read the project
            QTimer.singleShot(0, partial(self._lay_out, project))
        else:
            self._lay_out(project)

    @while_living
    def _lay_out(self, project: ProjectFolder) -> None:
        """Shows the project's views as they were left, and in front what was asked for in the meantime."""
        if project is not self.bench.project:
            return
        asked = self.bench.views.active if self.docks.shown("center") else None
        self._layout = LayoutWriter(layout_path(project.state))
        self._take_lock(project)
        saved = read_layout(self._layout.path)
        if saved is None or not self.docks.restore(saved):
            self.docks.start()
            plans = [project.plan, *sorted(project.path.glob("plans/*.yaml"))]
            plan = next((path for path in plans if path.is_file()), None)
            self.bench.views.open("plan", str(plan)) if plan is not None else self.bench.views.open("welcome")
        if asked is not None:
            self.docks.open(asked)
        self._tell_of_drafts()
        self.refresh()
        self.project_shown.emit(self)

    def _show_no_project(self) -> None:
        self.setWindowTitle("Vibetune")
        for side in ("left", "right", "bottom"):
            for name in self.docks.shown(side):
                self.docks.close(name)
        self.bench.views.open("welcome")

    def _take_lock(self, project: ProjectFolder) -> None:
        project.state.mkdir(parents=True, exist_ok=True)
        lock = QLockFile(str(project.state / "window.lock"))
        lock.setStaleLockTime(0)  # a lock of a process that is gone is taken over at once
        if lock.tryLock(0):
            self._lock = lock
            return
        text = "What is saved last wins, and both write the layout. Close one of them."
        self.bench.notices.say(f"{project.path.name} is open in another window too", text, "warn")

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _tell_of_drafts(self) -> None:
        paths = self.bench.plan.drafts.paths
        if paths:
            names = ", ".join(sorted(path.name for path in paths))
            self.bench.notices.say(
                "Unsaved text is there again",
                f"{names}: as it was typed. Ctrl+S saves it.",
                "info",
                ("Save all", "file.save_all"),
            )

    def _choose_project(self) -> None:
        dialog = self._folder_dialog("Open a folder")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.open()

    def _new_project(self) -> None:
        dialog = self._folder_dialog("New project: name its folder")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, "Create")
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.open()

    def _folder_dialog(self, title: str) -> QFileDialog:
        start = projects_folder()
        dialog = QFileDialog(self, title, str(start if start.is_dir() else Path.home()))
        dialog.setObjectName("dialog.folder")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self._open_or_make(Path(name)))
        self._dialog = dialog
        return dialog

    def _open_or_make(self, folder: Path) -> None:
        try:
            self.bench.create(folder)
        except VibetuneError as error:
            self.bench.notices.error(error)

    # what is in front

    @while_living
    def _active_changed(self, view: ViewRequest) -> None:
        self.activities.show_active(view.kind)
        for part in (self.pipeline, self._below_pipeline):
            part.setVisible(view.kind in WITH_PIPELINE and self.bench.project is not None)
        self.top.refresh()

    def _go_region(self, by: int) -> None:
        regions: list[QWidget] = [self.activities, *self.docks.regions(), self.status]
        focus = QApplication.focusWidget() or self.focusWidget()
        at = next((n for n, part in enumerate(regions) if focus is not None and part.isAncestorOf(focus)), None)
        if at is None:
            at = next((n for n, part in enumerate(regions) if part is focus), 0)
        for step in range(1, len(regions) + 1):
            if focus_first(regions[(at + by * step) % len(regions)], Qt.FocusReason.ShortcutFocusReason):
                return

    def dismiss(self) -> None:
        """Closes the top-most thing over the window."""
        if self.palette_box.isVisible():
            self.palette_box.close_again()
        elif self.notice_list.isVisible():
            self.notice_list.hide()
        else:
            self.toasts.dismiss()

    def _full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    # what goes on

    @while_living
    def refresh(self) -> None:
        """Looks again at what runs; called by the timer, returns at once."""
        self.bench.refresh()
        self.bench.machine.refresh()
        self.top.refresh()
        self.status.refresh()
        self.docks.refresh()
        if self._since_layout.elapsed() > LAYOUT_SECONDS * 1000:
            self._save_layout()

    def _save_layout(self, *, now: bool = False) -> None:
        writer = self._layout
        if writer is None:
            return
        self._since_layout.restart()
        layout = self.docks.state()
        if now:
            writer.write(layout)
        else:
            self.tasks.submit(lambda _job: writer.write(layout))

    @while_living
    def _setting_changed(self, name: str) -> None:
        if name == "refresh_seconds":
            self._timer.start(round(self.bench.settings.values.refresh_seconds * 1000))

    @while_living
    def _tell_of_ended_jobs(self) -> None:
        for job in self.bench.jobs.jobs:
            if job.state == "running" or job.number in self._told:
                continue
            self._told.add(job.number)
            if job.state == "done" and job.seconds >= LONG_SECONDS and self.bench.settings.values.notify_when_done:
                self._tell_of(job)

    def _tell_of(self, job: Job) -> None:
        self.bench.notices.say(f"{job.title}: done", f"{job.seconds:.0f} s", "good")
        if not self.isActiveWindow():
            QApplication.alert(self)

    # the end

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802, Qt's name
        self._timer.stop()
        self.bench.plan.text_wanted.emit()
        self.bench.plan.drafts.refresh()
        self._save_layout(now=True)
        self.bench.conversation.close()
        self.bench.data.close()
        self.docks.delete()
        self.bench.plan.drafts.open(None)  # writes what is not written yet
        self.tasks.close()
        self._unlock()
        self.closing.emit(self)
        super().closeEvent(event)

    def place_on_screen(self, geometry: bytes) -> None:
        """Takes the size and place that it had."""
        self.restoreGeometry(QByteArray(geometry))


def _size() -> tuple[int, int]:
    screen = QGuiApplication.primaryScreen()
    free = screen.availableGeometry() if screen is not None else None
    return (WIDTH, HEIGHT) if free is None else (min(WIDTH, free.width()), min(HEIGHT, free.height()))


def _copy(text: str) -> None:
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
