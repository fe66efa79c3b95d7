"""What follows training: register the adapter, serve it beside its base, measure both, record the verdict.

`python -P -m app.workbench.measuring RUN_FOLDER` does it detached, so that closing the terminal stops neither training
nor measuring. What it does stands in the run's `after.jsonl`.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.workbench.after import record_name
from app.workbench.deploying import DEFAULT_DEPLOYMENT, deployment
from pipeline.bases.base import Base
from pipeline.bases.run_base import run_base
from pipeline.errors import VibetuneError
from pipeline.evaluation.evaluate import evaluate
from pipeline.evaluation.verdict import Verdict
from pipeline.jobs.adapters import RegisteredAdapter, find_adapter
from pipeline.jobs.follow import wait
from pipeline.jobs.registry import register_run
from pipeline.jobs.worker import NICENESS, worker_records
from pipeline.processes.detached import find, module_environment, python_module, start
from pipeline.processes.record import ProcessRecord, exclusive
from pipeline.runs.events import EventLog, Failure, Finished, Progress, Started
from pipeline.runs.layout import ProjectFolder, RunFolder
from pipeline.runs.request import project_of
from serving.engine.engine import Engine, find_engine, start_engine
from serving.engine.progress import StageEvent

Seconds = dict[str, float]
OnProgress = Callable[[Progress], None]


def start_measuring(run: RunFolder) -> ProcessRecord:
    """Starts the detached process that waits for the run's end and measures it; one per run."""
    with exclusive(worker_records(), record_name(run)):
        running = find(worker_records(), record_name(run))
        if running is not None:
            return running
        return start(
            python_module("app.workbench.measuring", str(run.path.resolve())),
            name=record_name(run),
            records=worker_records(),
            log=run.after_log,
            cwd=Path(__file__).resolve().parents[2],
            environment=module_environment(),
            niceness=NICENESS,
        )


def measure(
    project: ProjectFolder, run: RunFolder, *, on_progress: OnProgress = lambda _: None
) -> tuple[Verdict, Seconds]:
    """Registers, serves and measures a finished run; uses the project's engine where it runs on the same base.

    Raises:
        BadInput, Failed: the adapter can't be served, or the evaluation fails.
    """
    seconds: Seconds = {}
    adapter = find_adapter(project, register_run(project, run))
    base = run_base(run)
    with serving(project, base, adapter, seconds, on_progress) as engine:
        began = time.monotonic()
        verdict = measure_on(engine, run, adapter, on_progress=on_progress)
        seconds["evaluation"] = time.monotonic() - began
    register_run(project, run)
    return verdict, seconds


def measure_on(
    engine: Engine, run: RunFolder, adapter: RegisteredAdapter, *, on_progress: OnProgress = lambda _: None
) -> Verdict:
    """Measures a run on an engine that has its adapter loaded."""
    return evaluate(
        run,
        engine.endpoint(adapter.address),
        adapter_model=adapter.address,
        base_model=engine.base.id,
        on_progress=on_progress,
    )


@contextmanager
def serving(
    project: ProjectFolder, base: Base, adapter: RegisteredAdapter, seconds: Seconds, on_progress: OnProgress
) -> Iterator[Engine]:
    """An engine with the adapter loaded: the project's own where it serves this base, else one for this purpose."""
    began = time.monotonic()
    own = find_engine(project.state, DEFAULT_DEPLOYMENT)
    if own is not None and own.is_healthy() and own.deployment.base_sha256 == base.sha256:
        if adapter.address not in own.adapters():
            own.load(adapter.folder, adapter.address)
        seconds["engine start"] = time.monotonic() - began
        yield own
        return
    name = f"measure-{adapter.entry.name[:40]}-v{adapter.entry.version}"
    temporary = start_engine(
        deployment(project, base, [adapter], name=name), project.state, on_stage=_as_progress(on_progress)
    )
    seconds["engine start"] = time.monotonic() - began
    try:
        yield temporary
    finally:
        began = time.monotonic()
        temporary.stop()
        seconds["engine stop"] = time.monotonic() - began


def _as_progress(on_progress: OnProgress) -> Callable[[StageEvent], None]:
    def tell(event: StageEvent) -> None:
        on_progress(Progress(stage="serving", done=event.done, total=event.total, unit="adapters", text=event.text))

    return tell


def follow_up(run: RunFolder) -> int:
    """The detached process: waits for the worker, measures, and writes `after.jsonl`. Returns the exit code."""
    project = ProjectFolder(project_of(run))
    with EventLog(run.after) as log:
        log.write(Started(pid=os.getpid()))
        try:
            ended = wait(run)
            if ended.state != "finished":
                log.write(
                    Failure(code=f"run.{ended.state}", message=f"{run.name} is {ended.state}: nothing to measure.")
                )
                return 1
            verdict, seconds = measure(project, run, on_progress=lambda progress: _log(log, progress))
        except VibetuneError as error:
            log.write(Failure(code=error.code, message=error.message, hint=error.hint))
            return error.exit_code
        except Exception as error:  # the process boundary: watchers get an event, the log gets the traceback
            logging.exception("measuring %s failed", run.name)
            log.write(Failure(code="internal", message=f"Measuring failed: {type(error).__name__}: {error}"))
            return 1
        log.write(Finished(step=verdict.n, seconds=seconds))
    return 0


def _log(log: EventLog, progress: Progress) -> None:
    log.write(progress)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    sys.exit(follow_up(RunFolder(Path(sys.argv[1]))))
