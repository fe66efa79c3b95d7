"""The project's engine: its state, what it does while it starts, and what it answers for. It outlives the window."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from psygnal import Signal

from app.workbench.project import require_open
from app.workbench.quantities import duration
from app.workbench.server_stages import Stage, StageClock
from app.workbench.tasks import Cancelled, Job, Tasks
from pipeline.errors import BadInput, Failed, VibetuneError
from pipeline.runs.layout import ProjectFolder

if TYPE_CHECKING:
    from serving.engine.engine import Engine
    from serving.engine.progress import StageEvent

ServerState = Literal["stopped", "starting", "ready", "stopping", "failed"]
_FROM_FILE: dict[str, ServerState] = {
    "Pending": "starting",
    "Initializing": "starting",
    "Ready": "ready",
    "Stopped": "stopped",
    "Errored": "failed",
}
_Told = deque[tuple[float, "StageEvent"]]
_PARTS = ("code", "message", "hint")
_NO_REASON = ("engine.failed", "The server has ended.", "Start it again.")


@dataclass(frozen=True)
class Target:
    """Where requests go. The key is never printed."""

    url: str
    base: str
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class _Seen:
    """What one look at the engine's files told."""

    state: ServerState = "stopped"
    text: str = ""
    since: float = 0.0  # seconds since the epoch
    target: Target | None = None
    adapters: tuple[str, ...] = ()
    slots: int = 0  # adapters in one batch (max_loras)
    failure: tuple[str, str, str] | None = None  # code, message, hint: comparable, an exception is not
    log: str = ""


class ServerStore:
    """One engine per project; whoever started it, here is how it is."""

    changed = Signal()

    def __init__(self, tasks: Tasks, python: Callable[[], str] = str) -> None:
        self._tasks, self._python = tasks, python
        self._project: ProjectFolder | None = None
        self._seen = _Seen()
        self._is_reading = False
        self._doing: Literal["", "starting", "stopping"] = ""
        self._told: _Told = deque()  # from the thread that starts the engine, with when it was told
        self._clock = StageClock()
        self._failure: VibetuneError | None = None
        self.loading = ""  # address that is being loaded into the running engine
        self.refused: dict[str, VibetuneError] = {}  # address → why the engine would not take it

    @property
    def state(self) -> ServerState:
        """How it is now."""
        if self._doing:
            return self._doing
        if self._failure is not None and self._seen.state != "ready":
            return "failed"
        return self._seen.state

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The steps of the start that runs or ran last, with their seconds; empty if none was seen."""
        return self._clock.stages

    @property
    def fraction(self) -> float | None:
        """How much of the start is done, 0 to 1, by the last start's times; None: it can't be told."""
        return self._clock.fraction

    @property
    def seconds_left(self) -> float | None:
        """About how long the start still takes, by the last start; None: there was none."""
        return self._clock.seconds_left

    @property
    def seconds(self) -> float:
        """Since the start began."""
        return self._clock.seconds

    @property
    def error(self) -> VibetuneError | None:
        """Why it failed."""
        if self.state != "failed":
            return None
        return self._failure or Failed(*(self._seen.failure or _NO_REASON))

    @property
    def base(self) -> str:
        """The base that it serves, or served last."""
        return self._seen.target.base if self._seen.target else ""

    @property
    def url(self) -> str:
        """Its address, without `/v1`; empty unless it is ready."""
        return self._seen.target.url if self._seen.target and self.state == "ready" else ""

    @property
    def adapters(self) -> tuple[str, ...]:
        """Addresses that answer."""
        return self._seen.adapters if self.state == "ready" else ()

    @property
    def slots(self) -> int:
        """Adapters that fit into one batch (`max_loras`)."""
        return self._seen.slots

    @property
    def uptime(self) -> str:
        """How long it has been ready, in words."""
        return duration(round(time.time() - self._seen.since))

    @property
    def log(self) -> str:
        """Path of its log; empty if it never ran."""
        return self._seen.log

    @property
    def target(self) -> Target | None:
        """Where requests go; None unless it is ready."""
        return self._seen.target if self.state == "ready" else None

    def open(self, project: ProjectFolder | None) -> None:
        """Looks for the engine of another project."""
        self._project, self._seen = project, _Seen()
        self._is_reading, self._doing, self._failure, self.loading = False, "", None, ""
        self.refused = {}
        self._told, self._clock = deque(), StageClock()
        if project is not None:
            self._clock.remember_in(project.deployments / "start_times.json")
        self.changed.emit()
        self._read()

    def refresh(self) -> None:
        """Takes what the starting thread told, and looks at the files again."""
        if self._drain() or self.state == "starting":
            self.changed.emit()
        if self._doing != "starting":
            self._read()

    def start(self, addresses: Sequence[str] = ()) -> None:
        """Starts the engine with adapters (none named: each adapter's candidate), or joins the one that runs."""
        project = require_open(self._project)
        if self.state in ("starting", "stopping"):
            raise BadInput("engine.busy", f"The server is {self.state} already.", "Wait for it, or stop it.")
        self._begin()
        told, python = self._told, self._python()

        def work(job: Job) -> None:
            from app.workbench.deploying import start_serving

            def on_stage(event: StageEvent) -> None:
                told.append((time.monotonic(), event))
                job.report(event.text, event.done / event.total if event.total else None)

            try:
                start_serving(project, addresses, python=python, on_stage=on_stage)
            except Cancelled:  # in the list of jobs; half an engine is of no use
                _stop(project)
                raise Failed("engine.stopped", "The start was cancelled.", "Start the server again.") from None

        self._submit("Start the server", work)

    def stop(self) -> None:
        """Stops the engine, also while it starts."""
        project = require_open(self._project)
        self._doing, self._failure = "stopping", None
        self.changed.emit()
        self._submit("Stop the server", lambda _job: _stop(project))

    def restart(self) -> None:
        """Stops the engine and starts it with the adapters that it has."""
        project = require_open(self._project)
        addresses = self._seen.adapters
        self._begin()
        told, python = self._told, self._python()

        def work(job: Job) -> None:
            from app.workbench.deploying import start_serving

            _stop(project)
            job.check()
            start_serving(
                project, addresses, python=python, on_stage=lambda event: told.append((time.monotonic(), event))
            )

        self._submit("Restart the server", work)

    def load(self, address: str, done: Callable[[], None] | None = None) -> None:
        """Makes an adapter answer; it is probed first: what is served must be what was trained."""
        project = require_open(self._project)
        self.loading = address
        self.changed.emit()

        def work(_job: Job) -> None:
            from app.workbench.deploying import running_engine, served_adapters

            served_adapters(project, running_engine(project), [address])

        self._submit(f"Load {address}", work, done)

    def unload(self, address: str) -> None:
        """Takes an adapter out of the running engine."""
        project = require_open(self._project)

        def work(_job: Job) -> None:
            from app.workbench.deploying import running_engine

            running_engine(project).unload(address)

        self._submit(f"Unload {address}", work)

    def put_error_away(self) -> None:
        """Forgets the last failed start."""
        self._failure = None
        if self._seen.state == "failed":
            self._seen = _Seen()
        self.changed.emit()

    def _begin(self) -> None:
        self._doing, self._failure, self._told = "starting", None, deque()
        self._clock.begin()
        self.changed.emit()

    def _submit(self, title: str, work: Callable[[Job], None], then: Callable[[], None] | None = None) -> None:
        project, doing, loading = self._project, self._doing, self.loading

        def is_current() -> bool:
            if self._project is not project:
                return False
            self._drain()
            self.loading, self._is_reading = "", False
            return True

        def done(_result: None) -> None:
            if is_current():
                self.refused.pop(loading, None)
                if doing == "starting":
                    self._clock.finish()
                self._read(then, ends=doing)

        def failed(error: VibetuneError) -> None:
            if is_current():
                if self._doing == doing:  # a stop that came meanwhile has its own end
                    self._doing = ""
                if loading:
                    self.refused[loading] = error
                elif error.code != "engine.stopped":
                    self._failure = error
                self._read()
                self.changed.emit()

        self._tasks.submit(work, title=title, done=done, failed=failed)

    def _drain(self) -> bool:
        has_news = bool(self._told)
        while self._told:
            at, event = self._told.popleft()
            self._clock.take(event, at)
        return has_news

    def _read(self, then: Callable[[], None] | None = None, *, ends: str = "") -> None:
        """Looks at the files; `ends` is what was being done, and is over once they have been read."""
        project = self._project
        if project is None or self._is_reading:
            return
        self._is_reading = True

        def done(seen: _Seen) -> None:
            if self._project is not project:
                return
            self._is_reading = False
            is_over = bool(ends) and self._doing == ends
            if is_over:
                self._doing = ""
            if not self._doing and seen.state == "starting":
                self._clock.follow(seen.text, seen.since)
            if seen != self._seen or is_over or then is not None:
                self._seen = seen
                self.changed.emit()
            if then is not None:
                then()

        def failed(error: VibetuneError) -> None:
            done(_Seen("failed", failure=(error.code, error.message, error.hint)))

        self._tasks.submit(lambda _job: _look(project), done=done, failed=failed)


def _stop(project: ProjectFolder) -> None:
    from serving.engine.engine import find_engine

    engine = find_engine(project.state)
    if engine is not None:
        engine.stop()


def _look(project: ProjectFolder) -> _Seen:
    if not (project.deployments / "local.state.json").is_file():
        return _Seen()
    from serving.deployments import DeploymentFiles
    from serving.engine.engine import find_engine, status

    now = status(project.state)
    engine = find_engine(project.state)
    log = str(DeploymentFiles(project.state, "local").log)
    if engine is None:
        failure = _failure(now.error or {}) if now.state == "Errored" else None
        return _Seen(_FROM_FILE[now.state], now.text, now.since, failure=failure, log=log)
    return _Seen(
        _FROM_FILE[now.state],
        now.text,
        now.since if now.state == "Ready" else engine.launched,
        _target(engine),
        tuple(now.adapters),
        engine.deployment.settings.max_loras,
        log=log,
    )


def _target(engine: Engine) -> Target:
    return Target(engine.url, engine.base.id, engine.key)


def _failure(told: dict[str, object]) -> tuple[str, str, str]:
    code, message, hint = (str(told.get(name) or usual) for name, usual in zip(_PARTS, _NO_REASON, strict=True))
    return code, message, hint
