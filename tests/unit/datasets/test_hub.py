"""Data sets of the hub, from its cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.datasets.readers.read import fingerprint, read_table
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
