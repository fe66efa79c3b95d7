"""Edits and labels as state: written at once, undone in the order of everything else, there again after a restart."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.workbench.actions import data, data_editing, plan
from app.workbench.bench import Workbench
from app.workbench.data_edits import edit_row, leaves_out
from app.workbench.data_labelling import Labelling
from app.workbench.data_labels import LabelQueue
from app.workbench.data_rows import Page, Query, RowDetail, SourceFacts
from app.workbench.data_steps import LineStep, LineSteps, mend
from app.workbench.recent import RecentProjects
from app.workbench.settings import SettingsFile
from app.workbench.tasks import InlineTasks, JobList
from app.workbench.views import ViewRequest
from pipeline.datasets.versions.build import build_version
from pipeline.datasets.versions.version import SPLITS
from pipeline.errors import BadInput
from pipeline.plan.document import new_document
from pipeline.plan.model import Plan

ROWS = [
    ("I was charged twice for the invoice", "billing"),
    ("I was charged twice for the invoice", "delivery"),
    ("The invoice is wrong again", "billing"),
    ("The bill on my card is wrong", "billing"),
    ("Where is my parcel today", "delivery"),
    ("The parcel came broken and wet", "delivery"),
    ("My parcel is late again", "delivery"),
    ("The invoice for my card is wrong", ""),
    ("Where does my parcel wait", ""),
]


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A project with a plan over rows of which some have no label and two contradict each other."""
    made = new_bench(tmp_path)
    project = made.create(tmp_path / "project")
    lines = [json.dumps({"text": text, "queue": queue}) for text, queue in ROWS]
    path(made).parent.mkdir(exist_ok=True)
    path(made).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    new_document(queues()).save(project.plan)
    made.open(project.path)
    return made


def new_bench(folder: Path) -> Workbench:
    made = Workbench(
        InlineTasks(), JobList(), SettingsFile(folder / "settings.json"), RecentProjects(folder / "recent.json")
    )
    made.commands.add(*data.commands(), *data_editing.commands(), *plan.commands())
    return made


def count(bench: Workbench) -> int:
    """Edits in force."""
    return len(bench.edits.edits)


def queues() -> Plan:
    return Plan.model_validate(
        {
            "name": "queues",
            "task": "classification",
            "dataset": {
                "sources": [{"path": "data/tickets.jsonl"}],
                "columns": {"prompt": ["text"], "completion": ["queue"]},
                "split": {"validation": 0, "test": 0},
            },
        }
    )


def path(bench: Workbench) -> Path:
    return bench.require_project().path / "data" / "tickets.jsonl"


def detail(bench: Workbench, number: int) -> RowDetail:
    found: list[RowDetail] = []
    bench.data.detail(str(path(bench)), number, found.append)
    return found[0]


def facts(bench: Workbench) -> SourceFacts:
    found: list[SourceFacts] = []
    bench.data.facts(str(path(bench)), found.append)
    return found[0]


def cells(bench: Workbench, query: Query = Query()) -> list[tuple[str, ...]]:  # noqa: B008
    found: list[Page] = []
    bench.data.page(str(path(bench)), 0, 100, found.append, query=query)
    return [row.cells for row in found[0].rows]


def labelling(bench: Workbench) -> Labelling:
    work = Labelling(bench, path(bench))
    bench.edits.changed.connect(work.follow_edits)
    work.load()
    bench.views.activated(ViewRequest("labels", str(path(bench))))
    return work


def test_an_edited_row_is_shown_as_edited_and_its_file_stays(bench: Workbench) -> None:
    before = path(bench).read_bytes()
    edit_row(bench, path(bench), detail(bench, 4), {"text": "The bill is right", "queue": "billing"})
    assert cells(bench)[3][:2] == ("The bill is right", "billing")
    assert detail(bench, 4).mark.startswith("edited: text")
    assert [(cell.name, cell.before) for cell in detail(bench, 4).cells if cell.is_edited] == [("text", ROWS[3][0])]
    assert facts(bench).edited == 1
    assert path(bench).read_bytes() == before


def test_nothing_is_written_where_nothing_differs(bench: Workbench) -> None:
    assert edit_row(bench, path(bench), detail(bench, 4), {"text": ROWS[3][0], "queue": "billing"}) is None
    assert not bench.edits.edits
    assert bench.plan.plan is not None
    assert bench.plan.plan.dataset.edits is None


def test_the_plan_names_the_edits_and_a_version_has_them(bench: Workbench) -> None:
    edit_row(bench, path(bench), detail(bench, 8), {"queue": "billing"})
    assert bench.plan.plan is not None
    assert bench.plan.plan.dataset.edits == "edits.jsonl"
    version = build_version(bench.plan.plan, bench.require_project().path)
    labels = {row.prompt[-1]["content"]: row.label for split in SPLITS for row in version.rows(split)}
    assert labels[ROWS[7][0]] == "billing"


def test_a_filter_sees_the_edited_cells(bench: Workbench) -> None:
    query = Query(text="queue:sales")
    assert cells(bench, query) == []
    edit_row(bench, path(bench), detail(bench, 4), {"queue": "sales"})
    assert len(cells(bench, query)) == 1
    bench.run("data.undo")
    assert cells(bench, query) == []


def test_rows_to_look_at_are_a_part_of_their_own(bench: Workbench) -> None:
    assert dict(facts(bench).parts)["marked"] == 4
    assert [row[-1] for row in cells(bench, Query("marked"))] == ["contradicts 2", "contradicts 1", *["no label"] * 2]


def test_rows_are_counted_in_tokens(bench: Workbench) -> None:
    lengths = facts(bench).lengths
    assert lengths is not None
    assert (lengths.counted, lengths.rows, lengths.over) == (7, 9, 0)
    assert 0 < lengths.p50 <= lengths.p95 <= lengths.longest
    assert sum(lengths.bins) == 7
    assert all(row[2].isdigit() for row in cells(bench)[:7])
    assert cells(bench)[7][2] == "", "a row without an answer is not encoded"


def test_the_queue_asks_for_contradictions_then_for_missing_labels(bench: Workbench) -> None:
    work = labelling(bench)
    assert isinstance(work.queue, LabelQueue)
    assert work.queue.column == "queue"
    assert [(item.number, item.kind) for item in work.items[:2]] == [(1, "contradiction"), (2, "contradiction")]
    guesses = {item.number: item.guess for item in work.items if item.kind == "unlabelled"}
    assert guesses == {8: "billing", 9: "delivery"}
    assert "same text under “delivery”" in work.items[0].why


def test_a_label_is_written_and_the_next_open_row_comes(bench: Workbench) -> None:
    work = labelling(bench)
    work.label("billing")
    assert work.current is not None
    assert work.current.number == 2
    assert work.decided == 1
    work.label("billing")
    assert dict(work.names)["billing"] == 4
    assert [cell[1] for cell in cells(bench)[:2]] == ["billing", "billing"]
    assert dict(facts(bench).parts)["marked"] == 3, "the contradiction is settled; the changed row is marked as edited"


def test_a_confirmed_label_is_not_doubted_again(bench: Workbench) -> None:
    work = labelling(bench)
    work.label("billing")
    work.load("queue")
    assert 1 not in {item.number for item in work.items}


def test_a_new_label_comes_last_so_that_keys_keep_their_meaning(bench: Workbench) -> None:
    work = labelling(bench)
    before = [name for name, _ in work.names]
    work.label("account")
    assert [name for name, _ in work.names] == [*before, "account"]


def test_skipping_decides_nothing(bench: Workbench) -> None:
    work = labelling(bench)
    work.step(1)
    assert work.current is not None
    assert (work.current.number, work.decided) == (2, 0)
    work.step(-1)
    assert work.position == 1


def test_an_undone_label_brings_its_row_back(bench: Workbench) -> None:
    work = labelling(bench)
    work.label("billing")
    work.label("billing")
    bench.run("data.undo")
    assert work.current is not None
    assert (work.current.number, work.decided) == (2, 1)
    bench.run("data.redo")
    assert work.decided == 2


def test_undo_goes_through_labels_and_plan_in_their_order(bench: Workbench) -> None:
    work = labelling(bench)
    work.label("billing")
    bench.plan.change("dataset.split.seed", 7, "Another seed")
    work.label("billing")
    bench.run("data.undo")
    assert count(bench) == 1
    bench.run("data.undo")
    assert "seed: 7" not in bench.plan.text
    bench.run("data.undo")
    assert count(bench) == 0
    bench.run("data.undo")
    assert "edits.jsonl" not in bench.plan.text
    for _ in range(4):
        bench.run("data.redo")
    assert count(bench) == 2
    assert bench.plan.plan is not None
    assert (bench.plan.plan.dataset.split.seed, bench.plan.plan.dataset.edits) == (7, "edits.jsonl")


def test_labels_can_be_undone_after_a_restart(bench: Workbench, tmp_path: Path) -> None:
    labelling(bench).label("billing")
    again = new_bench(tmp_path)
    again.open(bench.require_project().path)
    assert count(again) == 1
    again.run("data.undo")
    assert count(again) == 0
    third = new_bench(tmp_path)
    third.open(bench.require_project().path)
    third.run("data.redo")
    assert count(third) == 1


def test_a_label_that_was_being_written_when_the_power_failed_is_cut_off(bench: Workbench) -> None:
    work = labelling(bench)
    work.label("billing")
    edits = bench.require_project().path / "edits.jsonl"
    with edits.open("a") as file:
        file.write('{"source": "data/tick')
    bench.refresh()
    assert count(bench) == 1
    work.label("billing")
    assert len(edits.read_text().splitlines()) == count(bench) == 2


def test_an_undo_never_loses_what_somebody_else_wrote(bench: Workbench) -> None:
    labelling(bench).label("billing")
    edits = bench.require_project().path / "edits.jsonl"
    edits.write_text(edits.read_text() + edits.read_text().replace("billing", "sales"))
    with pytest.raises(BadInput) as error:
        bench.edits.steps.undo()
    assert error.value.code == "history.changed"


def test_a_broken_edits_file_is_said_and_not_written_to(bench: Workbench) -> None:
    edits = bench.require_project().path / "edits.jsonl"
    edits.write_text("no json\n")
    bench.refresh()
    with pytest.raises(BadInput, match="Line 1"):
        edit_row(bench, path(bench), detail(bench, 4), {"queue": "sales"})
    assert edits.read_text() == "no json\n"


def test_rows_without_any_label_get_a_column(bench: Workbench) -> None:
    texts = [f"message {number} about something" for number in range(6)]
    path(bench).write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    bench.data.refresh_now()
    work = labelling(bench)
    work.load("label")
    assert len(work.items) == 6
    work.label("good")
    work.label("bad")
    assert work.names == (("good", 1), ("bad", 1))
    assert cells(bench)[0][:2] == (texts[0], "good")
    bench.views.activated(ViewRequest("data", str(path(bench))))
    bench.run("data.write_edited")
    written = path(bench).with_name("tickets-edited.csv").read_text().splitlines()
    assert written[:3] == ["text,label", f"{texts[0]},good", f"{texts[1]},bad"]


def test_edits_that_the_plan_leaves_out_are_seen(bench: Workbench) -> None:
    edit_row(bench, path(bench), detail(bench, 4), {"queue": "sales"})
    assert not leaves_out(bench, path(bench))
    bench.plan.unset_field("dataset.edits")
    assert leaves_out(bench, path(bench))


def test_a_plan_with_edits_of_its_own_is_left_alone(bench: Workbench) -> None:
    bench.plan.change("dataset.edits", "mine.jsonl", "Mine")
    with pytest.raises(BadInput) as error:
        edit_row(bench, path(bench), detail(bench, 4), {"queue": "sales"})
    assert error.value.code == "data.other_edits"


def test_a_list_stays_a_list(bench: Workbench) -> None:
    path(bench).write_text(json.dumps({"text": "a", "tags": ["x"], "n": 3}) + "\n")
    row = detail(bench, 1)
    with pytest.raises(BadInput) as error:
        edit_row(bench, path(bench), row, {"tags": '["x", '})
    assert error.value.code == "data.bad_value"
    edit_row(bench, path(bench), row, {"tags": '["x", "y"]', "n": "4"})
    assert {cell.name: cell.value for cell in detail(bench, 1).cells} == {"text": "a", "tags": ["x", "y"], "n": 4}


def test_a_version_cannot_be_labelled(bench: Workbench) -> None:
    assert bench.plan.plan is not None
    version = build_version(bench.plan.plan, bench.require_project().path)
    bench.data.refresh_now()
    bench.views.activated(ViewRequest("data", f"{version.name}@{version.id}"))
    for name in ("data.label", "data.edit_row"):
        reason = bench.commands[name].why_not(bench)
        assert reason is not None
        assert "never changes" in reason


def test_a_log_of_steps_that_cannot_be_read_is_kept_aside(bench: Workbench) -> None:
    labelling(bench).label("billing")
    project = bench.require_project()
    log = project.state / "history" / "lines.jsonl"
    log.write_text("{broken\n")
    steps = LineSteps()
    steps.open(project)
    assert steps.last is None
    assert log.with_suffix(".unreadable.jsonl").is_file()


@pytest.mark.parametrize(
    ("before", "after"),
    [("[1]\n[2]\n", "[1]\n[2]\n"), ("[1]\n[2", "[1]\n"), ("[1]\n[2]", "[1]\n[2]\n"), ("[", ""), ("", "")],
)
def test_only_an_unfinished_line_is_cut_off(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "lines"
    file.write_text(before)
    mend(file)
    assert file.read_text() == after
    mend(tmp_path / "missing")
    assert not (tmp_path / "missing").exists()


def test_what_a_person_wrote_is_never_taken_for_a_torn_step(bench: Workbench) -> None:
    steps, file = opened(bench), bench.require_project().path / "edits.jsonl"
    steps.add(file, "first line\n", "First")
    file.write_text("own line\n")
    again = opened(bench)
    assert file.read_text() == "own line\n"
    with pytest.raises(BadInput):
        again.undo()


def test_rows_are_filtered_by_their_tokens(bench: Workbench) -> None:
    counts = sorted(int(row[2]) for row in cells_with_tokens(bench))
    middle = counts[len(counts) // 2]
    assert len(cells(bench, Query(text=f"tokens>{middle}"))) == sum(count > middle for count in counts)
    assert len(cells(bench, Query(text=f"tokens<={middle} tokens>0"))) == sum(count <= middle for count in counts)
    assert len(cells(bench, Query(text=f"invoice queue:billing tokens<={counts[-1]}"))) == 2
    assert cells(bench, Query(text="tokens>9999")) == []
    assert cells(bench, Query(text="tokens>x")) == []


def cells_with_tokens(bench: Workbench) -> list[tuple[str, ...]]:
    facts(bench)
    return [row for row in cells(bench) if row[2]]


def test_a_versions_rows_are_filtered_by_their_tokens(bench: Workbench) -> None:
    assert bench.plan.plan is not None
    version = build_version(bench.plan.plan, bench.require_project().path)
    bench.data.refresh_now()
    found: list[Page] = []
    for text in ("tokens>0", "tokens>9999", "parcel tokens<9999"):
        bench.data.page(f"queues@{version.id}", 0, 100, found.append, query=Query(text=text))
    assert [page.total for page in found] == [version.counts.train, 0, 3]


def test_a_version_is_frozen_from_the_plan_and_its_edits(bench: Workbench) -> None:
    opened: list[ViewRequest] = []
    bench.views.requested.connect(opened.append)
    bench.run("data.freeze")
    edit_row(bench, path(bench), detail(bench, 8), {"queue": "billing"})
    bench.run("data.freeze")
    first, second = (request.key for request in opened)
    rows = {f"{each.name}@{each.version}": each.train_rows for each in bench.data.versions}
    assert rows[second] == rows[first] + 1
    bench.run("data.freeze")
    assert len(bench.data.versions) == 2, "the same content is there already"


def opened(bench: Workbench) -> LineSteps:
    steps = LineSteps()
    steps.open(bench.require_project())
    return steps


@pytest.mark.parametrize("written", [0, 5, 11])
def test_a_step_that_was_being_written_is_not_in_force(bench: Workbench, written: int) -> None:
    steps, file = opened(bench), bench.require_project().path / "edits.jsonl"
    steps.add(file, "first line\n", "First")
    steps.add(file, "other line\n", "Other")
    file.write_bytes(file.read_bytes()[: 11 + written])
    again = opened(bench)
    assert again.last is not None
    if written == len("other line\n"):
        assert again.last.title == "Other"
    else:
        assert again.last.title == "First"
        assert file.read_text() == "first line\n"
        again.redo()
    assert file.read_text() == "first line\nother line\n"
    assert opened(bench).position == 2


def test_an_undo_and_a_redo_that_were_not_noted_are_found(bench: Workbench) -> None:
    steps, file = opened(bench), bench.require_project().path / "edits.jsonl"
    steps.add(file, "first line\n", "First")
    file.write_text("")
    again = opened(bench)
    assert (again.last, again.next is not None) == (None, True)
    file.write_text("first line\n")
    third = opened(bench)
    assert third.last is not None
    third.undo()
    assert file.read_text() == ""


_KILLED = """
import sys
from pathlib import Path
from app.workbench.data_steps import LineSteps
from pipeline.runs.layout import ProjectFolder
project = ProjectFolder(Path(sys.argv[1]))
steps = LineSteps()
steps.open(project)
print("ready", flush=True)
number = steps.position
while True:
    steps.add(project.path / "edits.jsonl", f"line {number}\\n", f"Step {number}")
    number += 1
"""


def test_nothing_is_lost_or_torn_by_a_kill(bench: Workbench) -> None:
    project = bench.require_project()
    file = project.path / "edits.jsonl"
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-P", "-c", _KILLED, str(project.path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        before = file.stat().st_size if file.exists() else 0
        while not file.exists() or file.stat().st_size < before + 200:
            assert process.poll() is None
        process.kill()
        process.wait()
        process.stdout.close()
        steps = opened(bench)
        lines = file.read_text().splitlines()
        assert lines == [f"line {number}" for number in range(len(lines))]
        assert [step.text for step in steps.steps[: steps.position]] == [f"{line}\n" for line in lines]
    steps = opened(bench)
    while steps.last is not None:
        steps.undo()
    assert file.read_text() == ""


def test_a_step_that_cannot_be_written_is_none(bench: Workbench) -> None:
    steps = opened(bench)
    folder = bench.require_project().path / "taken"
    folder.mkdir()
    with pytest.raises(OSError, match="directory"):
        steps.add(folder, "text\n", "Into a folder")
    assert steps.last is None
    assert opened(bench).last is None
    assert LineStep("t", "f", 3, "ü\n", 0.0).end == 6
