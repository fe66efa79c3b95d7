"""A process that is a run's worker to everything that asks: it writes steps and obeys pause and cancel, and trains
nothing.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from pipeline.jobs.worker import find_worker, record_name, worker_records
from pipeline.processes.detached import module_environment, python_module, start
from pipeline.processes.record import ProcessRecord
from pipeline.runs.events import Cancelled, EventLog, Metrics, Paused, Progress, Started
from pipeline.runs.layout import RunFolder

STEPS = 100_000
PAUSE_S = 0.1
_ENDS = {"pause": Paused, "cancel": Cancelled}


def begin(run: RunFolder) -> ProcessRecord:
    """Starts a worker for a planted run; it outlives this process, as a real one does."""
    return start(
        python_module("tests.support.small_worker", str(run.path)),
        name=record_name(run),
        records=worker_records(),
        log=run.log,
        cwd=run.path,
        environment=module_environment(),
        niceness=10,
    )


def is_working(run: RunFolder) -> bool:
    """Whether somebody works on the run."""
    return find_worker(run) is not None


def _work(run: RunFolder) -> None:
    run.control.unlink(missing_ok=True)
    with EventLog(run.events) as log:
        log.write(Started(pid=os.getpid()))
        for step in range(1, STEPS):
            log.write(Progress(stage="training", done=step, total=STEPS))
            log.write(Metrics(step=step, values={"loss": 2 / step}))
            time.sleep(PAUSE_S)
            word = run.control.read_text().strip() if run.control.is_file() else ""
            if word in _ENDS:
                log.write(_ENDS[word](step=step))
                return


if __name__ == "__main__":
    _work(RunFolder(Path(sys.argv[1])))
