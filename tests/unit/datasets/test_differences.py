"""Versions compared and named, rows taken back, and a test that nothing leaves for training."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from pipeline.datasets.versions.build import build_version
from pipeline.datasets.versions.difference import ASIDE, difference
from pipeline.datasets.versions.tags import find_version, remove_tag, set_tag, tags
from pipeline.datasets.versions.version import DatasetVersion
from pipeline.errors import BadInput
from tests.support.data_files import classification_plan, write_jsonl

THINGS = ["parcel", "kettle", "invoice", "voucher", "grinder", "password", "order", "mug", "scale", "filter"]
DEEDS = ["never came", "is broken", "was charged twice", "got lost", "has expired", "does not open", "looks wrong"]


def tickets(count: int, start: int = 0) -> list[dict[str, str]]:
    return [
        {
            "text": f"{THINGS[i * 7 % 10]} {i * 48611 % 99991} {DEEDS[i % 7]} near {i * 7919 % 4447}",
            "label": "abc"[i % 3],
        }
        for i in range(start, start + count)
    ]


def build(project: Path, rows: list[dict[str, str]], **dataset: Any) -> DatasetVersion:
    write_jsonl(project / "rows.jsonl", rows)
    return build_version(classification_plan("rows.jsonl", **dataset), project)


def test_a_difference_names_every_row(tmp_path: Path) -> None:
    rows = tickets(60)
    older = build(tmp_path, rows)
    corrected = {**rows[5], "label": "abc"[(5 + 1) % 3]}
    newer = build(tmp_path, [*rows[:5], corrected, *rows[6:50], *tickets(7, 1000), rows[9]])
    found = difference(older, newer)
    assert {one.text for one in found.removed} == {row["text"] for row in rows[50:]}
    assert {one.text for one in found.added} == {row["text"] for row in tickets(7, 1000)}
    assert [(one.text, one.before, one.after) for one in found.changed] == [(rows[5]["text"], "c", "a")]
    assert found.same + len(found.moved) == 49
    assert found.test_to_training == []
    assert found.spec == {}
    assert found.as_json()["counts"]["added"] == 7
    assert difference(older, older).same == 60


def test_a_difference_shows_rows_set_aside_and_taken_back(tmp_path: Path) -> None:
    rows = [*tickets(40), {"text": "mail me at a@b.example, the kettle leaks", "label": "a"}]
    older = build(tmp_path, rows)
    row = next(
        row
        for split in ("train", "validation", "test")
        for row in older.rows(split)
        if "@" in row.messages[0]["content"]
    )
    newer = build(tmp_path, rows, checks={"personal_data": "quarantine"})
    moved = difference(older, newer)
    assert [(one.id, one.now) for one in moved.moved] == [(row.id, f"{ASIDE} (data.personal_data)")]
    assert moved.spec == {"checks.personal_data": ("warn", "quarantine")}
    back = build(tmp_path, rows, checks={"personal_data": "quarantine", "keep": [row.id]})
    assert difference(older, back).moved == []
    assert list(back.quarantined()) == []
    gone = build(tmp_path, rows, checks={"set_aside": [row.id]})
    assert [one.reason for one in gone.quarantined()] == ["data.set_aside"]


@pytest.mark.parametrize("seed", range(3))
def test_no_new_version_trains_a_row_that_was_a_test_row(tmp_path: Path, seed: int) -> None:
    """Rows come, go, are reordered, corrected, masked and repeated; shares and checks change."""
    chance = random.Random(seed)
    pool = [
        *tickets(150),
        *({**row, "text": row["text"] + f" write to a{i}@b.example"} for i, row in enumerate(tickets(20, 500))),
    ]
    rows = chance.sample(pool, 60)
    versions = []
    for _ in range(5):
        shares = {"test": chance.choice([0.1, 0.2, 0.3]), "validation": 0.1}
        checks = {"personal_data": chance.choice(["warn", "mask"]), "duplicates": chance.choice(["off", "near"])}
        versions.append(build(tmp_path, rows, split=shares, checks=checks))
        rows = [row for row in rows if chance.random() > 0.1] + chance.sample(pool, 20)
        rows = [{**row, "label": "abc"[chance.randrange(3)]} if chance.random() < 0.05 else row for row in rows]
        chance.shuffle(rows)
    assert sum(version.counts.test for version in versions) > 30
    for i, older in enumerate(versions):
        for newer in versions[i + 1 :]:
            assert difference(older, newer).test_to_training == []


def test_rows_that_a_new_seed_lets_go_are_named(tmp_path: Path) -> None:
    older = build(tmp_path, tickets(80))
    assert "data.test_rows_trained" not in {one.code for one in older.report().problems}
    newer = build(tmp_path, tickets(80), split={"seed": 7})
    named = next(one for one in newer.report().problems if one.code == "data.test_rows_trained")
    assert named.count == len(difference(older, newer).test_to_training) > 0


def test_tags_point_and_versions_stay(tmp_path: Path) -> None:
    first, second = build(tmp_path, tickets(40)), build(tmp_path, tickets(50))
    datasets = first.folder.parent.parent
    set_tag(first, "before")
    set_tag(first, "before")
    with pytest.raises(BadInput) as refused:
        set_tag(second, "before")
    assert refused.value.code == "data.tag_taken"
    assert find_version(datasets, "queues@before").id == first.id
    assert find_version(datasets, f"queues@{second.id[:6]}").id == second.id
    set_tag(second, "before", move=True)
    assert find_version(datasets, "@before").id == second.id
    remove_tag(first.folder.parent, "before")
    assert tags(first.folder.parent) == {}
    for wrong in ("latest", "abcdef", "a b", "../x", ""):
        with pytest.raises(BadInput):
            set_tag(first, wrong)
    for address in ("nobody@x", "queues@nothing", "queues@0"):
        with pytest.raises(BadInput):
            find_version(datasets, address)
    assert find_version(datasets, "queues").name == "queues"


@pytest.mark.parametrize("garbage", [b"", b'{"name": ', b"[]", b"\xff\xfe"])
def test_a_version_that_cannot_be_read_hides_no_other(tmp_path: Path, garbage: bytes) -> None:
    rows = tickets(60)
    first = build(tmp_path, rows[:40])
    second = build(tmp_path, rows)
    (first.folder / "manifest.json").write_bytes(garbage)
    (second.folder / "report.json").write_bytes(garbage)
    datasets = tmp_path / ".vibetune" / "datasets"
    assert find_version(datasets, "queues").id == second.id
    for refused in (
        lambda: find_version(datasets, f"queues@{first.id}"),
        lambda: build(tmp_path, rows[:40]),
        second.report,
    ):
        with pytest.raises(BadInput) as error:
            refused()
        assert str(first.folder if "report" not in error.value.message else second.folder) in str(error.value)
    third = build(tmp_path, [*rows, *tickets(5, start=60)])
    told = next(problem for problem in third.report().problems if problem.code == "data.broken_version")
    assert str(first.folder) in told.examples[0] or first.id in told.hint
    (datasets / "queues" / "tags.json").write_bytes(garbage)
    with pytest.raises(BadInput) as broken:
        tags(datasets / "queues")
    assert broken.value.code == "data.broken_tags"
