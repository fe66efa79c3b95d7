"""The application's state without its face: the open project and everything known about it."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal

from app.workbench.adapter_store import AdapterStore
from app.workbench.clipboard import Clipboard
from app.workbench.commands import Command, CommandRegistry
from app.workbench.conversation import Conversation
from app.workbench.data_edits import EditStore
from app.workbench.data_rows import Lens
from app.workbench.data_store import DataStore
from app.workbench.data_tokens import rule_of
from app.workbench.history import History
from app.workbench.machine_store import MachineStore
from app.workbench.notices import Notices
from app.workbench.plan_store import PlanStore
from app.workbench.playground_state import PlaygroundState
from app.workbench.project import create_project, open_project, require_open
from app.workbench.recent import RecentProjects
from app.workbench.run_store import RunStore
from app.workbench.selection import Selection
from app.workbench.server_store import ServerStore
from app.workbench.settings import SettingsFile
from app.workbench.store import Store
from app.workbench.tasks import JobList, Tasks
from app.workbench.views import ViewRequest, Views
from pipeline.errors import VibetuneError
from pipeline.runs.layout import ProjectFolder

USED = 8  # commands that are remembered


class Workbench:
    """One window's state. All of it lives in the thread that made it; work elsewhere comes back through `tasks`."""

    project_leaving = Signal()  # before anything of the open project is forgotten: views of it close now
    project_changed = Signal(object)

    def __init__(self, tasks: Tasks, jobs: JobList, settings: SettingsFile, recent: RecentProjects) -> None:
        self.tasks, self.jobs, self.settings, self.recent = tasks, jobs, settings, recent
        self.project: ProjectFolder | None = None
        self.commands = CommandRegistry()
        self.views, self.notices, self.selection = Views(), Notices(), Selection()
        self.machine = MachineStore(tasks)
        self.history = History()
        self.plan = PlanStore(tasks, self.history)
        self.edits = EditStore()
        self.data = DataStore(tasks, self._lens_of)
        self.conversation = Conversation(tasks, self.plan)
        self.runs = RunStore(tasks, lambda: settings.values.worker_python)
        self.adapters = AdapterStore(tasks)
        self.server = ServerStore(tasks, lambda: settings.values.engine_python)
        self.playground = PlaygroundState(tasks, self.adapters, self.server)
        self.clipboard = Clipboard()
        self.views.active_changed.connect(self._choose_shown)
        self.used: tuple[str, ...] = ()  # commands that were run, the last first

    @property
    def stores(self) -> list[Store]:
        """The parts that follow the project."""
        return [
            self.history,
            self.plan,
            self.edits,
            self.data,
            self.conversation,
            self.runs,
            self.adapters,
            self.server,
            self.playground,
        ]

    def open(self, folder: Path) -> ProjectFolder:
        """Opens a project's folder.

        Raises:
            BadInput: it isn't a project, or can't be read.
        """
        return self._show(open_project(folder))

    def create(self, folder: Path) -> ProjectFolder:
        """Makes a new project, or opens the one that is there."""
        return self._show(create_project(folder))

    def close(self) -> None:
        """Closes the project; runs and servers go on."""
        self._leave()
        self.project = None
        self._tell(None)

    def refresh(self) -> None:
        """Looks again at what runs; called on a timer, returns at once."""
        for store in self.stores:
            store.refresh()

    def run(self, command_id: str) -> object:
        """Runs a command if it can be run now; otherwise, or when it fails, says why in a notice."""
        try:
            command = self.commands[command_id]
            reason = command.why_not(self)
            if reason is None:
                self.used = (command_id, *(each for each in self.used if each != command_id))[:USED]
                return command.run(self)
            self.notices.say(f"{command.title}: not now", reason, "warn")
            return None
        except VibetuneError as error:
            self.notices.error(error)
            return None

    def require_project(self) -> ProjectFolder:
        """The open project.

        Raises:
            BadInput: none is open.
        """
        return require_open(self.project)

    def _lens_of(self, path: Path) -> Lens:
        """How a file's rows are shown: with their edits, counted in the tokens of the plan's base."""
        rule = rule_of(self.project.path, self.plan.plan) if self.project is not None else None
        return Lens(self.edits.of(path), rule)

    def _choose_shown(self, view: ViewRequest) -> None:
        """Rows that come to the front are what the commands for data are about."""
        if view.kind in ("data", "labels"):
            self.selection.choose_source(view.key)

    def _leave(self) -> None:
        if self.project is not None:
            self.project_leaving.emit()

    def _show(self, project: ProjectFolder) -> ProjectFolder:
        self._leave()
        self.project = project
        self.tasks.submit(lambda _job: self.recent.add(project.path))  # the disk may take longer than a frame
        self._tell(project)
        return project

    def _tell(self, project: ProjectFolder | None) -> None:
        self.selection.clear()
        for each in (None, project) if project is not None else (None,):  # no store is seen beside another project's
            for store in self.stores:
                store.open(each)
        self.project_changed.emit(project)

    def keys_of(self, command: Command) -> tuple[str, ...]:
        """The shortcuts of a command: the user's own where there are some, else its usual ones."""
        own = self.settings.values.keys.get(command.id)
        return command.keys if own is None else tuple(key for key in (own.strip(),) if key)
