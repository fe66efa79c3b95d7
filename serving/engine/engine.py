"""One engine as a supervised process group: start, wait, find again, load adapters, restart, stop.

    engine = start_engine(deployment, state_folder, on_stage=print)
    engine.load(folder, "support-triage@1")
    async with engine.endpoint("support-triage@1") as endpoint: ...
    engine.stop()

The engine outlives whoever started it: `find_engine` finds it again from files, in any process.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import BadInput, Failed, VibetuneError
from pipeline.processes.detached import Stopped, find, prune, start, stop
from pipeline.processes.group import exit_code, is_alive
from pipeline.processes.record import ProcessRecord, exclusive, read_record
from serving.adapters.load import load_adapter
from serving.adapters.parity import ProbeResult
from serving.deployments import (
    AdapterEntry,
    Deployment,
    DeploymentFiles,
    DeploymentState,
    from_project,
    in_project,
    read_deployment,
    read_state,
    write_deployment,
    write_state,
)
from serving.engine.causes import explain
from serving.engine.client import EngineClient, is_healthy
from serving.engine.command import HOST, command, environment
from serving.engine.ports import choose_port, is_free
from serving.engine.progress import LogSteps, OnStage, StageEvent
from serving.engine.settings import check_base, check_memory, resolve

POLL_S = 0.1
SUPERVISE_S = 0.5
RESTARTS = 3  # within RESTARTS_WITHIN_S; an engine that falls over and over again has a cause that a person must see
RESTARTS_WITHIN_S = 600.0
UNHEALTHY_S = 30.0  # without an answer; a long prompt on a CPU keeps an engine busy, not silent


def silent(event: StageEvent) -> None:
    """Tells nobody."""


class Engine:
    """A deployment's process. Make one with `start_engine` or `find_engine`."""

    def __init__(self, state_folder: Path, deployment: Deployment, record: ProcessRecord) -> None:
        self.state_folder = state_folder
        self.deployment = deployment
        self.record = record
        self.launched = record.started  # seconds since the epoch
        self.files = DeploymentFiles(state_folder, deployment.name)
        self.base = deployment.served_base(state_folder)

    @property
    def port(self) -> int:
        return self.record.port or 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def key(self) -> str:
        """What requests must bring as `Authorization: Bearer`; made anew at each start."""
        return self.record.secret or ""

    def endpoint(self, model: str | None = None) -> EngineClient:
        """The base, or an adapter, as an endpoint; to be used in `async with`."""
        return EngineClient(self.url, model or self.base.id, key=self.key)

    def is_alive(self) -> bool:
        """Whether its process runs; it may still be starting."""
        return is_alive(self.record)

    def is_wanted(self) -> bool:
        """False once it was stopped on purpose; follows the process of whoever started it again meanwhile."""
        current = read_record(self.files.records, self.files.process)
        if current is None or read_state(self.files).state == "Stopped":
            return False
        self.record = current
        return True

    def is_healthy(self) -> bool:
        """Whether it answers."""
        return self.is_alive() and is_healthy(self.port)

    def adapters(self) -> list[str]:
        """Names of the adapters that answer."""
        return sorted(asyncio.run(self._adapters()))

    def load(self, folder: Path, name: str, *, probe: bool = True) -> ProbeResult | None:
        """Makes an adapter answer under a name, now and after each restart; see `load_adapter` for what it refuses."""
        result = asyncio.run(self._load(folder, name, probe=probe))
        entry = AdapterEntry(name=name, folder=from_project(self.state_folder, folder))
        self._remember(lambda deployment: deployment.with_adapter(entry))
        return result

    def unload(self, name: str) -> None:
        """Takes an adapter out; requests that are being answered are finished."""
        asyncio.run(self._unload(name))
        self._remember(lambda deployment: deployment.without_adapter(name))

    def wait_ready(self, on_stage: OnStage = silent, *, probe: bool = True) -> None:
        """Waits until base and adapters answer, and tells what happens meanwhile.

        Raises:
            Failed, BadInput: why it could not start (the process group is stopped then), or `engine.stopped` when
                somebody stopped it meanwhile.
        """
        tell = _Teller(self.files, time.time() if self.is_healthy() else self.launched, on_stage)
        try:
            self._wait_for_answer(tell)
            self._load_all(tell, probe=probe)
        except VibetuneError as error:
            self._end_failed_start(error)
            raise
        count = len(self.deployment.adapters)
        tell("Ready", "ready", count, count)
        self._remember(lambda deployment: deployment)  # as it is now: others may have loaded adapters meanwhile

    def ensure_ready(self, on_stage: OnStage = silent) -> None:
        """Starts the engine again if it has ended or doesn't answer, with its adapters; does nothing if all is well."""
        if not self.is_healthy():
            self._restart(on_stage)

    def _restart(self, on_stage: OnStage, *, unless_stopped: bool = False) -> None:
        with exclusive(self.files.records, self.files.process):
            if unless_stopped and not self.is_wanted():
                return
            self.deployment = read_deployment(self.state_folder, self.deployment.name)
            current = find(self.files.records, self.files.process)
            if current is not None and current.id != self.record.id:
                self.record = current  # somebody else was faster
            else:
                stop(self.files.records, self.record)
                self.record = _launch(self.state_folder, self.deployment, port=self.port)
        self.wait_ready(on_stage, probe=False)

    def stop(self) -> Stopped:
        """Ends the engine and all its processes; fine if it has ended already.

        Raises:
            Failed: `engine.port_kept`: the processes are gone, but the port is not free.
        """
        with exclusive(self.files.records, self.files.process):
            # Written before as well: whoever waits for the start must not take the end for a crash.
            write_state(self.files, DeploymentState(state="Stopped", text="stopping"))
            stopped = stop(self.files.records, self.record)
            write_state(self.files, DeploymentState(state="Stopped", text="stopped"))
        if self.port and not is_free(self.port):
            text = f"The engine has ended, but its port {self.port} is not free: another program took it."
            raise Failed("engine.port_kept", text, "Choose another port.")
        return stopped

    async def _load(self, folder: Path, name: str, *, probe: bool) -> ProbeResult | None:
        async with self.endpoint() as client:
            return await load_adapter(
                client,
                folder,
                name,
                base=self.base,
                max_lora_rank=resolve(self.deployment.settings, self.base).max_lora_rank,
                served=self.files.served,
                probe=probe,
            )

    async def _unload(self, name: str) -> None:
        async with self.endpoint() as client:
            await client.unload(name)

    async def _adapters(self) -> dict[str, Path]:
        async with self.endpoint() as client:
            return await client.adapters()

    def _load_all(self, tell: _Teller, *, probe: bool) -> None:
        entries = self.deployment.adapters
        loaded = asyncio.run(self._adapters()) if entries else {}
        for done, entry in enumerate(entries):
            if entry.name not in loaded:
                tell("Initializing", f"loading adapter {entry.name}", done, len(entries))
                folder = in_project(self.state_folder, entry.folder)
                asyncio.run(self._load(folder, entry.name, probe=probe))

    def _wait_for_answer(self, tell: _Teller) -> None:
        if self.is_healthy():
            return
        steps = LogSteps(self.files.log)
        deadline = time.monotonic() + self.deployment.settings.ready_timeout_s
        while True:
            answers = is_healthy(self.port)
            for text in steps.new():
                tell("Initializing", text)
            if not self.is_alive():
                raise self._ended()
            if answers:
                return
            if time.monotonic() > deadline:
                limit = f"{self.deployment.settings.ready_timeout_s:g} s"
                hint = f"See {self.files.log}, or set a longer ready_timeout_s."
                raise Failed("engine.timeout", f"The engine did not answer within {limit}.", hint)
            time.sleep(POLL_S)

    def _ended(self) -> VibetuneError:
        with exclusive(self.files.records, self.files.process):  # who stops it has then taken its record away
            current = read_record(self.files.records, self.files.process)
        was_stopped = current is None or current.id != self.record.id or read_state(self.files).state == "Stopped"
        if was_stopped:
            return Failed("engine.stopped", "The engine was stopped while it was starting.", "Start it again.")
        return explain(self.files.log, exit_code=exit_code(self.record))

    def _end_failed_start(self, error: VibetuneError) -> None:
        stop(self.files.records, self.record)
        state = "Stopped" if error.code == "engine.stopped" else "Errored"
        write_state(self.files, DeploymentState(state=state, text=error.message, error=error.as_json()))

    def _remember(self, change: Callable[[Deployment], Deployment]) -> None:
        with exclusive(self.files.records, self.files.process):
            self.deployment = change(read_deployment(self.state_folder, self.deployment.name))
            write_deployment(self.state_folder, self.deployment)
            names = [entry.name for entry in self.deployment.adapters]
            write_state(self.files, DeploymentState(state="Ready", text="ready", url=self.url, adapters=names))


class _Teller:
    """Passes stages on, and keeps the state file up to date."""

    def __init__(self, files: DeploymentFiles, started: float, on_stage: OnStage) -> None:
        self._files, self._started, self._on_stage = files, started, on_stage

    def __call__(self, state: str, text: str, done: int = 0, total: int = 0) -> None:
        event = StageEvent(state, text, time.time() - self._started, done, total)  # type: ignore[arg-type]
        write_state(self._files, DeploymentState(state=event.state, text=text))
        self._on_stage(event)


def start_engine(
    deployment: Deployment, state_folder: Path, *, on_stage: OnStage = silent, wait: bool = True, probe: bool = True
) -> Engine:
    """Starts a deployment's engine, or joins the one that runs already, loading what it lacks of the wished adapters.

    A start that fails leaves nothing running; an adapter that is refused by a running engine leaves that as it was.

    Args:
        deployment: base, settings and adapters; written to the state folder.
        state_folder: `.vibetune` of the project.
        on_stage: told what happens.
        wait: until base and adapters answer; otherwise `Engine.wait_ready` does.
        probe: compare each adapter, served, with what was trained.

    Raises:
        BadInput, Failed: why it can't be started: `engine.port_in_use`, `engine.no_memory`, `engine.no_model`,
            `engine.other_deployment`, and what `serving.engine.causes` knows.
    """
    files = DeploymentFiles(state_folder, deployment.name)
    with exclusive(files.records, files.process):
        prune(files.records, files.process)
        record = find(files.records, files.process)
        if record is None:
            write_deployment(state_folder, deployment)
            on_stage(StageEvent("Pending", "starting", 0.0))
            record, running = _launch(state_folder, deployment), deployment
        else:
            running = _on_same_base(read_deployment(state_folder, deployment.name), deployment)
    engine = Engine(state_folder, running, record)
    if wait:
        engine.wait_ready(on_stage, probe=probe)
        for entry in deployment.adapters:
            if entry not in running.adapters:
                engine.load(in_project(state_folder, entry.folder), entry.name, probe=probe)
    return engine


def find_engine(state_folder: Path, name: str = "local") -> Engine | None:
    """The engine of a deployment, if its process runs."""
    files = DeploymentFiles(state_folder, name)
    record = find(files.records, files.process)
    return None if record is None else Engine(state_folder, read_deployment(state_folder, name), record)


def status(state_folder: Path, name: str = "local") -> DeploymentState:
    """How a deployment is now: what was written last, corrected by whether its process lives."""
    files = DeploymentFiles(state_folder, name)
    state = read_state(files)
    if state.state in ("Pending", "Initializing", "Ready") and find(files.records, files.process) is None:
        error = explain(files.log, did_not_start=state.state != "Ready")
        return DeploymentState(state="Errored", text=error.message, since=state.since, error=error.as_json())
    return state


def supervise(engine: Engine, should_end: Callable[[], bool], *, on_stage: OnStage = silent) -> None:
    """Keeps an engine running until `should_end` or until somebody stops it, starting it again when it falls.

    Raises:
        Failed: `engine.keeps_failing`, or why it could not be started again.
    """
    fallen: list[float] = []
    last_healthy = time.monotonic()
    while not should_end() and engine.is_wanted():
        if engine.is_healthy():
            last_healthy = time.monotonic()
        elif not engine.is_alive() or time.monotonic() - last_healthy > UNHEALTHY_S:
            cause = explain(engine.files.log, exit_code=exit_code(engine.record), did_not_start=False)
            fallen = [moment for moment in fallen if time.monotonic() - moment < RESTARTS_WITHIN_S] + [time.monotonic()]
            if len(fallen) > RESTARTS:
                text = f"The engine fell {len(fallen)} times in {RESTARTS_WITHIN_S / 60:.0f} min. Last: {cause.message}"
                raise Failed("engine.keeps_failing", text, cause.hint, cause=cause.as_json())
            on_stage(StageEvent("Initializing", f"starting again: {cause.message}", 0.0, len(fallen), RESTARTS))
            _start_again(engine, on_stage)
            last_healthy = time.monotonic()
        time.sleep(SUPERVISE_S)


def _start_again(engine: Engine, on_stage: OnStage) -> None:
    try:
        engine._restart(on_stage, unless_stopped=True)
    except VibetuneError as error:
        if error.code != "engine.stopped":
            raise


def _launch(state_folder: Path, deployment: Deployment, port: int = 0) -> ProcessRecord:
    files = DeploymentFiles(state_folder, deployment.name)
    base = deployment.served_base(state_folder)
    settings = resolve(deployment.settings, base)
    check_base(settings, base)
    check_memory(settings, base)
    port = choose_port(deployment.settings.port or (port if port and is_free(port) else 0))
    key = secrets.token_urlsafe(32)
    if files.log.exists():
        files.log.replace(files.previous_log)
    write_state(files, DeploymentState(state="Pending", text="starting"))
    return start(
        command(settings, base, port, deployment.settings.python),
        name=files.process,
        records=files.records,
        log=files.log,
        cwd=files.intent.parent,
        environment=environment(settings, key),
        niceness=deployment.settings.niceness,
        port=port,
        secret=key,
    )


def _on_same_base(running: Deployment, wished: Deployment) -> Deployment:
    if (running.base, running.base_folder) != (wished.base, wished.base_folder):
        text = f"The deployment {running.name!r} is running on {running.base}, not on {wished.base}."
        raise BadInput("engine.other_deployment", text, "Stop it first, or give the new one another name.")
    return running
