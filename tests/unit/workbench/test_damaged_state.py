"""What the window keeps below `.vibetune`, cut off or edited to garbage: the project opens all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.workbench.bench import Workbench
from app.workbench.layout_file import read_layout
from app.workbench.recent import RecentProjects
from app.workbench.run_marks import Marks
from app.workbench.settings import SettingsFile
from app.workbench.tasks import InlineTasks, JobList
from app.workbench.votes import read_votes
from tests.support.runs import planted_run, project_in

GARBAGE = {
    "empty": b"",
    "cut off": b'{"version": 1, "na',
    "list": b"[1]\n",
    "number": b"3\n",
    "null": b"null\n",
    "bytes": b"\xff\xfe\x00\x80\n",
    "deep": b"[" * 5_000 + b"\n",
    "wrong kinds": json.dumps(
        {
            "version": 1,
            "runs": {"one": 3},
            "drafts": [1],
            "checkpoints": [3],
            "position": [],
            "done": 3,
            "kind": "message",
            "number": {},
            "shown": 3,
            "prompt": {},
        }
    ).encode()
    + b"\n",
}
FILES = (
    "history/checkpoints.json",
    "history/lines.jsonl",
    "chats/20260101-100000-000000.jsonl",
    "drafts.json",
    "layout.json",
    "prompts.jsonl",
    "run-marks.json",
    "votes.jsonl",
    "datasets/queues/0a1b2c3d4e5f/manifest.json",
    "adapters/queues/v1/manifest.json",
    "adapters/queues/aliases.json",
    "deployments/local.state.json",
    "processes/engine-local.json",
)


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=list(GARBAGE))
@pytest.mark.parametrize("name", FILES)
def test_a_project_opens_with_any_of_its_files_damaged(tmp_path: Path, name: str, garbage: bytes) -> None:
    project = project_in(tmp_path)
    planted_run(project, "one")
    project.plan.write_text("version: 1\n")
    path = project.state / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(garbage)
    bench = Workbench(
        InlineTasks(), JobList(), SettingsFile(tmp_path / "settings.json"), RecentProjects(tmp_path / "recent.json")
    )
    bench.open(project.path)
    bench.refresh()
    assert [row.name for row in bench.runs.runs] == ["one"]
    read_layout(project.state / "layout.json")
    read_votes(project.state / "votes.jsonl")
    Marks.read(project.state)


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=list(GARBAGE))
def test_settings_and_recent_projects(tmp_path: Path, garbage: bytes) -> None:
    for name in ("settings.json", "recent.json"):
        (tmp_path / name).write_bytes(garbage)
    assert SettingsFile(tmp_path / "settings.json").values is not None
    assert RecentProjects(tmp_path / "recent.json").items() == []
