"""The Plan as JSON schema, for completion and checks in editors: `python -m pipeline.plan.schema` exports it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.files import write_text
from pipeline.plan.model import Plan

SCHEMA_FILE = Path(__file__).resolve().parents[2] / "resources" / "schema" / "plan.schema.json"


def plan_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of `plan.yaml`, every field with its description."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Vibetune plan"}
    return head | {key: value for key, value in Plan.model_json_schema().items() if key not in head}


def schema_text() -> str:
    """The exported file's content."""
    return json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write_text(SCHEMA_FILE, schema_text())
