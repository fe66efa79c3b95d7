"""States and summaries from planted event logs and real processes; what control refuses."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.errors import BadInput, Failed
from pipeline.jobs.control import cancel, pause, resume
from pipeline.jobs.find import find_run
from pipeline.jobs.follow import follow, wait
from pipeline.jobs.state import RUNNING, STATES, RunState, state, summary
from pipeline.jobs.worker import find_worker, record_name, worker_records
from pipeline.processes.detached import module_environment, start
from pipeline.processes.group import is_alive
from pipeline.processes.record import ProcessRecord
from pipeline.runs.events import (
    Cancelled,
    Checkpoint,
    Event,
    EventLog,
    Failure,
    Finished,
    Metrics,
    Paused,
    Progress,
    Started,
    Warned,
    read_events,
)
from pipeline.runs.layout import ProjectFolder, RunFolder
from tests.support.runs import planted_run

BEGAN: list[Event] = [Started(pid=1), Progress(stage="preparing", done=0, total=0)]
TRAINED: list[Event] = [*BEGAN, Progress(stage="training", done=3, total=9, eta_s=2.5)]
ENDS: list[tuple[Event, RunState]] = [
    (Paused(step=3), "paused"),
    (Cancelled(step=3), "cancelled"),
    (Failure(code="training.diverged", message="Loss is nan.", hint="Lower the rate."), "failed"),
    (Finished(step=9, seconds={"training": 4.0}, adapter_sha256="aa"), "finished"),
]
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def living_worker(run: RunFolder, command: Sequence[str] = SLEEP) -> ProcessRecord:
    """A process in the worker's place that does nothing by itself."""
    return start(command, name=record_name(run), records=worker_records(), log=run.log, cwd=run.path)


@pytest.mark.parametrize(("end", "expected"), ENDS, ids=[name for _, name in ENDS])
def test_a_run_without_a_worker_is_what_its_log_ends_with(
    project: ProjectFolder, end: Event, expected: RunState
) -> None:
    assert state(planted_run(project, "one", [*TRAINED, end])) == expected
    resumed = planted_run(project, "two", [*TRAINED, end, Started(pid=2), Progress(stage="training", done=4, total=9)])
    assert state(resumed) == "interrupted"


def test_a_worker_that_is_gone_without_an_end_leaves_an_interrupted_run(project: ProjectFolder) -> None:
    assert state(planted_run(project, "never-began")) == "interrupted"
    run = planted_run(project, "one", TRAINED)
    run.log.write_text("reading\n\nMemoryError: no memory\n")
    found = summary(run)
    assert (found.state, found.step, found.total) == ("interrupted", 3, 9)
    assert found.error is not None
    assert found.error["code"] == "run.interrupted"
    assert "step 3 of 9" in found.error["message"]
    assert found.error["hint"].endswith("vibetune runs resume one")
    assert found.error["log"] == ["reading", "MemoryError: no memory"]


def test_a_living_worker_makes_it_preparing_or_training(project: ProjectFolder) -> None:
    run = planted_run(project, "one")
    worker = living_worker(run)
    assert state(run) == "preparing"
    assert worker.pid is not None
    with EventLog(run.events) as log:
        log.write(Started(pid=worker.pid))
        assert state(run) == "preparing"
        log.write(Progress(stage="training", done=1, total=9))
        assert state(run) == "training"
        log.write(Progress(stage="probing", done=0, total=0))
        found = summary(run)
        assert (found.state, found.stage, found.step) == ("training", "probing", 1)
        log.write(Finished(step=9))
    assert state(run) == "finished", "the process may take a moment to end"


def test_another_worker_than_the_one_that_wrote_the_end_is_resuming(project: ProjectFolder) -> None:
    run = planted_run(project, "one", [*TRAINED, Paused(step=3)])
    living_worker(run)
    assert state(run) == "preparing"


def test_a_summary_folds_the_log_over_attempts(project: ProjectFolder) -> None:
    first: list[Event] = [
        *TRAINED,
        Metrics(step=1, values={"loss": 3.0, "memory_gib": 1.5}),
        Checkpoint(step=1, path="checkpoints/step-000001"),
        Metrics(step=2, values={"loss": 2.0}),
        Warned(code="training.slow", message="Slow."),
    ]
    second: list[Event] = [
        Started(pid=2, resumed_from_step=1),
        Metrics(step=2, values={"loss": 1.9, "validation_loss": 2.2, "memory_gib": 0.9}),
        Progress(stage="training", done=9, total=9, eta_s=0.0),
        Finished(step=9, seconds={"training": 4.0}, adapter_sha256="aa"),
    ]
    found = summary(planted_run(project, "one", [*first, *second]))
    assert found.loss == [(1, 3.0), (2, 1.9)], "a step that was repeated counts once"
    assert (found.validation_loss, found.attempts, found.eta_s) == (2.2, 2, None)
    assert (found.adapter, found.adapter_sha256, found.seconds) == ("adapter", "aa", {"training": 4.0})
    assert found.warnings == [{"code": "training.slow", "message": "Slow."}]
    assert found.memory_gib == 1.5, "the most over all attempts"
    assert found.error is None
    failed = summary(planted_run(project, "two", [*TRAINED, ENDS[2][0]]))
    assert failed.error == {"code": "training.diverged", "message": "Loss is nan.", "hint": "Lower the rate."}
    assert set(found.as_json()) == set(failed.as_json()) >= {"run", "state", "step", "total", "eta_s", "loss", "error"}


def test_the_time_between_attempts_does_not_count(project: ProjectFolder) -> None:
    run = planted_run(project, "one")
    times = [100.0, 104.0, 5000.0, 5003.0]
    events = [Started(pid=1), Paused(step=1), Started(pid=2), Cancelled(step=2)]
    stamped = [
        event.model_copy(update={"seq": seq, "time": moment})
        for seq, (event, moment) in enumerate(zip(events, times, strict=True), 1)
    ]
    run.events.write_text("".join(event.model_dump_json() + "\n" for event in stamped))
    assert summary(run).elapsed_s == 7.0


def test_a_watcher_sees_every_event_until_the_end(project: ProjectFolder) -> None:
    run = planted_run(project, "one", TRAINED)
    script = (
        "import sys, time; from pathlib import Path; from pipeline.runs.events import EventLog, Finished, Progress\n"
        f"log = EventLog(Path({str(run.events)!r}))\n"
        "for step in (4, 5, 6): log.write(Progress(stage='training', done=step, total=9)); time.sleep(0.05)\n"
        "log.write(Finished(step=9))"
    )
    start(
        [sys.executable, "-P", "-c", script],
        name=record_name(run),
        records=worker_records(),
        log=run.log,
        cwd=run.path,
        environment=module_environment(),
    )
    seen: list[int] = []
    found = wait(run, lambda event: seen.append(event.seq), poll_s=0.01)
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    assert (found.state, found.step) == ("finished", 9)
    assert [event.seq for event in follow(run)] == seen, "a watcher that comes late sees the past"


def test_what_does_not_run_is_neither_paused_nor_cancelled(project: ProjectFolder) -> None:
    for act, wish in ((cancel, "cancelled"), (pause, "paused")):
        dead = planted_run(project, f"dead-{wish}", TRAINED)
        with pytest.raises(BadInput, match=f"can't be {wish}: it is interrupted") as refusal:
            act(dead)
        assert refusal.value.code == "run.not_running"
        assert "resume" in refusal.value.hint
        assert not dead.control.exists()
        finished = planted_run(project, f"finished-{wish}", [*TRAINED, ENDS[3][0]])
        with pytest.raises(BadInput) as late:
            act(finished)
        assert late.value.code == "run.already_finished"
        with pytest.raises(BadInput) as missing:
            act(project.run("nobody"))
        assert missing.value.code == "run.missing"


def test_what_is_finished_or_runs_is_not_resumed(project: ProjectFolder) -> None:
    with pytest.raises(BadInput) as finished:
        resume(planted_run(project, "finished", [*TRAINED, ENDS[3][0]]))
    assert finished.value.code == "run.already_finished"
    running = planted_run(project, "running", TRAINED)
    worker = living_worker(running)
    with pytest.raises(BadInput) as refusal:
        resume(running)
    assert refusal.value.code == "run.already_running"
    assert find_worker(running) == worker


def test_a_worker_that_does_not_listen_is_stopped_and_the_run_is_cancelled(project: ProjectFolder) -> None:
    run = planted_run(project, "one", TRAINED)
    worker = living_worker(run)
    assert cancel(run, wait_s=0.1) == "cancelled"
    assert not is_alive(worker)
    assert read_events(run.events)[-1].model_dump(include={"event", "step", "seq"}) == {
        "event": "cancelled",
        "step": 3,
        "seq": 4,
    }
    assert not run.control.exists()


def test_a_pause_that_takes_long_says_so_and_stays_wished(project: ProjectFolder) -> None:
    run = planted_run(project, "one", TRAINED)
    living_worker(run)
    with pytest.raises(Failed) as slow:
        pause(run, wait_s=0.1)
    assert slow.value.code == "run.not_paused"
    assert run.control.read_text() == "pause\n"
    assert state(run) in RUNNING


def test_runs_are_found_by_name_and_near_names_are_offered(project: ProjectFolder) -> None:
    with pytest.raises(BadInput, match="no runs yet"):
        find_run(project)
    for name in ("20260101-100000-queues-aaaa", "20260102-100000-tone-bbbb"):
        planted_run(project, name)
    planted_run(project, ".20260103-100000-torn-cccc.x1y2")  # what a kill leaves of a folder in the making
    assert find_run(project).name == "20260102-100000-tone-bbbb"
    assert find_run(project, "20260101-100000-queues-aaaa").name == "20260101-100000-queues-aaaa"
    for wrong in ("queues", "20260101-100000-queue-aaaa"):
        with pytest.raises(BadInput, match=r"Did you mean .*20260101-100000-queues-aaaa") as refusal:
            find_run(project, wrong)
        assert refusal.value.code == "run.unknown"


def test_looking_at_runs_imports_nothing_heavy(project: ProjectFolder) -> None:
    run = planted_run(project, "one", TRAINED)
    script = (
        "import sys; from pathlib import Path; from pipeline.jobs import control, find, follow\n"
        "from pipeline.jobs.state import state; from pipeline.runs.layout import RunFolder\n"
        f"assert state(RunFolder(Path({str(run.path)!r}))) == 'interrupted'\n"
        "print(sorted({'torch', 'sqlalchemy', 'pyarrow', 'numpy', 'polars'} & set(sys.modules)))"
    )
    command = [sys.executable, "-P", "-c", script]
    done = subprocess.run(command, env=module_environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_state_is_shown_above() -> None:
    assert set(STATES) == {name for _, name in ENDS} | RUNNING | {"interrupted"}
    assert Path(__file__).read_text().count("interrupted") > 4
