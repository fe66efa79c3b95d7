"""The split that a file's name speaks of."""

from __future__ import annotations

from pathlib import PurePath

from pipeline.datasets import column_names as names
from pipeline.plan.model import Split

_SPLIT_NAMES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
}


def split_of_name(path: PurePath) -> Split | None:
    """`test.csv`, `train-00000.parquet`, `reviews_dev.jsonl`; None for other names."""
    parts = names.normal(path.stem).split("_")
    return next((_SPLIT_NAMES[part] for part in reversed(parts) if part in _SPLIT_NAMES), None)
