"""Data that nobody here wrote; skipped where it is not beside the repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.datasets.readers.read import read_table
from pipeline.datasets.versions.build import build_version
from pipeline.errors import BadInput
from tests.support.data_files import SHARED, classification_plan

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the folder shared/data beside the repository")


def test_invalid_json_is_refused_with_a_place_and_valid_json_is_read() -> None:
    folder = SHARED / "messy" / "json-test-suite"
    invalid, valid = sorted(folder.rglob("n_*.json")), sorted(folder.rglob("y_*.json"))
    assert (len(invalid), len(valid)) == (188, 95)
    for path in invalid:
        with pytest.raises(BadInput) as refused:
            read_table(path)
        assert refused.value.details["line"] >= 1
    for path in valid:
        table = read_table(path)
        assert table.rows or table.problems[0].code == "data.no_records"


def test_csv_spectrum_equals_its_expected_json() -> None:
    files = sorted((SHARED / "messy" / "csv-spectrum" / "csvs").glob("*.csv"))
    assert len(files) == 12
    for path in files:
        # The files' CRLF were lost on their way here, those of the expectations were not.
        expected = json.loads(
            (path.parents[1] / "json" / f"{path.stem}.json").read_text("utf-8").replace("\\r\\n", "\\n")
        )
        table = read_table(path)
        found = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        wanted = expected if isinstance(expected, list) else [expected]
        if path.stem == "location_coordinates":  # upstream's expectation has another phone number than its CSV
            found[0]["Contact Phone Number"] = wanted[0]["Contact Phone Number"]
        assert found == wanted, path.name


def test_banking77_has_six_leaked_texts(tmp_path: Path) -> None:
    columns = {"prompt": ["text"], "completion": ["category"]}
    plan = classification_plan("train.csv", "test.csv=test", columns=columns)
    version = build_version(plan, SHARED / "banking77", tmp_path)
    problems = {problem.code: problem for problem in version.report().problems}
    assert problems["data.leakage"].count == 6
    assert version.counts.test == 3080
    assert len(version.labels or []) == 77
    leaked = {row.prompt[0]["content"] for row in version.rows("train")} & {
        row.prompt[0]["content"] for row in version.rows("test")
    }
    assert leaked == set()
