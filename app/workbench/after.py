"""The process that follows a run's training, as others find it; light, since the window asks twice a second."""

from __future__ import annotations

from pipeline.jobs.worker import worker_records
from pipeline.processes.detached import find
from pipeline.runs.layout import RunFolder


def record_name(run: RunFolder) -> str:
    """Name of the process that measures a run."""
    return f"after-{run.name}"


def is_being_measured(run: RunFolder) -> bool:
    """Whether the detached process of a run lives."""
    return find(worker_records(), record_name(run)) is not None
