"""The catalog over real SQLite files: kinds of entries, transactions, versions of the schema, two processes at once."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.catalog.entries import AdapterEntry, AliasChange, DatasetEntry, RunEntry, VerdictEntry
from pipeline.catalog.store import Catalog, Entry, open_catalog
from pipeline.errors import BadInput, Failed
from pipeline.processes.detached import module_environment

DATASET = DatasetEntry("tickets", "0a1b2c3d4e5f", "p", "classification", "2026-01-01T00:00:00Z", 80, 10, 10, 3)
RUN = RunEntry("r1", "p", "plan.yaml", "classification", "t", "tickets", "0a1b2c3d4e5f", "pocket", "b" * 64, 1.5, "a")
ADAPTER = AdapterEntry("queues", 1, "p", "a", "pocket", None, "b" * 64, "classification", 16, "r1", "t")
ALIAS = AliasChange("queues", 1, "candidate", 1, "t")
VERDICT = VerdictEntry("r1", "better", "accuracy", "base+prompt", 0.3, 0.2, 0.4, "Better.")


def everything(catalog: Catalog) -> list[Entry]:
    lists = (catalog.datasets(), catalog.runs(), catalog.adapters(), catalog.alias_changes(), catalog.verdicts())
    return [entry for entries in lists for entry in entries]


def test_every_kind_of_entry_comes_back_as_it_was_written(tmp_path: Path) -> None:
    entries: list[Entry] = [DATASET, RUN, ADAPTER, ALIAS, VERDICT]
    with open_catalog(tmp_path / "catalog.db") as catalog:
        catalog.record(*entries)
    with open_catalog(tmp_path / "catalog.db") as catalog:
        assert everything(catalog) == entries
        assert (catalog.run("r1"), catalog.run("r2")) == (RUN, None)
        assert (catalog.verdict("r1"), catalog.verdict("r2")) == (VERDICT, None)


def test_the_same_key_is_replaced_and_order_is_by_number(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.db") as catalog:
        catalog.record(replace(ADAPTER, version=10), replace(ADAPTER, version=9), replace(ADAPTER, name="tone"))
        catalog.record(replace(ADAPTER, version=9, r=8))
        assert [(entry.version, entry.r) for entry in catalog.adapters("queues")] == [(9, 8), (10, 16)]
        assert [entry.address for entry in catalog.adapters()] == ["queues@v9", "queues@v10", "tone@v1"]


def test_entries_are_written_all_or_none(tmp_path: Path) -> None:
    broken = replace(RUN, path=None)  # type: ignore[arg-type]
    path = tmp_path / "catalog.db"
    with pytest.raises(Failed, match="NOT NULL") as failure, open_catalog(path) as catalog:
        catalog.record(DATASET, broken)
    assert failure.value.code == "catalog.damaged"
    with open_catalog(path) as catalog:
        assert everything(catalog) == []
        catalog.record(DATASET)
        catalog.replace_all([ADAPTER])
        assert everything(catalog) == [ADAPTER]


def test_the_file_is_in_wal_mode_and_carries_its_version(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    with open_catalog(path):
        pass
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine, inspect

    from pipeline.catalog.schema import METADATA

    with open_catalog(tmp_path / "catalog.db"):
        pass
    engine = create_engine(f"sqlite:///{tmp_path / 'catalog.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        for table in METADATA.sorted_tables:
            keys = inspect(connection).get_pk_constraint(table.name)["constrained_columns"]
            assert keys == [column.name for column in table.primary_key]
    engine.dispose()
    assert len(METADATA.sorted_tables) == 5


def test_the_newest_migration_is_the_version_of_the_code() -> None:
    from alembic.script import ScriptDirectory

    from pipeline.catalog import migrate, schema

    scripts = ScriptDirectory(Path(migrate.__file__).parent / "migrations")
    assert scripts.get_current_head() == f"{schema.VERSION:04d}"


def test_an_older_file_is_kept_as_a_backup_and_a_newer_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "catalog.db"
    with open_catalog(path) as catalog:
        catalog.record(DATASET)
    monkeypatch.setattr("pipeline.catalog.schema.VERSION", 2)
    monkeypatch.setattr("pipeline.catalog.migrate.VERSION", 2)
    with open_catalog(path) as catalog:
        assert catalog.datasets() == [DATASET]
    with contextlib.closing(sqlite3.connect(tmp_path / "catalog.db.v1.backup")) as backup:
        assert backup.execute("SELECT name FROM datasets").fetchall() == [("tickets",)]
    monkeypatch.undo()
    with pytest.raises(BadInput, match="version 2") as refusal, open_catalog(path):
        pass
    assert refusal.value.code == "catalog.newer"


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_bytes(b"not a database, but long enough to be read as one" * 40)
    with pytest.raises(Failed) as failure, open_catalog(tmp_path / "catalog.db"):
        pass
    assert failure.value.code == "catalog.damaged"
    assert "built again" in failure.value.hint


def test_a_migrated_catalog_opens_without_alembic(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    with open_catalog(path):
        pass
    script = (
        "import sys; from pathlib import Path; from pipeline.catalog.store import open_catalog\n"
        "assert 'sqlalchemy' not in sys.modules\n"
        f"with open_catalog(Path({str(path)!r})) as catalog: assert catalog.datasets() == []\n"
        "assert 'alembic' not in sys.modules and 'sqlalchemy' in sys.modules"
    )
    command = [sys.executable, "-P", "-c", script]
    done = subprocess.run(command, env=module_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_processes_that_come_at_once_migrate_once_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    script = (
        "import sys; from dataclasses import replace; from pathlib import Path\n"
        "from pipeline.catalog.store import open_catalog; from pipeline.catalog.entries import AliasChange\n"
        "sys.stdin.readline()\n"
        "for number in range(10):\n"
        f"    with open_catalog(Path({str(path)!r})) as catalog:\n"
        "        catalog.record(AliasChange(sys.argv[1], number, 'candidate', 1, 't'))\n"
    )
    command = [sys.executable, "-P", "-c", script]
    environment = module_environment()
    with (
        subprocess.Popen([*command, "a"], stdin=subprocess.PIPE, env=environment) as one,
        subprocess.Popen([*command, "b"], stdin=subprocess.PIPE, env=environment) as two,
    ):
        for process in (one, two):
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
        assert [process.wait(timeout=60) for process in (one, two)] == [0, 0]
    with open_catalog(path) as catalog:
        assert [(change.adapter, change.number) for change in catalog.alias_changes()] == [
            (adapter, number) for adapter in "ab" for number in range(10)
        ]
