"""What the catalog holds, as plain values. All of it can be read again from the project's folders."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DatasetEntry:
    """A dataset version."""

    name: str
    version: str
    path: str  # relative to the project, as all paths here
    task: str
    created: str  # UTC, ISO 8601
    train_rows: int
    validation_rows: int
    test_rows: int
    quarantined_rows: int


@dataclass(frozen=True)
class RunEntry:
    """A run that ended well."""

    name: str
    path: str
    plan_file: str
    task: str
    created: str
    dataset: str
    dataset_version: str
    base_id: str
    base_sha256: str
    train_s: float
    adapter_sha256: str


@dataclass(frozen=True)
class AdapterEntry:
    """One version of an adapter."""

    name: str
    version: int
    path: str
    sha256: str
    base_id: str
    base_revision: str | None
    base_sha256: str
    task: str
    r: int
    run: str  # empty for one that was imported
    created: str

    @property
    def address(self) -> str:
        """How people and requests name this version."""
        return f"{self.name}@v{self.version}"


@dataclass(frozen=True)
class AliasChange:
    """One time that an alias of an adapter was given to a version."""

    adapter: str
    number: int  # 1, 2, 3 … within the adapter
    alias: str
    version: int
    time: str  # UTC, ISO 8601
    is_undone: bool = False


@dataclass(frozen=True)
class VerdictEntry:
    """What the evaluation of a run says, in short."""

    run: str
    outcome: str
    metric: str
    against: str
    value: float
    low: float
    high: float
    text: str
