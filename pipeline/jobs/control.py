"""Pause, cancel and resume: a word in the run's `control` file that its worker reads between steps."""

from __future__ import annotations

import time

from pipeline.errors import BadInput, Failed
from pipeline.files import write_text
from pipeline.jobs.state import RUNNING, RunState, state
from pipeline.jobs.worker import alone_with, start_worker, stop_worker
from pipeline.runs.events import Cancelled, EventLog, Progress, read_events
from pipeline.runs.layout import RunFolder
from pipeline.runs.request import read_request

POLL_S = 0.1
CANCEL_WAIT_S = 20.0
PAUSE_WAIT_S = 60.0


def cancel(run: RunFolder, *, wait_s: float = CANCEL_WAIT_S) -> RunState:
    """Ends a run for good: asked first, stopped after `wait_s` seconds. Checkpoints stay.

    Returns:
        `cancelled`, or how the run ended by itself in the same moment.

    Raises:
        BadInput: `run.not_running`, `run.already_finished`, `run.missing`.
    """
    _require_running(run, "cancelled")
    write_text(run.control, "cancel\n")
    reached = _wait_until_ended(run, wait_s)
    if reached in RUNNING:
        reached = _stop(run)
    run.control.unlink(missing_ok=True)
    return reached


def pause(run: RunFolder, *, wait_s: float = PAUSE_WAIT_S) -> RunState:
    """Lets a run write a checkpoint and end; it frees the processor and its memory.

    Raises:
        BadInput: `run.not_running`, `run.already_finished`, `run.missing`.
        Failed: `run.not_paused`, when its present step takes longer than `wait_s` seconds; it will pause after it.
    """
    _require_running(run, "paused")
    write_text(run.control, "pause\n")
    reached = _wait_until_ended(run, wait_s)
    if reached in RUNNING:
        text = f"{run.name} has not paused within {wait_s:g} s: its present step takes longer."
        raise Failed("run.not_paused", text, f"It pauses after that step; look again: vibetune runs show {run.name}")
    return reached


def resume(run: RunFolder) -> RunFolder:
    """Starts the worker again, from the last checkpoint; after that, the run is as if it had never stopped.

    Raises:
        BadInput: `run.already_finished`, `run.already_running`, `run.missing`.
    """
    request = read_request(run)
    with alone_with(run):
        found = state(run)
        if found == "finished":
            raise _already_finished(run)
        if found in RUNNING:
            text = f"{run.name} is running already."
            raise BadInput("run.already_running", text, f"Watch it: vibetune runs show {run.name}")
        run.control.unlink(missing_ok=True)
        start_worker(run, request)
    return run


def _require_running(run: RunFolder, wish: str) -> None:
    read_request(run)
    found = state(run)
    if found == "finished":
        raise _already_finished(run)
    if found not in RUNNING:
        text = f"{run.name} can't be {wish}: it is {found}, and no worker of it runs."
        raise BadInput("run.not_running", text, f"Go on with it: vibetune runs resume {run.name}", state=found)


def _already_finished(run: RunFolder) -> BadInput:
    text = f"{run.name} is finished: its adapter is in {run.adapter.name}/."
    return BadInput("run.already_finished", text, "Start a new one: vibetune run")


def _wait_until_ended(run: RunFolder, wait_s: float) -> RunState:
    deadline = time.monotonic() + wait_s
    while (reached := state(run)) in RUNNING and time.monotonic() < deadline:
        time.sleep(POLL_S)
    return reached


def _stop(run: RunFolder) -> RunState:
    """Ends a worker that does not listen, and says in the log what became of the run, since it can't any more."""
    with alone_with(run):
        stop_worker(run)
        if state(run) == "interrupted":
            with EventLog(run.events) as log:
                log.write(Cancelled(step=_last_step(run)))
    return state(run)


def _last_step(run: RunFolder) -> int:
    steps = [event.done for event in read_events(run.events) if isinstance(event, Progress) and event.unit == "steps"]
    return steps[-1] if steps else 0
