"""The tables; one per kind of entry, with its fields as columns. Imports SQLAlchemy: import this lazily."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Integer, MetaData, String, Table

# Raised together with each new file in migrations/versions/; SQLite's `user_version` holds that of a database.
VERSION = 1

METADATA = MetaData()


def _text(name: str, *, is_key: bool = False) -> Column[str]:
    return Column(name, String, primary_key=is_key, nullable=False)


def _number(name: str, *, is_key: bool = False) -> Column[int]:
    return Column(name, Integer, primary_key=is_key, nullable=False, autoincrement=False)


def _real(name: str) -> Column[float]:
    return Column(name, Float, nullable=False)


DATASETS = Table(
    "datasets",
    METADATA,
    _text("name", is_key=True),
    _text("version", is_key=True),
    _text("path"),
    _text("task"),
    _text("created"),
    _number("train_rows"),
    _number("validation_rows"),
    _number("test_rows"),
    _number("quarantined_rows"),
)

RUNS = Table(
    "runs",
    METADATA,
    _text("name", is_key=True),
    _text("path"),
    _text("plan_file"),
    _text("task"),
    _text("created"),
    _text("dataset"),
    _text("dataset_version"),
    _text("base_id"),
    _text("base_sha256"),
    _real("train_s"),
    _text("adapter_sha256"),
)

ADAPTERS = Table(
    "adapters",
    METADATA,
    _text("name", is_key=True),
    _number("version", is_key=True),
    _text("path"),
    _text("sha256"),
    _text("base_id"),
    Column("base_revision", String, nullable=True),
    _text("base_sha256"),
    _text("task"),
    _number("r"),
    _text("run"),
    _text("created"),
)

ALIAS_CHANGES = Table(
    "alias_changes",
    METADATA,
    _text("adapter", is_key=True),
    _number("number", is_key=True),
    _text("alias"),
    _number("version"),
    _text("time"),
    Column("is_undone", Boolean, nullable=False),
)

VERDICTS = Table(
    "verdicts",
    METADATA,
    _text("run", is_key=True),
    _text("outcome"),
    _text("metric"),
    _text("against"),
    _real("value"),
    _real("low"),
    _real("high"),
    _text("text"),
)
