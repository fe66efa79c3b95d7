"""Workers' records go to a folder of the test, and no process outlives it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.jobs.worker import worker_records
from pipeline.processes.detached import stop
from pipeline.processes.record import list_records
from pipeline.runs.layout import ProjectFolder
from tests.support.runs import project_in


@pytest.fixture(autouse=True)
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = worker_records()
    assert folder.is_relative_to(tmp_path)
    yield folder
    for record in list_records(folder):
        stop(folder, record, deadline_s=0)


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    return project_in(tmp_path)
