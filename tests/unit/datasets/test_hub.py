"""Data sets of the hub, from its cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.datasets.problem import Problem
from pipeline.datasets.readers.licence import MEANING, licences
from pipeline.datasets.readers.read import fingerprint, read_table
from pipeline.datasets.recognise.inspection import inspect
from pipeline.datasets.versions.build import build_version
from pipeline.errors import BadInput
from pipeline.plan.model import Plan

REVISION = "0123456789012345678901234567890123456789"
ROWS = "".join(f'{{"text": "where is parcel {n}", "label": "{"ab"[n % 2]}"}}\n' for n in range(40))


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache's own layout: snapshots link to blobs, and a branch is a file with a commit."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    kept = tmp_path / "hub" / "datasets--org--parcels"
    snapshot = kept / "snapshots" / REVISION
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text(REVISION)
    (kept / "blobs").mkdir()
    for number, (name, text) in enumerate(
        {
            "data/train.jsonl": ROWS,
            "data/test.jsonl": ROWS.replace("where is", "I miss")[:400].rpartition("\n")[0] + "\n",
            "de/train.jsonl": '{"text": "wo ist es", "label": "a"}\n',
            "README.md": "---\nconfigs:\n- config_name: en\n  default: true\n  data_files:\n  - split: train\n"
            "    path: data/train*\n  - split: test\n    path: data/test*\n- config_name: de\n"
            "  data_files: de/*.jsonl\n---\n# Parcels\n",
        }.items()
    ):
        (kept / "blobs" / str(number)).write_text(text)
        (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
        (snapshot / name).symlink_to(kept / "blobs" / str(number))
    return tmp_path


@pytest.mark.usefixtures("cached")
def test_a_cached_data_set_is_read_at_its_revision_and_configuration() -> None:
    table = read_table(Path(f"hf:org/parcels@{REVISION}"))
    assert len(table.rows) > 40
    assert {table.split_of(index) for index in range(len(table.rows))} == {"train", "test"}
    assert read_table(Path("hf:org/parcels@main#de")).rows == [("wo ist es", "a")]
    assert fingerprint(Path("hf:org/parcels@main#de")) != fingerprint(Path("hf:org/parcels"))
    with pytest.raises(BadInput, match="'fr'") as refused:
        read_table(Path("hf:org/parcels#fr"))
    assert "en, de" in refused.value.message


@pytest.mark.usefixtures("cached")
def test_what_is_not_cached_says_how_to_get_it() -> None:
    with pytest.raises(BadInput) as refused:
        read_table(Path("hf:org/parcels@v9"))
    assert refused.value.code == "data.not_cached"
    assert "hf download --repo-type dataset org/parcels --revision v9" in refused.value.hint


def test_a_plan_can_name_one(cached: Path) -> None:
    dataset = {"sources": [{"hf": "org/parcels@main"}], "columns": {"prompt": ["text"], "completion": ["label"]}}
    plan = Plan.model_validate({"name": "parcels", "task": "classification", "dataset": dataset})
    version = build_version(plan, cached, cached / "versions")
    assert version.manifest.sources[0].path == "hf:org/parcels@main"
    assert {row.source.partition(":")[0].partition("#")[2] for row in version.rows("test")} == {"data/test.jsonl"}


def licensed(cached: Path, *lines: str) -> Problem:
    """What is said where the card begins so."""
    readme = cached / "hub" / "datasets--org--parcels" / "blobs" / "3"
    readme.write_text(readme.read_text().replace("---\n", "".join(f"{line}\n" for line in ("---", *lines)), 1))
    found = [problem for problem in read_table(Path("hf:org/parcels#de")).problems if problem.code == "data.licence"]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("lines", "severity", "said"),
    [
        (["license: mit"], "note", "under the licence MIT: it may be used for any purpose"),
        (["license: CC-BY-4.0"], "note", "with credit"),
        (
            ["license:", "- apache-2.0", "- cc-by-nc-4.0"],
            "warning",
            "Apache 2.0, CC BY-NC 4.0: it may not be used comm",
        ),
        (["license: cc-by-sa-4.0"], "warning", "same licence"),
        (["license: cc-by-nd-4.0"], "warning", "may not be passed on"),
        (["license: [cc-by-sa-4.0, cc-by-nc-4.0]"], "warning", "same licence and it may not be used commercially"),
        (["license: openrail"], "warning", "rules some uses out"),
        (
            ["license: other", "license_name: parcel-terms"],
            "warning",
            "parcel-terms: what it allows is not known",
        ),
        (["license: unknown"], "warning", "is unknown"),
        (["license: 3"], "warning", "is unknown"),
        ([], "warning", "is unknown"),
        (["license: [broken"], "warning", "is unknown"),
    ],
)
def test_the_licence_of_a_data_set_is_named(cached: Path, lines: list[str], severity: str, said: str) -> None:
    if lines == ["license: [broken"]:
        (cached / "hub" / "datasets--org--parcels" / "blobs" / "3").write_text("---\nlicense: [broken\n---\n")
        lines = []
    problem = licensed(cached, *lines)
    assert (problem.severity, problem.count) == (severity, 1)
    assert said in problem.message
    assert problem.severity == "note" or problem.hint


def test_a_version_reports_the_licence_and_a_missing_card_is_unknown(cached: Path) -> None:
    dataset = {"sources": [{"hf": "org/parcels@main"}], "columns": {"prompt": ["text"], "completion": ["label"]}}
    plan = Plan.model_validate({"name": "parcels", "task": "classification", "dataset": dataset})
    (cached / "hub" / "datasets--org--parcels" / "snapshots" / REVISION / "README.md").unlink()
    problems = build_version(plan, cached, cached / "versions").report().problems
    told = next(problem for problem in problems if problem.code == "data.licence")
    assert "org/parcels@main is unknown" in told.message
    assert "https://huggingface.co/datasets/org/parcels" in told.hint
    assert "data.licence" in {problem.code for problem in inspect([Path("hf:org/parcels@main")]).problems}


def test_every_licence_has_a_meaning() -> None:
    assert len(licences()) > 50
    assert {licence["kind"] for licence in licences().values()} <= MEANING.keys()
