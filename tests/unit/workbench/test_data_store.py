"""The project's data as state: files, versions, pages, filters, and files that come in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.workbench.data_rows import Page, Query, RowDetail, SourceFacts, preview, words_of
from app.workbench.data_store import DataStore, data_patterns, is_data, opens_as_table
from app.workbench.project import create_project
from app.workbench.tasks import InlineTasks
from pipeline.datasets.versions.build import build_version
from pipeline.errors import BadInput
from pipeline.plan.model import Plan
from pipeline.runs.layout import ProjectFolder

ROWS = [
    ("I was charged twice", "Billing"),
    ("The invoice is wrong", "billing"),
    ("Where is my parcel", "Delivery"),
    ("The box came broken\nand wet", "Delivery"),
    ("The invoice is wrong", "billing"),
]


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    made = create_project(tmp_path / "project")
    lines = [json.dumps({"text": text, "queue": queue}) for text, queue in ROWS * 4]
    (made.path / "data" / "tickets.jsonl").write_text("\n".join(lines), "utf-8")
    return made


@pytest.fixture
def store(project: ProjectFolder) -> DataStore:
    made = DataStore(InlineTasks())
    made.open(project)
    return made


def page(store: DataStore, source: str, query: Query = Query(), start: int = 0, count: int = 100) -> Page:  # noqa: B008
    found: list[Page] = []
    store.page(source, start, count, found.append, query=query)
    return found[0]


def test_files_are_found_and_looked_into(store: DataStore, project: ProjectFolder) -> None:
    (file,) = store.files
    assert (file.path, file.rows, file.format) == (project.path / "data" / "tickets.jsonl", 20, "jsonl")
    assert file.is_known
    assert "data.duplicate" in {finding.code for finding in file.findings}


def test_a_file_that_cannot_be_read_says_why(store: DataStore, project: ProjectFolder) -> None:
    (project.path / "data" / "empty.csv").write_bytes(b"")
    store.refresh_now()
    empty = next(file for file in store.files if file.path.name == "empty.csv")
    assert empty.error is not None
    assert empty.error.code == "data.empty_file"
    assert empty.rows is None


def test_a_changed_file_is_looked_into_again(store: DataStore, project: ProjectFolder) -> None:
    path = project.path / "data" / "tickets.jsonl"
    path.write_text(json.dumps({"text": "one", "queue": "two"}) + "\n", "utf-8")
    store.refresh_now()
    assert store.files[0].rows == 1
    assert page(store, str(path)).total == 1


def test_nothing_is_said_when_nothing_changed(store: DataStore) -> None:
    told: list[bool] = []
    store.changed.connect(lambda: told.append(True))
    store.refresh_now()
    assert told == []


def test_a_page_has_one_line_previews_and_the_rows_own_numbers(store: DataStore) -> None:
    found = page(store, "data/tickets.jsonl", start=3, count=2)
    assert found.total == 20
    assert [row.number for row in found.rows] == [4, 5]
    assert found.rows[0].cells == ("The box came broken ⏎ and wet", "Delivery", "", "")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (Query(text="invoice"), 8),
        (Query(text="INVOICE wrong"), 0),
        (Query(text="queue:deli"), 8),
        (Query(text="queue:billing charged"), 4),
        (Query(text='text:"is wrong"'), 8),
        (Query(text="nocolumn:billing"), 0),
        (Query(text="^(where|the box)", is_regex=True), 8),
    ],
)
def test_a_filter_leaves_the_rows_that_have_it(store: DataStore, query: Query, count: int) -> None:
    assert page(store, "data/tickets.jsonl", query).total == count


def test_a_broken_pattern_says_where(store: DataStore) -> None:
    said: list[str] = []
    query = Query(text="(open", is_regex=True)
    store.page("data/tickets.jsonl", 0, 10, lambda _page: None, query=query, failed=lambda e: said.append(e.code))
    assert said == ["data.bad_pattern"]


def test_a_row_of_a_file_is_a_conversation(store: DataStore) -> None:
    found: list[RowDetail] = []
    store.detail("data/tickets.jsonl", 4, found.append)
    assert [(turn.role, turn.text) for turn in found[0].turns] == [
        ("user", "The box came broken\nand wet"),
        ("assistant", "Delivery"),
    ]
    assert found[0].place == "tickets.jsonl:4"


def test_facts_merge_the_spellings_of_a_label(store: DataStore) -> None:
    found: list[SourceFacts] = []
    store.facts("data/tickets.jsonl", found.append)
    assert found[0].labels == (("billing", 12), ("Delivery", 8))


def plan() -> Plan:
    return Plan.model_validate(
        {
            "name": "queues",
            "goal": "Sort messages.",
            "task": "classification",
            "dataset": {
                "sources": [{"path": "data/tickets.jsonl"}],
                "columns": {"prompt": ["text"], "completion": ["queue"]},
                "checks": {"duplicates": "exact"},
                "split": {"validation": 0.2, "test": 0.2},
            },
        }
    )


def test_a_version_shows_its_splits_and_what_was_set_aside(store: DataStore, project: ProjectFolder) -> None:
    built = build_version(plan(), project.path)
    store.refresh_now()
    (entry,) = store.versions
    address = f"{entry.name}@{entry.version}"
    assert entry.version == built.id
    everything = page(store, address)
    assert everything.total == entry.train_rows + entry.validation_rows + entry.test_rows == 4
    assert {row.cells[0] for row in everything.rows} <= {"train", "validation", "test"}
    aside = page(store, address, Query("quarantine"))
    assert aside.total == entry.quarantined_rows == 16
    assert aside.rows[0].cells[-1] == "data.duplicate"
    detail: list[RowDetail] = []
    store.detail(address, 1, detail.append, query=Query("quarantine"))
    assert detail[0].reason


def test_a_place_is_found_even_where_it_was_set_aside(store: DataStore, project: ProjectFolder) -> None:
    build_version(plan(), project.path)
    store.refresh_now()
    address = f"{store.versions[0].name}@{store.versions[0].version}"
    found: list[tuple[Query, int] | None] = []
    store.row_at(address, "tickets.jsonl:1", found.append)
    store.row_at(address, "tickets.jsonl:6", found.append)
    store.row_at(address, "tickets.jsonl:999", found.append)
    assert found[0] is not None
    assert found[0][0] == Query()
    assert found[1] is not None
    assert found[1][0] == Query("quarantine")
    assert found[2] is None


def test_added_files_are_copied_and_never_overwrite(store: DataStore, project: ProjectFolder, tmp_path: Path) -> None:
    other = tmp_path / "tickets.jsonl"
    other.write_text(json.dumps({"text": "other", "queue": "x"}) + "\n", "utf-8")
    copied: list[tuple[Path, ...]] = []
    store.add_files([other], copied.append)
    store.add_files([other], copied.append)
    assert copied == [(project.path / "data" / "tickets-2.jsonl",)] * 2, "the same content is copied once"
    assert len(store.files) == 2
    assert store.files[0].rows == 1


def test_a_folder_is_no_file(store: DataStore, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        store.add_files([tmp_path])


def test_long_and_nested_values_stay_on_one_line() -> None:
    assert preview("a" * 1_000_000).endswith("…")
    assert len(preview("a\n" * 100_000)) <= 160
    assert preview([{"role": "user"}]) == '[{"role": "user"}]'
    assert preview(None) == ""


def test_unknown_columns_are_words() -> None:
    words = words_of("https://x.y queue:refund", ["queue"])
    assert words.anywhere == "https://x.y"
    assert words.in_columns == (("queue", "refund"),)


@pytest.mark.parametrize(
    ("name", "is_listed", "as_table"),
    [
        ("book.xlsx", True, True),
        ("rows.arrow", True, True),
        ("export.zip", True, True),
        ("rows.csv.gz", True, True),
        ("chat.txt", True, False),
        ("notes.md", True, False),
        ("README.md", False, False),
        (".hidden.csv", False, False),
        ("picture.png", False, False),
    ],
)
def test_whatever_the_import_reads_is_data(tmp_path: Path, name: str, is_listed: bool, as_table: bool) -> None:
    assert is_data(name) == is_listed
    assert opens_as_table(tmp_path / name) == as_table, "a text that lies outside data/ is a text"
    assert opens_as_table(tmp_path / "data" / name) == is_listed


def test_a_workbook_and_a_chat_are_listed(store: DataStore, project: ProjectFolder) -> None:
    (project.path / "data" / "chat.txt").write_text("User: Hello\nBot: Hi there\n" * 5)
    (project.path / "data" / "README.md").write_text("# About\n")
    store.refresh_now()
    assert [file.path.name for file in store.files] == ["chat.txt", "tickets.jsonl"]
    assert "*.xlsx" in data_patterns()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("label:billing", 2),
        ("label:billing charged", 1),
        ("message:parcel", 1),
        ("parcel", 1),
        ("split:train", -1),
        ("from:tickets.jsonl:3", 1),
        ("label:no", 0),
        ('message:"is wrong" label:billing', 1),
    ],
)
def test_a_versions_rows_are_found_by_column(store: DataStore, project: ProjectFolder, text: str, count: int) -> None:
    built = build_version(plan(), project.path)
    store.refresh_now()
    found = page(store, f"queues@{built.id}", Query(text=text))
    assert found.total == (built.counts.train if count < 0 else count)
