"""Datasets, runs, adapters, aliases and verdicts."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, Float, Integer, String

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, String, nullable=False) for name in names]


def _numbers(*names: str) -> list[Column[int]]:
    return [Column(name, Integer, nullable=False) for name in names]


def _reals(*names: str) -> list[Column[float]]:
    return [Column(name, Float, nullable=False) for name in names]


def _key(name: str) -> Column[str]:
    return Column(name, String, primary_key=True, nullable=False)


def _number_key(name: str) -> Column[int]:
    return Column(name, Integer, primary_key=True, nullable=False, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "datasets",
        _key("name"),
        _key("version"),
        *_texts("path", "task", "created"),
        *_numbers("train_rows", "validation_rows", "test_rows", "quarantined_rows"),
    )
    op.create_table(
        "runs",
        _key("name"),
        *_texts("path", "plan_file", "task", "created", "dataset", "dataset_version", "base_id", "base_sha256"),
        *_reals("train_s"),
        *_texts("adapter_sha256"),
    )
    op.create_table(
        "adapters",
        _key("name"),
        _number_key("version"),
        *_texts("path", "sha256", "base_id"),
        Column("base_revision", String, nullable=True),
        *_texts("base_sha256", "task"),
        *_numbers("r"),
        *_texts("run", "created"),
    )
    op.create_table(
        "alias_changes",
        _key("adapter"),
        _number_key("number"),
        *_texts("alias"),
        *_numbers("version"),
        *_texts("time"),
        Column("is_undone", Boolean, nullable=False),
    )
    op.create_table(
        "verdicts",
        _key("run"),
        *_texts("outcome", "metric", "against"),
        *_reals("value", "low", "high"),
        *_texts("text"),
    )
