"""A sentence or a file becomes a project; recent projects and the machine are told in lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.workbench import beginning
from app.workbench.bench import Workbench
from app.workbench.goals import goals
from app.workbench.machine_store import Check, MachineStore, largest_base
from app.workbench.project import create_project
from app.workbench.recent import RecentProject, RecentProjects
from app.workbench.recent_lines import recent_lines
from app.workbench.settings import SettingsFile
from app.workbench.tasks import InlineTasks, JobList
from app.workbench.views import ViewRequest
from pipeline.machine.machine import Gpu, Machine
from tests.support.later_tasks import LaterTasks


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    settings, recent = SettingsFile(tmp_path / "settings.json"), RecentProjects(tmp_path / "recent.json")
    return Workbench(InlineTasks(), JobList(), settings, recent)


def test_a_project_is_named_after_its_file_or_its_sentence() -> None:
    assert beginning.project_name("", [Path("Support Tickets.csv")]) == "support-tickets"
    assert beginning.project_name("Sort our support messages into queues") == "sort-support-messages"
    assert beginning.project_name("") == "my-project"


def test_a_file_without_a_project_begins_one(bench: Workbench, tmp_path: Path) -> None:
    file = tmp_path / "tickets.csv"
    file.write_text("text,queue\nhello,a\nworld,b\n", "utf-8")
    copied: list[tuple[Path, ...]] = []
    beginning.add_data(bench, [file], copied.append)
    assert bench.project is not None
    assert bench.project.path.name == "tickets"
    assert copied[0][0].read_text("utf-8") == file.read_text("utf-8")


def test_a_second_project_gets_a_number(bench: Workbench) -> None:
    first = beginning.ensure_project(bench, "Sort messages")
    bench.close()
    second = beginning.ensure_project(bench, "Sort messages")
    assert (first.path.name, second.path.name) == ("sort-messages", "sort-messages-2")


def test_opening_a_project_does_not_wait_for_the_list_on_disk(tmp_path: Path) -> None:
    settings, recent = SettingsFile(tmp_path / "settings.json"), RecentProjects(tmp_path / "recent.json")
    tasks = LaterTasks()
    bench = Workbench(tasks, JobList(), settings, recent)
    project = bench.create(tmp_path / "queues")
    assert bench.project == project and recent.items() == []
    tasks.run_all()
    assert [each.path for each in recent.items()] == [project.path]


def test_typing_examples_needs_no_project(bench: Workbench) -> None:
    opened: list[ViewRequest] = []
    bench.views.requested.connect(opened.append)
    beginning.type_examples(bench)
    assert bench.project is not None
    assert bench.project.path.name == "examples"
    assert opened == [ViewRequest("examples")]


def test_every_goal_begins_a_sentence_and_has_a_source() -> None:
    found = goals()
    assert [goal.title for goal in found] == [
        "Sort messages",
        "Answer in our voice",
        "Extract fields",
        "Better at one skill",
        "Make it cheaper",
    ]
    assert all(goal.sentence.endswith(".") and goal.source for goal in found)


def test_a_recent_project_says_what_its_last_run_came_to(tmp_path: Path) -> None:
    project = create_project(tmp_path / "support-triage")
    run = project.run("20261124-101500-triage-3f9a")
    run.path.mkdir(parents=True)
    run.request.write_text("{}", "utf-8")
    difference = {"metric": "accuracy", "against": "base", "value": 0.31, "low": 0.27, "high": 0.35}
    run.verdict.write_text(json.dumps({"outcome": "better", "difference": difference}), "utf-8")
    empty = create_project(tmp_path / "new-one")
    projects = [RecentProject(project.path, 1000.0), RecentProject(empty.path, 1000.0)]
    first, second = recent_lines(projects, now=1000.0 + 2 * 3600)
    assert first.text == "Better than base: +31 points accuracy (27 to 35)"
    assert (first.tone, first.age) == ("good", "2 h ago")
    assert second.text == "Nothing in it yet"


def test_the_machine_is_told_line_by_line() -> None:
    store = MachineStore(InlineTasks())
    counts: list[int] = []
    store.changed.connect(lambda: counts.append(len(store.checks)))
    store.check_again()
    assert counts == sorted(counts)
    assert {1, 2} <= set(counts), "each line shows as soon as it is known"
    assert not store.is_checking
    assert store.checked_at is not None
    assert store.facts is not None
    assert f"{store.facts.cores} core" in store.headline
    assert store.memory_total >= store.memory_used > 0


def test_a_machine_with_a_card_trains_on_it() -> None:
    store = MachineStore(InlineTasks())
    card = Gpu(name="RTX 3060", memory_gib=12.0, free_gib=11.0, driver="550")
    packages = dict.fromkeys(("torch", "vllm", "transformers", "peft", "trl", "accelerate", "bitsandbytes"), "1.0")
    machine = Machine(
        system="Linux",
        architecture="x86_64",
        cores=8,
        cpu_features=["avx2"],
        memory_gib=32,
        available_gib=20,
        disk_free_gib=200,
        gpus=[card],
        python="3.11.7",
        packages=packages,
    )
    store.take_machine(machine)
    assert store.summary == "RTX 3060"
    assert "Train and serve on the RTX 3060" in [check.title for check in store.checks]
    assert not [check for check in store.checks if check.name == "gpu"], "nothing has to be trained elsewhere"


def test_a_bigger_machine_trains_bigger_bases() -> None:
    def machine(cores: int, memory: float) -> Machine:
        return Machine(
            system="Linux", architecture="x86_64", cores=cores, memory_gib=memory, available_gib=1, disk_free_gib=1
        )

    assert largest_base(machine(16, 64)) > largest_base(machine(2, 64))
    assert largest_base(machine(64, 4)) < 1e9, "memory is the limit then"


def test_a_check_is_plain_data() -> None:
    assert Check("data", "ok", "Everything") == Check("data", "ok", "Everything")


def test_work_that_ends_after_its_project_was_closed_changes_nothing(bench: Workbench, tmp_path: Path) -> None:
    followed: list[int] = []
    follow = beginning.while_open(bench, bench.create(tmp_path / "first"), followed.append)
    follow(1)
    bench.close()
    follow(2)
    bench.create(tmp_path / "second")
    follow(3)
    assert followed == [1]


def test_while_projects_change_no_store_stands_beside_anothers_project(bench: Workbench, tmp_path: Path) -> None:
    bench.create(tmp_path / "first")
    (tmp_path / "first" / "data").mkdir(exist_ok=True)
    (tmp_path / "first" / "data" / "rows.csv").write_text("a,b\n1,2\n", "utf-8")
    bench.data.refresh_now()
    assert [file.path.name for file in bench.data.files] == ["rows.csv"]
    seen: list[tuple[str, ...]] = []
    bench.history.changed.connect(
        lambda: seen.append(tuple(str(file.path.parents[1].name) for file in bench.data.files))
    )
    bench.create(tmp_path / "second")
    assert seen
    assert bench.project is not None
    assert bench.project.path.name == "second"
    assert "first" not in seen[-1]
