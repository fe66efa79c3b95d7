"""`weight: 0` of OpenAI's fine-tuning files: such an answer is read, never learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.workbench.data_readers import as_turns
from app.workbench.model_view import model_view
from app.workbench.version_reader import VersionReader
from pipeline.bases.base import find_base
from pipeline.bases.encoding import ChatEncoder
from pipeline.datasets.canonical import canonical_rows, conversation
from pipeline.datasets.packed import LOOSE_ROWS
from pipeline.datasets.readers.table import Table
from pipeline.datasets.recognise.inspection import inspect
from pipeline.datasets.row import Draft, Message
from pipeline.datasets.seen.tokens import RowViewer
from pipeline.datasets.trl import as_trl
from pipeline.datasets.turn import Unusable
from pipeline.datasets.versions.build import build_version
from pipeline.plan.model import Plan
from pipeline.runs.layout import ProjectFolder
from pipeline.training.rows import encode_rows
from tests.support.data_files import write_jsonl

BASE = find_base("pocket")


def talk(number: int = 1, *weights: Any) -> dict[str, Any]:
    """Two questions with answers of these weights."""
    turns: list[dict[str, Any]] = [
        {"role": "user", "content": f"Where is parcel {number * 7919 % 997}?"},
        {"role": "assistant", "content": f"No idea, look for {number} yourself."},
        {"role": "user", "content": "Please help me."},
        {"role": "assistant", "content": f"It is in Bremen, at gate {number}."},
    ]
    for turn, weight in zip(turns[1::2], weights, strict=False):
        turn["weight"] = weight
    return {"messages": turns}


def plan() -> Plan:
    dataset = {"sources": [{"path": "data.jsonl"}], "columns": {"messages": ["messages"]}}
    return Plan.model_validate({"name": "parcels", "task": "chat", "dataset": dataset})


def canonical(*weights: Any) -> list[Message]:
    return conversation(talk(1, *weights)["messages"])


def test_the_weight_stays_with_its_answer() -> None:
    assert [message.get("weight") for message in canonical(0, 1)] == [None, "0", None, None]
    for weight in (1, 1.0, "1", None, True):
        assert not any("weight" in message for message in canonical(weight, weight))
    shared = [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b", "weight": 0}]
    assert conversation([*shared, {"from": "human", "value": "c"}, {"from": "gpt", "value": "d"}])[1]["weight"] == "0"


def test_what_comes_after_the_last_learned_answer_is_cut_and_nothing_learned_is_set_aside() -> None:
    assert [message["content"] for message in canonical(1, 0)] == [turn["content"] for turn in talk()["messages"][:2]]
    with pytest.raises(Unusable) as nothing:
        canonical(0, 0)
    assert nothing.value.code == "data.nothing_learned"
    with pytest.raises(Unusable) as other:
        canonical(0.5, 1)
    assert other.value.code == "data.bad_weight"


def test_training_and_the_view_leave_the_answer_out() -> None:
    messages = canonical(0, 1)
    encoder = ChatEncoder(BASE)
    both = encoder.encode(canonical(1, 1), last_only=False)
    one = encoder.encode(messages, last_only=False)
    assert one.input_ids == both.input_ids, "it is read as any other"
    learned = [token for token, label in zip(one.input_ids, one.labels, strict=True) if label != -100]
    assert encoder.decode(learned).strip() == messages[-1]["content"]
    assert sum(both.trained) > sum(one.trained)
    seen = RowViewer(BASE, None, last_only=False, limit=500).batch([("x:1", messages)])[0]
    assert "".join(token.text for token in seen.tokens if token.kind == "trained").strip() == messages[-1]["content"]
    assert seen.count("end") == 1


def test_a_version_keeps_it_and_a_run_learns_by_it(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "data.jsonl", [talk(n, n % 2, 1) for n in range(1, 60)])
    assert inspect([tmp_path / "data.jsonl"]).examples[1]["messages"][1]["weight"] == 0
    version = build_version(plan(), tmp_path)
    rows = list(version.rows("train"))
    weighted = [row for row in rows if row.has_weights]
    assert 0 < len(weighted) < len(rows)
    assert all(row.messages[1]["weight"] == "0" and "weight" not in row.messages[3] for row in weighted)
    assert all("weight" not in message for row in rows for message in row.prompt), "requests don't know it"
    encoder = ChatEncoder(BASE)
    for row, trained in zip(rows, encode_rows(rows, encoder, None, last_only=False), strict=True):
        learned = [
            token for token, label in zip(trained.encoded.input_ids, trained.encoded.labels, strict=True) if label >= 0
        ]
        assert ("yourself" in encoder.decode(learned)) is not row.has_weights
    trl = as_trl(weighted[0], version.manifest.columns.keys())  # type: ignore[arg-type]
    assert [message.get("weight") for message in trl["messages"]] == [None, 0, None, None]


def test_the_window_shows_it(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "data.jsonl", [talk(n, 0, 1) for n in range(1, 40)])
    version = build_version(plan(), tmp_path)
    detail = VersionReader(version.folder).detail("train", 0)
    assert [turn.is_learned for turn in detail.turns] == [True, False, True, True]
    project = ProjectFolder(tmp_path)
    view = model_view(project, plan(), detail.turns)
    learned = "".join(text for text, kind in view.tokens if kind == "trained")
    assert "Bremen" in learned and "yourself" not in learned
    assert "yourself" in "".join(
        text for text, kind in model_view(project, plan(), as_turns(canonical(1, 1))).tokens if kind == "trained"
    )


def test_a_weight_makes_another_row_with_the_same_prompt() -> None:
    read, learned = (Draft(canonical(weight, 1), "x:1") for weight in (0, 1))
    assert read.id != learned.id
    assert read.prompt_id == learned.prompt_id


def test_masking_keeps_it(tmp_path: Path) -> None:
    rows = [talk(n, 0, 1) for n in range(1, 40)]
    for row in rows:
        row["messages"][0]["content"] += " Write to jo@example.org"
    write_jsonl(tmp_path / "data.jsonl", rows)
    masked = plan()
    masked.dataset.checks.personal_data = "mask"
    for built in build_version(masked, tmp_path).rows("train"):
        assert "[mail]" in built.messages[0]["content"]
        assert built.messages[1]["weight"] == "0"


def test_many_rows_keep_it() -> None:
    rows = [(talk(n, 0 if n == LOOSE_ROWS else 1, 1)["messages"],) for n in range(LOOSE_ROWS + 1)]
    table = Table(Path("x.jsonl"), "jsonl", ["messages"], rows, list(range(1, len(rows) + 1)))
    drafts, _ = canonical_rows(table, {"messages": ["messages"]})
    assert [index for index, draft in enumerate(drafts) if draft.has_weights] == [LOOSE_ROWS]
