"""Preference pairs, judged answers and plain text go the way of every row: checked, split, stored, compared, shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli.__main__ import cli
from app.workbench.data_comparison import compare
from app.workbench.data_rows import Query
from app.workbench.preparing import prepare
from app.workbench.version_reader import REJECTED, WANTED, VersionReader
from pipeline.bases.base import find_base
from pipeline.datasets.row import Row
from pipeline.datasets.seen.lengths import longest_lengths
from pipeline.datasets.trl import as_trl
from pipeline.datasets.versions.build import build_version
from pipeline.datasets.versions.difference import difference
from pipeline.datasets.versions.examine import examine
from pipeline.datasets.versions.version import SPLITS, DatasetVersion
from pipeline.errors import BadInput
from pipeline.plan.document import new_document
from pipeline.plan.model import Plan
from pipeline.runs.layout import ProjectFolder
from tests.support.data_files import write_jsonl

PAIR = {"prompt": ["prompt"], "chosen": ["chosen"], "rejected": ["rejected"]}
VOTE = {"prompt": ["prompt"], "completion": ["completion"], "label": ["label"]}
TEXT = {"text": ["text"]}
THINGS = ("parcel", "invoice", "kettle", "password", "voucher", "grinder", "filter")


def question(number: int) -> str:
    return f"What happened to my {THINGS[number % 7]} of order {number * 48611 % 99991}?"


def pairs(count: int = 60) -> list[dict[str, Any]]:
    return [
        {
            "prompt": question(n),
            "chosen": f"It was sent to gate {n} on Monday; you get a message tonight.",
            "rejected": f"No idea about {n}.",
        }
        for n in range(count)
    ]


def votes(count: int = 60) -> list[dict[str, Any]]:
    return [
        {"prompt": question(n), "completion": f"Look at gate {n}, please, it is there.", "label": n % 3 > 0}
        for n in range(count)
    ]


def plan(columns: dict[str, list[str]], method: str, **dataset: Any) -> Plan:
    task = "continued-pretraining" if columns is TEXT else "preference"
    spec = {"sources": [{"path": "data.jsonl"}], "columns": columns, **dataset}
    return Plan.model_validate({"name": "judged", "task": task, "dataset": spec, "training": {"method": method}})


def build(
    folder: Path, rows: list[dict[str, Any]], columns: dict[str, list[str]], method: str = "dpo", **dataset: Any
) -> DatasetVersion:
    folder.mkdir(exist_ok=True)
    write_jsonl(folder / "data.jsonl", rows)
    return build_version(plan(columns, method, **dataset), folder)


def every_row(version: DatasetVersion) -> dict[str, Row]:
    return {row.source: row for split in SPLITS for row in version.rows(split)}


def reasons(version: DatasetVersion) -> dict[str, str]:
    return {one.row.source: one.reason for one in version.quarantined()}


def test_pairs_are_stored_as_pairs(tmp_path: Path) -> None:
    version = build(tmp_path, pairs(), PAIR)
    assert (version.counts.train + version.counts.validation + version.counts.test, version.labels) == (60, None)
    row = every_row(version)["data.jsonl:8"]
    trl = as_trl(row, ["prompt", "chosen", "rejected"])
    assert {name: turns[0]["content"] for name, turns in trl.items()} == pairs()[7]
    assert {turn["role"] for turn in trl["chosen"] + trl["rejected"]} == {"assistant"}


def test_votes_and_text_are_stored_as_what_they_are(tmp_path: Path) -> None:
    row = every_row(build(tmp_path / "votes", votes(), VOTE, "kto"))["data.jsonl:1"]
    assert as_trl(row, ["prompt", "completion", "label"])["label"] is False
    texts = [{"text": f"{question(n)} Nobody knows it."} for n in range(40)]
    version = build(tmp_path / "text", texts, TEXT, "cpt")
    assert as_trl(every_row(version)["data.jsonl:1"], ["text"]) == texts[0]


def test_a_plan_without_columns_reads_what_suits_its_task(tmp_path: Path) -> None:
    assert build(tmp_path / "pairs", pairs(), {}).manifest.columns == PAIR
    assert build(tmp_path / "votes", votes(), {}, "kto").manifest.columns == VOTE
    write_jsonl(tmp_path / "votes" / "data.jsonl", votes())
    answered = plan({}, "sft").model_copy(update={"task": "instruction"})
    assert "label" not in build_version(answered, tmp_path / "votes").manifest.columns


def test_what_is_rejected_is_part_of_a_rows_identity_and_prompts_alone_decide_its_split(tmp_path: Path) -> None:
    rows = pairs()
    first = build(tmp_path, rows, PAIR)
    changed = [row | {"rejected": row["rejected"] + " Sorry."} for row in rows]
    second = build(tmp_path, changed, PAIR)
    assert {row.id for row in every_row(first).values()}.isdisjoint(row.id for row in every_row(second).values())
    place = {row.source: split for split in SPLITS for row in first.rows(split)}
    assert place == {row.source: split for split in SPLITS for row in second.rows(split)}
    found = difference(first, second)
    assert (len(found.changed), found.added, found.removed) == (60, [], [])
    assert found.changed[0].before.endswith(".)") and "Sorry." in found.changed[0].after
    assert len(compare(first.folder, second.folder).changes) == 60


def test_broken_pairs_are_set_aside_with_their_reason(tmp_path: Path) -> None:
    rows = pairs()
    rows[0]["rejected"] = rows[0]["chosen"]
    rows[1]["chosen"] = ""
    rows[2] |= {"chosen": rows[3]["rejected"], "rejected": rows[3]["chosen"], "prompt": rows[3]["prompt"]}
    version = build(tmp_path, [*rows, rows[5], rows[6] | {"rejected": "Something else"}], PAIR)
    assert reasons(version) == {
        "data.jsonl:1": "data.same_answers",
        "data.jsonl:2": "data.empty_completion",
        "data.jsonl:3": "data.contradiction",
        "data.jsonl:4": "data.contradiction",
        "data.jsonl:61": "data.duplicate",
    }, "the same question and answer against another rejected one is another pair"
    aside = next(one.row for one in version.quarantined() if one.reason == "data.contradiction")
    assert aside.rejected is not None
    kept = build(tmp_path, rows, PAIR, checks={"contradictions": "warn"})
    assert "data.contradiction" not in reasons(kept).values()
    assert "data.contradiction" in {problem.code for problem in kept.report().problems}


def test_an_answer_that_is_wanted_and_unwanted_is_set_aside_and_unwanted_refusals_are_no_finding(
    tmp_path: Path,
) -> None:
    rows = votes()
    rows[1] = rows[0] | {"label": not rows[0]["label"]}
    for number in (3, 6):
        rows[number] |= {"completion": f"I'm sorry, but I can't help with {number}.", "label": False}
    version = build(tmp_path, rows, VOTE, "kto")
    assert reasons(version) == {"data.jsonl:1": "data.contradiction", "data.jsonl:2": "data.contradiction"}
    assert "data.refusal" not in {problem.code for problem in version.report().problems}


def test_personal_data_is_masked_in_what_is_rejected_too(tmp_path: Path) -> None:
    rows = pairs()
    rows[4]["rejected"] = "Write to jo.smith@example.org"
    version = build(tmp_path, rows, PAIR, checks={"personal_data": "mask"})
    assert every_row(version)["data.jsonl:5"].rejected == [{"role": "assistant", "content": "Write to [mail]"}]


def test_the_longer_answer_counts(tmp_path: Path) -> None:
    rows = pairs()
    rows[4]["rejected"] = "far too long " * 200
    base = find_base("pocket")
    version = build(tmp_path, rows, PAIR)
    lengths = longest_lengths(base, list(every_row(version).values()))
    assert max(length.total for length in lengths) > 300
    limited = plan(PAIR, "dpo")
    limited.training.max_length = 200
    problems = {problem.code: problem for problem in examine(limited, tmp_path, base).problems}
    assert problems["data.too_long"].count == 1


def test_the_window_shows_what_was_rejected_and_what_was_wanted(tmp_path: Path) -> None:
    reader = VersionReader(build(tmp_path / "pairs", pairs(), PAIR).folder)
    at = list(reader.columns("all")).index(REJECTED)
    assert reader.cells("all", [0])[0][at].startswith("No idea about")
    assert len(reader.matching(Query("all", f'{REJECTED}:"about 17"'))) == 1
    assert len(reader.matching(Query("all", "no idea"))) == 60
    assert dict(reader.detail("all", 0).fields)[REJECTED].startswith("No idea about")
    assert [column.name for column in reader.facts("x").columns] == list(reader.columns("all"))
    judged = VersionReader(build(tmp_path / "votes", votes(), VOTE, "kto").folder)
    assert {dict(judged.detail("all", index).fields)[WANTED] for index in range(5)} == {"yes", "no"}
    assert len(judged.matching(Query("all", f"{WANTED}:no"))) == 20


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    folder = ProjectFolder(tmp_path / "project")
    folder.path.mkdir()
    same = pairs()[0] | {"rejected": pairs()[0]["chosen"]}
    write_jsonl(folder.path / "data.jsonl", [*pairs(), same])
    new_document(plan(PAIR, "dpo")).save(folder.plan)
    return folder


def said(project: ProjectFolder, *arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["data", *arguments, "--json"])
    assert done.exit_code == 0, done.output
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def test_the_verbs_build_and_show_it_and_say_that_no_run_trains_it(project: ProjectFolder) -> None:
    place = ("--project", str(project.path))
    checked = said(project, "check", str(project.plan), "--quick")
    built = said(project, "build", *place)
    assert checked["not_trained"]["code"] == built["not_trained"]["code"] == "training.not_built"
    assert "vibetune data build" in built["not_trained"]["hint"]
    assert built["counts"]["train"] > 30
    rows = said(project, "rows", "judged", *place, "--count", "2")["rows"]
    assert [set(row["row"]) for row in rows] == [{"prompt", "chosen", "rejected"}] * 2
    aside = said(project, "rows", "judged", *place, "--part", "quarantine")["rows"]
    assert [(row["reason"], row["row"]["messages"][0]["role"]) for row in aside] == [("data.same_answers", "user")]
    target = project.path / "test.jsonl"
    assert (
        said(project, "rows", "judged@latest", *place, "--part", "test", "--out", str(target))["rows"]
        == (built["counts"]["test"])
    )
    assert set(json.loads(target.read_text().splitlines()[0])) == {"prompt", "chosen", "rejected"}
    seen = said(project, "show", *place, "--count", "1")["rows"]
    assert [row["source"].partition(" ")[2] for row in seen] == ["chosen", "rejected"]
    estimate = CliRunner().invoke(cli, ["estimate", *place, "--json"])
    assert estimate.exception is not None
    assert "training.method: dpo" in str(estimate.exception)
    made_up = said(project, "check", str(project.path / "data.jsonl"), "--quick")
    assert made_up["not_trained"]["code"] == "training.not_built"


def test_a_run_refuses_before_anything_is_built(project: ProjectFolder) -> None:
    with pytest.raises(BadInput) as refused:
        prepare(project, plan(PAIR, "dpo"))
    assert refused.value.code == "training.not_built"
    assert not project.datasets.exists()
