"""The worker process of a run: one detached process per run folder, found again from a record of its own."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from pipeline.processes.detached import find, module_environment, python_module, start, stop
from pipeline.processes.record import ProcessRecord, exclusive
from pipeline.runs.layout import RunFolder
from pipeline.runs.request import RunRequest

NICENESS = 10  # training gives way to the window, the gateway and whatever else the user does
STOP_DEADLINE_S = 10.0

# What the worker needs lies in its run folder and in local caches; nothing of it leaves the machine.
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def worker_records() -> Path:
    """Folder of the workers' records: the user's, not the project's, since processes are of one machine."""
    return Path(platformdirs.user_state_dir("vibetune", appauthor=False)) / "workers"


def record_name(run: RunFolder) -> str:
    """Name of a run's worker; copies of one project elsewhere on the machine have other names."""
    place = hashlib.sha256(str(run.path.resolve()).encode()).hexdigest()[:8]
    return f"{run.name}-{place}"


def find_worker(run: RunFolder) -> ProcessRecord | None:
    """The living worker of a run; None where there is none on this machine."""
    return find(worker_records(), record_name(run))


@contextlib.contextmanager
def alone_with(run: RunFolder) -> Iterator[None]:
    """Keeps everybody else from starting or stopping the run's worker meanwhile."""
    with exclusive(worker_records(), record_name(run)):
        yield


def start_worker(run: RunFolder, request: RunRequest) -> ProcessRecord:
    """Starts the worker, which outlives this process.

    Its working directory is the folder of our own packages: a user's `pipeline.py` must never be imported.
    """
    environment = QUIET | module_environment()
    if request.threads is not None:
        environment["OMP_NUM_THREADS"] = str(request.threads)
    return start(
        python_module("pipeline", "train", str(run.path.resolve()), python=request.worker_python),
        name=record_name(run),
        records=worker_records(),
        log=run.log,
        cwd=Path(__file__).resolve().parents[2],
        environment=environment,
        niceness=NICENESS,
    )


def stop_worker(run: RunFolder) -> bool:
    """Ends the worker and whatever it started; False where there was nobody."""
    worker = find_worker(run)
    if worker is None:
        return False
    stop(worker_records(), worker, deadline_s=STOP_DEADLINE_S)
    return True
