"""The runs of a project as state: read in the background, kept cheap, marked, started, told apart."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.workbench.run_curve import DetailBuilder, learning, question_of
from app.workbench.run_store import RunStore
from app.workbench.run_words import second_line
from app.workbench.tasks import InlineTasks
from pipeline.errors import BadInput
from pipeline.runs.events import (
    Checkpoint,
    Event,
    EventLog,
    Failure,
    Finished,
    Metrics,
    Paused,
    Progress,
    Sample,
    Started,
)
from pipeline.runs.layout import ProjectFolder
from tests.support.later_tasks import LaterTasks
from tests.support.runs import plant_verdict, planted_run, project_in


def trained(steps: int = 8) -> list[Event]:
    """Events of a run that learned and finished."""
    events: list[Event] = [Started(pid=1), Progress(stage="training", done=0, total=steps)]
    for step in range(1, steps + 1):
        values = {"loss": 2.0 / step, "epoch": step / 4}
        if step % 4 == 0:
            values["validation_loss"] = 2.5 / step
        events += [Metrics(step=step, values=values), Progress(stage="training", done=step, total=steps)]
        if step % 4 == 0:
            events.append(Checkpoint(step=step, path=f"checkpoints/step-{step:06}"))
    return [*events, Finished(step=steps, seconds={"training": 3.0})]


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    return project_in(tmp_path)


@pytest.fixture
def store() -> RunStore:
    return RunStore(InlineTasks())


def test_newest_run_comes_first_with_its_state(project: ProjectFolder, store: RunStore) -> None:
    planted_run(project, "20260101-100000-queues-aaaa", trained())
    plant_verdict(planted_run(project, "20260102-100000-queues-bbbb", trained()))
    planted_run(project, "20260103-100000-queues-cccc", [Started(pid=1), Failure(code="x", message="No room.")])
    store.open(project)
    assert [row.name[-4:] for row in store.runs] == ["cccc", "bbbb", "aaaa"]
    assert [row.state for row in store.runs] == ["failed", "finished", "trained"]
    assert second_line(store.runs[0]) == "No room."
    assert store.runs[1].verdict is not None
    assert store.runs[1].verdict.headline == "It is better."


def test_no_two_runs_are_called_alike(project: ProjectFolder, store: RunStore) -> None:
    for name in ("20260101-100005-queues-aaaa", "20260101-100050-queues-bbbb", "20260102-100000-queues-cccc"):
        planted_run(project, name)
    store.open(project)
    newest, second, first = (row.short_name for row in store.runs)
    assert second == f"{first} (2)"
    assert len({newest, second, first}) == 3 and "(" not in newest + first


def test_curve_events_and_samples_of_a_run(project: ProjectFolder, store: RunStore) -> None:
    prompt = "system\nSort.\nuser\nwhere is it?\nassistant\n"
    answers = [
        Sample(step=step, prompt=prompt, expected="ship", answer=said) for step, said in ((4, "no"), (8, "ship"))
    ]
    planted_run(project, "one", [*trained()[:-1], *answers])
    store.open(project)
    curve = store.curve("one")
    assert [step for step, _ in curve.loss] == list(range(1, 9))
    assert curve.validation == ((4, 0.625), (8, 0.3125))
    assert (curve.checkpoints, curve.passes, curve.total) == ((4, 8), (4, 8), 8)
    assert learning(curve).text.startswith("It is learning: its error on rows it has never seen (loss) fell from 0.625")
    assert store.samples("one")[0].prompt == "where is it?"
    assert "“where is it?” is now answered right" in [event.title for event in store.events("one")]


def test_resumed_run_repeats_no_step() -> None:
    builder = DetailBuilder()
    builder.add([Started(pid=1), *(Metrics(step=step, values={"loss": 1.0}) for step in range(1, 7))])
    builder.add([Started(pid=2, resumed_from_step=4), Metrics(step=5, values={"loss": 0.5})])
    curve = builder.detail().curve
    assert [step for step, _ in curve.loss] == [1, 2, 3, 4, 5]
    assert curve.loss[-1] == (5, 0.5)


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ((2.0, 1.0, 1.5), "It began to learn by heart"),
        ((2.0, 1.0, 0.9), "is still falling"),
        ((2.0, 1.0, 1.0), "has levelled off"),
        ((2.0, 2.0, 2.0), "It doesn't learn"),
    ],
)
def test_learning_says_what_the_curve_says(checks: tuple[float, ...], said: str) -> None:
    builder = DetailBuilder()
    builder.add([Metrics(step=step, values={"validation_loss": value}) for step, value in enumerate(checks, 1)])
    assert said in learning(builder.detail().curve).text


def test_refresh_emits_only_when_something_changed(project: ProjectFolder, store: RunStore) -> None:
    run = planted_run(project, "one", [Started(pid=1), Paused(step=3)])
    store.open(project)
    told: list[str] = []
    store.changed.connect(lambda: told.append("changed"))
    store.refresh()
    assert told == []
    with EventLog(run.events) as log:
        log.write(Started(pid=2, resumed_from_step=3))
        log.write(Finished(step=5))
    store.refresh()
    assert told == ["changed"]
    assert store.runs[0].state == "trained"


def test_marks_survive_and_leave_the_run_folder_alone(project: ProjectFolder, store: RunStore) -> None:
    run = planted_run(project, "one", trained())
    before = sorted(path.name for path in run.path.iterdir())
    store.open(project)
    store.tag("one", "#good", "keep")
    store.note("one", " with more passes ")
    store.archive("one")
    other = RunStore(InlineTasks())
    other.open(project)
    row = other.runs[0]
    assert (row.tags, row.note, row.is_archived) == (("good", "keep"), "with more passes", True)
    assert row.matches("#good") and not row.matches("#bad")
    assert sorted(path.name for path in run.path.iterdir()) == before


def test_damaged_run_is_listed_beside_the_others(project: ProjectFolder, store: RunStore) -> None:
    planted_run(project, "good", trained())
    planted_run(project, "broken").request.write_text("{")
    store.open(project)
    assert {row.name: row.state for row in store.runs} == {"good": "trained", "broken": "damaged"}


def test_what_cannot_be_done_is_told_for_its_run(project: ProjectFolder, store: RunStore) -> None:
    planted_run(project, "one", trained())
    store.open(project)
    told: list[tuple[str, str]] = []
    store.failed.connect(lambda name, error: told.append((name, error.code)))
    store.pause("one")
    assert told == [("one", "run.already_finished")]
    assert store.busy == {}
    with pytest.raises(BadInput, match="no run `two`"):
        store.cancel("two")


def test_start_without_a_plan_says_so(project: ProjectFolder, store: RunStore) -> None:
    store.open(project)
    told: list[str] = []
    store.start_failed.connect(lambda error: told.append(error.code))
    store.start()
    assert told and store.runs == ()


def test_hundreds_of_runs_are_read_in_parts_and_then_cost_little(project: ProjectFolder, store: RunStore) -> None:
    for number in range(300):
        planted_run(project, f"20260101-{number:06}-queues-aaaa", trained(4))
    store.open(project)
    assert len(store.runs) == 40
    assert store.left_to_read == 260
    for _ in range(10):
        store.refresh()
    assert len(store.runs) == 300
    began = time.process_time()
    store.refresh()
    assert time.process_time() - began < 0.1


def test_one_read_at_a_time_and_none_for_a_closed_project(project: ProjectFolder) -> None:
    planted_run(project, "one", trained())
    tasks = LaterTasks()
    store = RunStore(tasks)
    store.open(project)
    store.refresh()
    assert len(tasks.waiting) == 1
    assert store.is_loading
    store.open(None)
    tasks.run_all()
    assert store.runs == ()


def test_words() -> None:
    assert question_of("user\nHello\nassistant\n") == "Hello"
    assert question_of("no turns here") == "no turns here"
