"""Adapters' versions, aliases and the catalog behind them: idempotent, crash-safe, built again from folders."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.bases.base import read_base
from pipeline.catalog.entries import AdapterEntry
from pipeline.catalog.store import Entry, open_catalog
from pipeline.errors import BadInput, Failed, VibetuneError
from pipeline.jobs.adapters import find_adapter, list_adapters, rollback, set_alias
from pipeline.jobs.folders import Rebuilt, rebuild
from pipeline.jobs.registry import import_adapter, register_run
from pipeline.processes.detached import module_environment
from pipeline.runs.layout import ProjectFolder
from pipeline.runs.manifest import read_manifest
from tests.support.runs import finished_run, plant_verdict, planted_run
from tests.support.tiny_model import make_tiny_adapter


def content(project: ProjectFolder) -> list[Entry]:
    with open_catalog(project.catalog) as catalog:
        lists = (catalog.datasets(), catalog.runs(), catalog.adapters(), catalog.alias_changes(), catalog.verdicts())
        return [entry for entries in lists for entry in entries]


def test_a_finished_run_becomes_the_next_version_once(project: ProjectFolder) -> None:
    first, second = finished_run(project, "r1"), finished_run(project, "r2", seed=2)
    assert register_run(project, first) == "queues@v1"
    before = content(project)
    assert register_run(project, first) == "queues@v1"
    assert content(project) == before
    assert register_run(project, second) == "queues@v2"
    assert [adapter.address for adapter in list_adapters(project)] == ["queues@v1", "queues@v2"]
    folder = project.adapters / "queues" / "v1"
    files = {path.name: path.read_bytes() for path in first.adapter.iterdir()}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert find_adapter(project, "queues@v1").folder == folder
    assert find_adapter(project, "queues@v1").entry.path == ".vibetune/adapters/queues/v1"


def test_the_catalog_knows_run_dataset_and_the_verdict_that_comes_later(project: ProjectFolder) -> None:
    run = finished_run(project, "r1")
    register_run(project, run)
    assert find_adapter(project, "queues").verdict is None
    plant_verdict(run)
    register_run(project, run)
    verdict = find_adapter(project, "queues").verdict
    assert verdict is not None
    assert (verdict.metric, verdict.value, verdict.outcome) == ("accuracy", 0.3, "better")
    with open_catalog(project.catalog) as catalog:
        entry = catalog.run("r1")
        assert entry is not None
        assert (entry.train_s, entry.dataset) == (2.5, "queues")
        assert [(dataset.name, dataset.train_rows) for dataset in catalog.datasets()] == [("queues", 80)]


def test_only_a_finished_run_with_the_weights_it_trained_is_taken(project: ProjectFolder) -> None:
    with pytest.raises(BadInput, match="interrupted") as refusal:
        register_run(project, planted_run(project, "dead"))
    assert refusal.value.code == "run.not_finished"
    run = finished_run(project, "r1")
    (run.adapter / "adapter_model.safetensors").write_bytes(b"other")
    with pytest.raises(Failed) as damaged:
        register_run(project, run)
    assert damaged.value.code == "adapter.damaged"
    assert list_adapters(project) == []


def test_a_kill_between_folder_and_row_is_healed(project: ProjectFolder) -> None:
    run = finished_run(project, "r1")
    register_run(project, run)
    expected = content(project)
    with open_catalog(project.catalog) as catalog:
        catalog.replace_all([])  # what a kill before the row leaves
    assert register_run(project, run) == "queues@v1"
    with open_catalog(project.catalog) as catalog:
        catalog.replace_all([])
    assert [adapter.address for adapter in list_adapters(project)] == ["queues@v1"], "also by whoever only looks"
    assert content(project) == expected


def test_a_kill_before_the_rename_leaves_no_version(project: ProjectFolder) -> None:
    run = finished_run(project, "r1")
    torn = project.adapters / "queues" / ".v1.torn"
    torn.mkdir(parents=True)
    (torn / "adapter_model.safetensors").write_bytes(b"half")
    assert list_adapters(project) == []
    assert register_run(project, run) == "queues@v1"


def test_the_catalog_is_built_again_with_the_same_content(project: ProjectFolder) -> None:
    for number in (1, 2, 3):
        run = finished_run(project, f"r{number}", seed=number)
        plant_verdict(run, value=number / 10)
        register_run(project, run)
    register_run(project, finished_run(project, "r4", adapter="tone", seed=4))
    set_alias(project, "queues@v1", "stable")
    set_alias(project, "queues@v2", "stable")
    rollback(project, "queues", "stable")
    before = content(project)
    assert len(before) == 1 + 4 + 4 + 6 + 3
    for leftover in project.state.glob("catalog.db*"):
        leftover.unlink()
    assert rebuild(project) == Rebuilt(len(before), ())
    assert content(project) == before


def test_two_processes_at_once_make_one_version(project: ProjectFolder) -> None:
    finished_run(project, "r1")
    finished_run(project, "r2", seed=2)
    script = (
        "import sys; from pathlib import Path; from pipeline.jobs.registry import register_run\n"
        "from pipeline.runs.layout import ProjectFolder\n"
        f"project = ProjectFolder(Path({str(project.path)!r}))\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "print([register_run(project, project.run(name)) for name in sys.argv[1:]])"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": module_environment()}
    command = [sys.executable, "-P", "-c", script]
    racers = [subprocess.Popen([*command, *runs], **pipes) for runs in (("r1", "r2"), ("r2", "r1"))]  # type: ignore[call-overload]
    said = []
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        with racer:
            said.append(racer.stdout.read())
        assert racer.returncode == 0
    addresses = [json.loads(text.replace("'", '"')) for text in said]
    assert addresses[0] == addresses[1][::-1]
    assert [adapter.address for adapter in list_adapters(project)] == ["queues@v1", "queues@v2"]


def test_addresses_name_versions_aliases_and_the_candidate(project: ProjectFolder) -> None:
    for number in (1, 2):
        register_run(project, finished_run(project, f"r{number}", seed=number))
    assert find_adapter(project, "queues").address == "queues@v2"
    set_alias(project, "queues@v1", "candidate")
    assert find_adapter(project, "queues").address == "queues@v1"
    assert find_adapter(project, "queues@candidate").aliases == ["candidate"]
    assert find_adapter(project, "queues@v2").aliases == []
    for wrong, offered in (("queue", "queues"), ("queues@v3", "queues@v1"), ("queues@candidat", "queues@candidate")):
        with pytest.raises(BadInput) as refusal:
            find_adapter(project, wrong)
        assert refusal.value.code == "adapter.unknown"
        assert offered in refusal.value.hint
    for alias in ("v7", "two words", ""):
        with pytest.raises(BadInput) as bad:
            set_alias(project, "queues", alias)
        assert bad.value.code == "adapter.bad_alias"


def test_a_rollback_goes_back_one_change_at_a_time_and_keeps_the_history(project: ProjectFolder) -> None:
    for number in (1, 2, 3):
        register_run(project, finished_run(project, f"r{number}", seed=number))
    assert rollback(project, "queues").address == "queues@v2"
    assert rollback(project, "queues").address == "queues@v1"
    with pytest.raises(BadInput) as end:
        rollback(project, "queues")
    assert end.value.code == "adapter.no_earlier"
    assert set_alias(project, "queues@v3", "candidate").aliases == ["candidate"]
    assert rollback(project, "queues").address == "queues@v1"
    with open_catalog(project.catalog) as catalog:
        history = [(change.version, change.is_undone) for change in catalog.alias_changes("queues")]
    assert history == [(1, False), (2, True), (3, True), (3, True)]


def test_a_peft_folder_from_elsewhere_gets_a_manifest(project: ProjectFolder, tmp_path: Path) -> None:
    finished_run(project, "r1")  # makes the base
    base = read_base(project.path / "base")
    folder = make_tiny_adapter(base.folder, tmp_path / "foreign", seed=9)
    assert import_adapter(project, folder, "theirs", base, labels=["a", "b"]) == "theirs@v1"
    assert import_adapter(project, folder, "theirs", base) == "theirs@v1"
    manifest = read_manifest(find_adapter(project, "theirs").folder)
    assert (manifest.r, manifest.lora_alpha, manifest.labels, manifest.run) == (8, 16, ["a", "b"], "")
    assert (manifest.base.sha256, manifest.stop_tokens) == (base.sha256, base.stop_tokens)
    moved = tmp_path / "moved"
    shutil.copytree(find_adapter(project, "theirs").folder, moved)
    assert import_adapter(project, moved, "ours", base) == "ours@v1"
    kept = read_manifest(find_adapter(project, "ours").folder)
    assert (kept.name, kept.labels) == ("ours", ["a", "b"])


def test_what_is_no_safe_adapter_for_this_base_is_not_imported(project: ProjectFolder, tmp_path: Path) -> None:
    run = finished_run(project, "r1")
    base = read_base(project.path / "base")
    empty, pickled, garbled = tmp_path / "empty", tmp_path / "pickled", tmp_path / "garbled"
    for folder in (pickled, garbled):
        make_tiny_adapter(base.folder, folder, seed=1)
    empty.mkdir()
    (pickled / "adapter_model.safetensors").rename(pickled / "adapter_model.bin")
    (garbled / "adapter_config.json").write_text("{")
    other = run.adapter
    manifest = json.loads((other / "manifest.json").read_text())
    manifest["base"] = {"id": "somewhere/else", "sha256": "0" * 64}
    (other / "manifest.json").write_text(json.dumps(manifest))
    codes = {}
    for folder in (empty, pickled, garbled, other):
        with pytest.raises(VibetuneError) as refusal:
            import_adapter(project, folder, "theirs", base)
        codes[folder.name] = refusal.value.code
    assert codes == {
        "empty": "adapter.not_peft",
        "pickled": "adapter.pickle",
        "garbled": "adapter.not_peft",
        "adapter": "adapter.other_base",
    }
    assert list_adapters(project) == []


def test_entries_say_where_an_adapter_comes_from(project: ProjectFolder) -> None:
    register_run(project, finished_run(project, "r1"))
    entry = find_adapter(project, "queues").entry
    assert isinstance(entry, AdapterEntry)
    assert (entry.run, entry.base_id, entry.task, entry.r) == ("r1", "base", "classification", 8)
    assert not Path(entry.path).is_absolute()
