"""Data files and plans for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.plan.model import Plan

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "samples" / "support"
SHARED = ROOT.parent / "shared" / "data"


def write_jsonl(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """One object a line."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def classification_plan(*sources: str, **dataset: Any) -> Plan:
    """A plan with the columns `text` and `label`; sources are `FILE` or `FILE=SPLIT`."""
    listed = [dict(zip(("path", "split"), source.split("="), strict=False)) for source in sources]
    columns = {"prompt": ["text"], "completion": ["label"]}
    spec = {"columns": columns, **dataset, "sources": listed}
    return Plan.model_validate({"name": "queues", "task": "classification", "dataset": spec})


def instruction_plan(*sources: str, task: str = "instruction", **dataset: Any) -> Plan:
    """A plan that leaves the columns to recognition."""
    spec = {**dataset, "sources": [{"path": source} for source in sources]}
    return Plan.model_validate({"name": "answers", "task": task, "dataset": spec})
