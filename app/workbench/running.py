"""Starting a run and watching it to its verdict; the watcher may come and go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.workbench.after import is_being_measured
from app.workbench.measuring import start_measuring
from app.workbench.preparing import Prepared
from pipeline.errors import BadInput
from pipeline.jobs.adapters import list_adapters
from pipeline.jobs.control import resume
from pipeline.jobs.follow import follow
from pipeline.jobs.start import start_run
from pipeline.jobs.state import RUNNING, RunSummary, state, summary
from pipeline.runs.events import AnyEvent, Failure, Finished, Tail, read_events
from pipeline.runs.layout import ProjectFolder, RunFolder
from pipeline.runs.request import read_request

POLL_S = 0.2
GONE_S = 10.0


def start(
    project: ProjectFolder,
    prepared: Prepared,
    *,
    plan_file: str = "plan.yaml",
    threads: int | None = None,
    python: str = "",
) -> RunFolder:
    """Starts the worker and, behind it, the process that measures its result. Both outlive this one.

    Args:
        python: interpreter of the worker; empty: our own.
    """
    run = start_run(
        project,
        prepared.plan,
        dataset=prepared.dataset.folder,
        base=prepared.base,
        rows=prepared.rows,
        plan_file=plan_file,
        threads=threads,
        worker_python=python or None,
    )
    start_measuring(run)
    return run


def go_on(run: RunFolder) -> None:
    """Goes on with a run from its last checkpoint, and has its result measured when it ends.

    Raises:
        BadInput: `run.already_finished`, `run.already_running`, `run.missing`.
    """
    if state(run) not in RUNNING:  # then the process behind the earlier attempt is about to end, and must not be joined
        deadline = time.monotonic() + GONE_S
        while is_being_measured(run) and time.monotonic() < deadline:
            time.sleep(POLL_S)
    resume(run)
    start_measuring(run)


def watch(run: RunFolder) -> Iterator[AnyEvent]:
    """Events of training, then of what follows, until neither process has anything more to say."""
    yield from follow(run)
    tail = Tail(run.after)
    while True:
        lives = is_being_measured(run)  # asked first: its last event is then in the file when it is gone
        yield from tail
        if not lives:
            return
        time.sleep(POLL_S)


@dataclass(frozen=True)
class Outcome:
    """A run as `vibetune run --json` prints it."""

    run: str
    state: str
    adapter: str | None
    seconds: dict[str, float]
    verdict: dict[str, Any] | None
    error: dict[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """The contract of the command line."""
        value = {
            "run": self.run,
            "state": self.state,
            "adapter": self.adapter,
            "seconds": {stage: round(spent, 2) for stage, spent in self.seconds.items()},
            "verdict": self.verdict,
        }
        return {**value, "error": self.error} if self.error else value


def outcome(project: ProjectFolder, run: RunFolder) -> Outcome:
    """What came of a run so far: training, registration and verdict; `damaged` where its files can't be read."""
    try:
        return _outcome(project, run)
    except BadInput as error:
        return Outcome(run.name, "damaged", None, {}, None, error.as_json())


def _outcome(project: ProjectFolder, run: RunFolder) -> Outcome:
    from pipeline.evaluation.verdict import read_verdict

    read_request(run)
    trained = summary(run)
    after = read_events(run.after)
    finished = next((event for event in reversed(after) if isinstance(event, Finished)), None)
    failure = next((event for event in reversed(after) if isinstance(event, Failure)), None)
    error = trained.error
    if error is None and finished is None and failure is not None:
        error = {"code": failure.code, "message": failure.message, "hint": failure.hint}
    verdict: dict[str, Any] | None = None
    try:
        verdict = read_verdict(run.verdict).model_dump(mode="json") if run.verdict.is_file() else None
    except BadInput as unreadable:
        error = error or unreadable.as_json()
    return Outcome(
        run=run.name,
        state=_state(trained, is_measured=run.verdict.is_file(), is_measuring=is_being_measured(run)),
        adapter=next((each.address for each in list_adapters(project) if each.entry.run == run.name), None),
        seconds={**trained.seconds, **(finished.seconds if finished else {})},
        verdict=verdict,
        error=error,
    )


def _state(trained: RunSummary, *, is_measured: bool, is_measuring: bool) -> str:
    if trained.state == "finished" and not is_measured:
        return "measuring" if is_measuring else "trained"
    return trained.state
