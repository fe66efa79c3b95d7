"""Dataset versions on disk."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.datasets.versions.build import build_version
from pipeline.datasets.versions.version import DatasetVersion, load_version
from pipeline.errors import BadInput
from pipeline.files import sha256
from pipeline.plan.model import Plan
from tests.support.data_files import SAMPLE, classification_plan, instruction_plan, write_jsonl

SUBJECTS = ["parcel", "kettle", "grinder", "filter", "order", "mug", "invoice", "password", "voucher", "scale"]
VERBS = [
    "never came",
    "is broken",
    "was charged",
    "got lost",
    "has expired",
    "does not open",
    "looks wrong",
    "vanished",
]
WHEN = ["on Monday", "in the night", "since spring", "again", "yesterday at nine", "before the holidays"]


def tickets(count: int, start: int = 0) -> list[dict[str, str]]:
    return [
        {
            "text": f"{WHEN[i % 6]} my {SUBJECTS[(i * 7) % 10]} {VERBS[(i * 3) % 8]}, case {i * 48611 % 99991}",
            "label": "abc"[i % 3],
        }
        for i in range(start, start + count)
    ]


def build(project: Path, plan: Plan | None = None) -> DatasetVersion:
    return build_version(plan or classification_plan("rows.jsonl"), project)


def splits_of(version: DatasetVersion) -> dict[str, str]:
    return {row.id: split for split in ("train", "validation", "test") for row in version.rows(split)}


def test_the_folder_is_what_everybody_agreed_on(tmp_path: Path) -> None:
    rows = [*tickets(60), {"text": "", "label": "a"}]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    version = build(tmp_path)
    assert version.folder == tmp_path / ".vibetune" / "datasets" / "queues" / version.id
    assert sorted(entry.name for entry in version.folder.iterdir()) == [
        "manifest.json",
        "quarantine.parquet",
        "report.json",
        "test.parquet",
        "train.parquet",
        "validation.parquet",
    ]
    schema = pq.read_schema(version.folder / "train.parquet")
    assert schema.names == ["id", "messages", "label", "group", "source"]
    assert [field.name for field in schema.field("messages").type.value_type] == ["role", "content"]
    names = pq.read_schema(version.folder / "quarantine.parquet").names
    assert names == [*schema.names, "reason", "message", "split"]
    manifest = json.loads((version.folder / "manifest.json").read_text())
    assert manifest["version"] == 1
    assert manifest["labels"] == ["a", "b", "c"]
    assert sum(manifest["counts"].values()) == 61
    assert manifest["sources"][0]["sha256"] == sha256(tmp_path / "rows.jsonl")
    assert manifest["spec"]["sources"][0]["path"] == "rows.jsonl"
    assert str(tmp_path) not in (version.folder / "manifest.json").read_text()


def test_rows_can_be_read_back(tmp_path: Path) -> None:
    rows = tickets(30)
    write_jsonl(tmp_path / "rows.jsonl", rows)
    version = build(tmp_path)
    read = [row for split in ("train", "validation", "test") for row in version.rows(split)]
    assert {(row.prompt[0]["content"], row.label) for row in read} == {(row["text"], row["label"]) for row in rows}
    first = next(version.rows("train"))
    assert first.messages[-1] == {"role": "assistant", "content": first.label}
    assert first.completion == first.label
    assert first.source.startswith("rows.jsonl:")
    assert not version.trains_every_answer


def test_the_same_content_is_the_same_version_byte_for_byte(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_jsonl(tmp_path / name / "rows.jsonl", tickets(50))
    first, second = build(tmp_path / "one"), build(tmp_path / "two")
    assert first.id == second.id
    for part in ("train", "validation", "test", "quarantine"):
        assert sha256(first.folder / f"{part}.parquet") == sha256(second.folder / f"{part}.parquet")
    created = (first.folder / "manifest.json").stat().st_mtime_ns
    assert build(tmp_path / "one").folder == first.folder
    assert (first.folder / "manifest.json").stat().st_mtime_ns == created


@pytest.mark.parametrize(
    "change", [{"system_prompt": "Sort."}, {"split": {"seed": 7}}, {"checks": {"duplicates": "off"}}]
)
def test_another_spec_is_another_version(tmp_path: Path, change: dict[str, object]) -> None:
    write_jsonl(tmp_path / "rows.jsonl", tickets(50))
    assert build(tmp_path).id != build(tmp_path, classification_plan("rows.jsonl", **change)).id


def test_a_version_travels(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "rows.jsonl", tickets(30))
    version = build(tmp_path)
    moved = version.folder.rename(tmp_path / "dataset")
    assert load_version(moved).manifest == version.manifest
    (moved / "test.parquet").unlink()
    with pytest.raises(BadInput, match=r"test\.parquet"):
        load_version(moved)
    with pytest.raises(BadInput) as refused:
        load_version(tmp_path)
    assert refused.value.code == "data.no_version"


def test_more_rows_never_move_a_test_row_into_training(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    earlier: dict[str, str] = {}
    for step in range(1, 8):
        fresh = tickets(12 * step, start=1000 * step)
        old = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        write_jsonl(path, [*fresh, *old] if step % 2 else [*old, *fresh])
        now = splits_of(build(tmp_path))
        tests = {row for row, split in earlier.items() if split == "test"}
        assert not tests & {row for row, split in now.items() if split != "test"}
        earlier = now
    assert sum(split == "test" for split in earlier.values()) > 20


def test_own_split_files_and_their_leaks(tmp_path: Path) -> None:
    rows = tickets(60)
    leaked = [rows[3], {"text": rows[5]["text"] + "!", "label": rows[5]["label"]}]
    write_jsonl(tmp_path / "train.jsonl", rows)
    write_jsonl(tmp_path / "test.jsonl", [*tickets(9, start=500), *leaked])
    version = build(tmp_path, classification_plan("train.jsonl", "test.jsonl=test"))
    assert version.counts.test == 11
    assert {row.source.split(":")[0] for row in version.rows("test")} == {"test.jsonl"}
    assert version.counts.validation > 0
    reasons = Counter(one.reason for one in version.quarantined())
    assert reasons == {"data.leakage": 1, "data.near_leakage": 1}
    assert {problem.code: problem.count for problem in version.report().problems} == {
        "data.leakage": 1,
        "data.near_leakage": 1,
    }


def test_nothing_is_lost(tmp_path: Path) -> None:
    rows = [*tickets(40), *tickets(5), {"text": "x y z", "label": "A "}, {"text": "", "label": "a"}, {"text": "q"}]
    path = write_jsonl(tmp_path / "rows.jsonl", rows)
    path.write_text(path.read_text() + "{broken\n")
    version = build(tmp_path)
    counts = version.counts
    assert counts.train + counts.validation + counts.test + counts.quarantined == len(rows) + 1
    quarantined = list(version.quarantined())
    assert Counter(one.reason for one in quarantined) == {
        "data.duplicate": 5,
        "data.empty_prompt": 1,
        "data.empty_completion": 1,
        "data.bad_line": 1,
    }
    assert {one.row.source for one in quarantined if one.reason == "data.bad_line"} == {"rows.jsonl:49"}


def test_the_plans_labels_are_the_only_ones(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "rows.jsonl", tickets(60))
    version = build(tmp_path, classification_plan("rows.jsonl", labels=["A", "b"]))
    assert version.labels == ["A", "b"]
    assert {row.label for row in version.rows("train")} == {"A", "b"}
    assert Counter(one.reason for one in version.quarantined()) == {"data.other_label": 20}


def test_rows_of_one_conversation_stay_in_one_split(tmp_path: Path) -> None:
    rows = [{**row, "thread_id": f"t{i // 4}"} for i, row in enumerate(tickets(200))]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    version = build(tmp_path)
    place = {
        row.prompt[0]["content"]: split for split in ("train", "validation", "test") for row in version.rows(split)
    }
    threads = [{place[row["text"]] for row in rows if row["thread_id"] == f"t{i}"} for i in range(50)]
    assert all(len(splits) == 1 for splits in threads)
    assert len({split for splits in threads for split in splits}) == 3


def test_columns_are_recognised_where_the_plan_names_none(tmp_path: Path) -> None:
    turns = [
        {"messages": [{"role": "user", "content": f"question {i}"}, {"role": "assistant", "content": f"answer {i}"}]}
        for i in range(20)
    ]
    write_jsonl(tmp_path / "chat.jsonl", turns)
    version = build_version(instruction_plan("chat.jsonl", task="chat"), tmp_path)
    assert version.manifest.columns == {"messages": ["messages"]}
    assert version.trains_every_answer
    assert version.labels is None
    assert next(version.rows("train")).label is None


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([{"text": f"row {i} with words", "label": "same"} for i in range(20)], "data.one_class"),
        ([{"text": "", "label": "a"}], "data.no_rows"),
        ([{"other": "a", "label": "a"}], "data.missing_column"),
    ],
)
def test_data_that_cannot_be_trained_on(tmp_path: Path, rows: list[dict[str, str]], code: str) -> None:
    write_jsonl(tmp_path / "rows.jsonl", rows)
    with pytest.raises(BadInput) as refused:
        build(tmp_path)
    assert refused.value.code == code
    assert refused.value.hint
    assert not (tmp_path / ".vibetune").exists()


@pytest.mark.parametrize(
    "dataset",
    [
        {"rehearsal": {"source": "x.jsonl"}},
        {"synthesis": {"count": 5}},
        {"columns": {"chosen": ["text"], "rejected": ["label"]}},
    ],
)
def test_what_this_version_cannot_do_is_said(tmp_path: Path, dataset: dict[str, object]) -> None:
    write_jsonl(tmp_path / "rows.jsonl", tickets(20))
    plan = classification_plan("rows.jsonl").model_dump()
    plan["dataset"].update(dataset)
    with pytest.raises(BadInput) as refused:
        build(tmp_path, Plan.model_validate(plan))
    assert refused.value.code == "data.not_supported"


def test_the_sample_gives_enough_test_rows(tmp_path: Path) -> None:
    plan = Plan.model_validate(
        {
            "name": "support-queues",
            "task": "classification",
            "dataset": {"sources": [{"path": "tickets.csv"}], "split": {"test": 0.2}},
        }
    )
    version = build_version(plan, SAMPLE, tmp_path)
    assert version.counts.test >= 100
    assert version.labels == ["Account", "Billing", "Delivery", "Gift cards", "Product help", "Returns", "Subscription"]
    reasons = Counter(one.reason for one in version.quarantined())
    assert (reasons["data.duplicate"], reasons["data.contradiction"], reasons["data.ragged_row"]) == (11, 8, 1)
    assert reasons["data.near_duplicate"] in range(6, 10)
    tone = instruction_plan("tone.jsonl", task="rewriting", split={"test": 0.2})
    assert build_version(tone, SAMPLE, tmp_path).counts.test >= 50
