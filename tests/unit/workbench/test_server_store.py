"""The server as state: found again, timed by stages, its failures told once."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.workbench.server_stages import TITLES, StageClock
from app.workbench.server_store import ServerStore, uptime
from app.workbench.tasks import InlineTasks
from pipeline.errors import BadInput
from pipeline.runs.layout import ProjectFolder
from serving.deployments import DeploymentFiles, DeploymentState, write_state
from serving.engine.progress import StageEvent
from tests.support.runs import project_in
from tests.support.small_engine import KEY, running_engine
from tests.support.tiny_model import make_tiny_base


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    made = project_in(tmp_path)
    make_tiny_base(made.path / "base")
    return made


@pytest.fixture
def store(project: ProjectFolder) -> ServerStore:
    made = ServerStore(InlineTasks())
    made.open(project)
    return made


def test_a_project_that_never_served_is_stopped(store: ServerStore) -> None:
    assert (store.state, store.url, store.adapters, store.stages, store.error) == ("stopped", "", (), (), None)


def test_an_engine_that_runs_is_found_and_its_end_is_seen(store: ServerStore, project: ProjectFolder) -> None:
    with running_engine(project, ["queues@v1"]) as url:
        store.refresh()
        assert (store.state, store.url, store.base) == ("ready", url, "base")
        assert store.adapters == ("queues@v1",)
        assert store.target is not None
        assert store.target.key == KEY
        assert KEY not in repr(store.target)
        told: list[str] = []
        store.changed.connect(lambda: told.append(store.state))
        store.refresh()
        assert told == [], "nothing has changed"
        store.stop()
        assert store.state == "stopped"
        assert told[0] == "stopping"
    assert store.target is None


def test_a_start_that_failed_elsewhere_says_why_and_does_not_repeat_itself(
    store: ServerStore, project: ProjectFolder
) -> None:
    files = DeploymentFiles(project.state, "local")
    files.state.parent.mkdir(parents=True)
    error = {"code": "engine.no_memory", "message": "The machine is full.", "hint": "Close other programs."}
    write_state(files, DeploymentState(state="Errored", text="full", error=error))
    told: list[str] = []
    store.changed.connect(lambda: told.append(store.state))
    store.refresh()
    store.refresh()
    assert told == ["failed"]
    assert store.error is not None
    assert (store.error.code, store.error.hint) == ("engine.no_memory", "Close other programs.")


def test_a_start_that_can_not_work_fails_in_place(store: ServerStore) -> None:
    store.start(["queues@v7"])
    error = store.error
    assert error is not None
    assert error.code == "adapter.unknown"
    assert "queues" in error.message
    store.put_error_away()
    assert (store.state, store.error) == ("stopped", None)


def test_stages_are_timed_and_the_next_start_knows_how_long_it_takes(tmp_path: Path) -> None:
    clock = StageClock()
    clock.remember_in(tmp_path / "times.json")
    assert (clock.stages, clock.fraction, clock.seconds_left) == ((), None, None)
    clock.begin()
    clock.take(StageEvent("Initializing", "reading the weights", 1.0))
    states = [(stage.is_done, stage.is_running) for stage in clock.stages]
    assert states == [(True, False), (True, False), (False, True), (False, False), (False, False), (False, False)]
    clock.take(StageEvent("Initializing", "loading adapter queues@v1", 2.0, 0, 2))
    assert clock.stages[-1].note == "1 of 2"
    assert clock.seconds_left is None
    clock.take(StageEvent("Ready", "ready", 3.0))
    assert all(stage.is_done and stage.seconds is not None for stage in clock.stages)
    assert len(clock.stages) == len(TITLES)
    again = StageClock()
    again.remember_in(tmp_path / "times.json")
    again.begin()
    assert again.seconds_left is not None


def test_a_start_seen_from_outside_is_followed_by_its_state_file() -> None:
    clock = StageClock()
    clock.follow("weights read", launched=0.0)
    assert [stage.text for stage in clock.stages if stage.is_running] == ["Room for answers"]


def test_without_a_project_nothing_starts(store: ServerStore) -> None:
    store.open(None)
    with pytest.raises(BadInput, match="No project is open"):
        store.start()


@pytest.mark.parametrize(("seconds", "text"), [(5, "5 s"), (600, "10 min"), (7800, "2 h 10 min")])
def test_uptime(seconds: int, text: str) -> None:
    assert uptime(1000.0, 1000.0 + seconds) == text
