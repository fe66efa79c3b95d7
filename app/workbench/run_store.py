"""The runs of the open project: what they do, what came of them, and everything that can be done with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from psygnal import Signal

from app.workbench.project import require_open
from app.workbench.run_curve import Curve, RunDetail, RunEvent, SampleRow
from app.workbench.run_marks import Marks
from app.workbench.run_row import RunRow
from app.workbench.tasks import Job, Tasks
from pipeline.errors import BadInput, VibetuneError
from pipeline.runs.layout import ProjectFolder

if TYPE_CHECKING:
    from app.workbench.run_rows import Reading, RunReader
    from app.workbench.verdict_parts import VerdictReading
    from pipeline.runs.layout import RunFolder

Done = Callable[[str], object]
SHOWN = 8  # runs whose curves are kept at hand


class RunStore:
    """All runs, newest first.

    Signals:
        changed: the list, or something in a row.
        progressed: curve, events, samples, log or verdict of one run.
        started: a run's worker has been started, with its name.
        ended: a run that was seen working works no more.
        start_failed, failed: a VibetuneError of a start, or of what was asked for one run.
    """

    changed = Signal()
    progressed = Signal(str)
    started = Signal(str)
    ended = Signal(str)
    start_failed = Signal(object)
    failed = Signal(str, object)

    def __init__(self, tasks: Tasks, python: Callable[[], str] = str) -> None:
        self._tasks, self._python = tasks, python
        self._forget()

    def _forget(self, project: ProjectFolder | None = None) -> None:
        self.project = project
        self.runs: tuple[RunRow, ...] = ()
        self.left_to_read = 0
        self.is_loading = project is not None
        self.starting: tuple[Job, ...] = ()
        self.busy: dict[str, str] = {}  # run → what is being done to it: pausing, cancelling, resuming
        self._by_name: dict[str, RunRow] = {}
        self._details: dict[str, RunDetail] = {}
        self._wanted: list[str] = []
        self._logs: dict[str, str] = {}
        self._verdicts: dict[str, VerdictReading | VibetuneError] = {}
        self._being_read: set[str] = set()
        self._plans: dict[str, dict[str, str] | None] = {}
        self._marks: Marks | None = None
        self._touched: set[str] = set()
        self._reader: RunReader | None = None
        self._is_reading = False

    def open(self, project: ProjectFolder | None) -> None:
        """Forgets the old project's runs and reads the new one's."""
        self._forget(project)
        self.changed.emit()
        self.refresh()

    def refresh(self) -> None:
        """Looks again, in the background."""
        project = self.project
        if project is None or self._is_reading:
            return
        self._is_reading = True
        wanted, logs, touched = tuple(self._wanted), tuple(self._logs), frozenset(self._touched)
        self._touched.clear()

        def work(_job: Job) -> tuple[RunReader, Marks, Reading]:
            from app.workbench.run_rows import RunReader

            reader = self._reader or RunReader(project)
            marks = self._marks if self._marks is not None else Marks.read(project.state)
            return reader, marks, reader.look(wanted, logs, marks, touched)

        self._tasks.submit(
            work, done=lambda found: self._take(project, *found), failed=lambda error: self._not_read(project, error)
        )

    def _not_read(self, project: ProjectFolder, _error: VibetuneError) -> None:
        if project is self.project:
            self._is_reading = self.is_loading = False

    def _take(self, project: ProjectFolder, reader: RunReader, marks: Marks, found: Reading) -> None:
        if project is not self.project:
            return
        self._is_reading, self._reader, self.left_to_read = False, reader, found.left
        was_loading, self.is_loading = self.is_loading, False
        if self._marks is None:
            self._marks = marks
        rows = tuple(self._marks.on(row) for row in found.rows) if self._marks is not marks else found.rows
        before = self._by_name
        has_changed = rows != self.runs or was_loading
        self.runs, self._by_name = rows, {row.name: row for row in rows}
        self._details.update(found.details)
        self._logs.update(found.logs)
        for name in before:
            if name in self._by_name and before[name].verdict != self._by_name[name].verdict:
                self._verdicts.pop(name, None)
        if has_changed:
            self.changed.emit()
        for name in {*found.details, *found.logs}:
            self.progressed.emit(name)
        for name, old in before.items():
            new = self._by_name.get(name)
            if new is not None and old.is_live and not new.is_live:
                self.ended.emit(name)

    # what is known

    def get(self, name: str) -> RunRow | None:
        """A run's row."""
        return self._by_name.get(name)

    @property
    def live(self) -> RunRow | None:
        """The newest run that something works on."""
        return next((row for row in self.runs if row.is_live), None)

    def detail(self, name: str) -> RunDetail | None:
        """Curve, events and samples; None until they are read: `progressed` tells."""
        if name in self._wanted:
            return self._details.get(name)
        self._wanted = [name, *self._wanted[: SHOWN - 1]]
        for gone in self._details.keys() - set(self._wanted):
            del self._details[gone]
        self.refresh()
        return self._details.get(name)

    def curve(self, name: str) -> Curve:
        """A run's curve; empty until it is read."""
        found = self.detail(name)
        return found.curve if found else Curve()

    def events(self, name: str) -> tuple[RunEvent, ...]:
        """What happened, oldest first."""
        found = self.detail(name)
        return found.events if found else ()

    def samples(self, name: str) -> tuple[SampleRow, ...]:
        """Answers to the same questions over time."""
        found = self.detail(name)
        return found.samples if found else ()

    def log(self, name: str) -> str:
        """The end of a run's log; empty until it is read. The last run asked for is kept up to date."""
        if name not in self._logs:
            self._logs = {name: ""}
            self.refresh()
        return self._logs[name]

    def verdict(self, name: str) -> VerdictReading | VibetuneError | None:
        """What the evaluation found, ready to be shown; None until it is read: `progressed` tells."""
        if name not in self._verdicts and name not in self._being_read and self.project is not None:
            self._being_read.add(name)
            self._read_verdict(self.project, name)
        return self._verdicts.get(name)

    def _read_verdict(self, project: ProjectFolder, name: str) -> None:
        def work(_job: Job) -> VerdictReading:
            from app.workbench.verdict_reading import read_verdict_of

            return read_verdict_of(project.run(name))

        def keep(found: VerdictReading | VibetuneError) -> None:
            if project is self.project:
                self._being_read.discard(name)
                self._verdicts[name] = found
                self.progressed.emit(name)

        self._tasks.submit(work, done=keep, failed=keep)

    def plan_values(self, name: str) -> dict[str, str] | None:
        """The frozen plan of a run as dotted fields; None until it is read: `progressed` tells."""
        if name not in self._plans and self.project is not None:
            project = self.project
            self._plans[name] = None

            def work(_job: Job) -> dict[str, str]:
                from app.workbench.run_plan import plan_values

                return plan_values(project.run(name))

            def keep(found: dict[str, str]) -> None:
                if project is self.project:
                    self._plans[name] = found
                    self.progressed.emit(name)

            self._tasks.submit(work, done=keep, failed=lambda _error: keep({}))
        return self._plans.get(name)

    # what can be done

    def start(self, plan_file: Path | None = None, done: Done | None = None) -> Job | None:
        """Prepares data and starts a run from a plan of the project; stages are told in its job."""
        project = require_open(self.project)
        path = plan_file or project.plan
        title, python = "Start a run", self._python()

        def work(job: Job) -> RunFolder:
            from app.workbench.data_reader_process import with_all_rows
            from app.workbench.preparing import prepare
            from app.workbench.running import start
            from pipeline.plan.document import load_plan

            job.report("reading the plan")
            plan = load_plan(path).plan
            job.report("checking and splitting the data")
            prepared = prepare(project, plan, rows_of=lambda of, here: with_all_rows("rows", of, here, job))
            job.report("starting the worker")
            relative = path.resolve().relative_to(project.path.resolve()).as_posix()
            return start(project, prepared, plan_file=relative, python=python)

        def begun(run: RunFolder) -> None:
            self.starting = ()
            self.refresh()
            self.started.emit(run.name)
            if done is not None:
                done(run.name)

        return self._submit_start(work, title, begun)

    def _submit_start(self, work: Callable[[Job], RunFolder], title: str, begun: Callable[[RunFolder], None]) -> Job:
        def failed(error: VibetuneError) -> None:
            self.starting = ()
            self.changed.emit()
            self.start_failed.emit(error)

        job = self._tasks.submit(work, title=title, done=begun, failed=failed)
        if job.state == "running":
            self.starting = (job,)
            self.changed.emit()
        return job

    def pause(self, name: str, done: Done | None = None) -> None:
        """Lets a run save itself and end; it can be resumed."""

        def work(run: RunFolder) -> None:
            from pipeline.jobs.control import pause

            pause(run)

        self._act(name, "pausing", work, done)

    def resume(self, name: str, done: Done | None = None) -> None:
        """Goes on with a run from where it was saved last; it is measured again when it ends."""

        def work(run: RunFolder) -> None:
            from app.workbench.running import go_on

            go_on(run)

        self._act(name, "resuming", work, done)

    def cancel(self, name: str, done: Done | None = None) -> None:
        """Ends a run; what it has saved stays."""

        def work(run: RunFolder) -> None:
            from pipeline.jobs.control import cancel

            cancel(run)

        self._act(name, "cancelling", work, done)

    def evaluate(self, name: str, done: Done | None = None) -> None:
        """Serves and measures a trained run again, in a process of its own."""

        def work(run: RunFolder) -> None:
            from app.workbench.measuring import start_measuring

            start_measuring(run)

        self._verdicts.pop(name, None)
        self._act(name, "starting to measure", work, done)

    def _act(self, name: str, doing: str, work: Callable[[RunFolder], None], done: Done | None) -> None:
        project = require_open(self.project)
        if self.get(name) is None:
            raise BadInput("run.unknown", f"There is no run `{name}`.", "Choose one in the list of runs.")
        self.busy[name] = doing
        self._tasks.submit(
            lambda _job: work(project.run(name)),
            title=f"{doing.capitalize()} {self._by_name[name].short_name}",
            done=lambda _: self._acted(name, done),
            failed=lambda error: self._acted(name, None, error),
        )
        self.changed.emit()

    def _acted(self, name: str, done: Done | None, error: VibetuneError | None = None) -> None:
        self.busy.pop(name, None)
        self._touched.add(name)
        self.changed.emit()
        self.refresh()
        if error is not None:
            self.failed.emit(name, error)
        elif done is not None:
            done(name)

    def tag(self, name: str, *tags: str) -> None:
        """Gives a run these tags instead of those it has."""
        cleaned = dict.fromkeys(tag.strip().lstrip("#") for tag in tags)
        self._mark(name, tags=[tag for tag in cleaned if tag])

    def note(self, name: str, text: str) -> None:
        """Writes a run's note."""
        self._mark(name, note=text.strip())

    def archive(self, name: str, *, is_archived: bool = True) -> None:
        """Takes a run out of the list, or back into it; nothing is deleted."""
        self._mark(name, archived=is_archived)

    def _mark(self, name: str, **values: object) -> None:
        project = require_open(self.project)
        marks = (self._marks or Marks()).changed(name, **values)
        self._marks = marks
        self.runs = tuple(marks.on(row) if row.name == name else row for row in self.runs)
        self._by_name = {row.name: row for row in self.runs}
        self._tasks.submit(lambda _job: marks.save(project.state))
        self.changed.emit()
