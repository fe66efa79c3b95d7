"""A large file's rows, read by a process of their own: the same as those of any file, and nothing is left behind."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.workbench import data_open_readers, data_reader_process
from app.workbench.data_reader_process import PLAN_WORK, ReaderProcess, Reading, plan_work, stopped, with_all_rows
from app.workbench.data_readers import FileReader, first_page, open_reader
from app.workbench.data_rows import Lens, Page, Query
from app.workbench.data_store import DataStore
from app.workbench.project import create_project
from app.workbench.tasks import InlineTasks, Job
from pipeline.datasets.edits import Edit, row_key
from pipeline.datasets.readers import read
from pipeline.datasets.readers.progress import heard_by
from pipeline.errors import BadInput, Failed
from pipeline.plan.model import Plan

ROWS = [(f"Message {number} about a parcel", ("billing", "delivery")[number % 2]) for number in range(300)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("data") / "large.csv"
    made.write_text("text,queue\n" + "".join(f"{text},{queue}\n" for text, queue in ROWS), "utf-8")
    return made


def readers() -> set[psutil.Process]:
    """The processes that read large files now."""
    return {each for each in psutil.Process().children() if _is_reader(each)}


def _is_reader(process: psutil.Process) -> bool:
    try:
        return "app.workbench.data_reader_server" in process.cmdline()
    except psutil.NoSuchProcess:  # a zombie, too
        return False


@pytest.fixture(scope="module")
def reader(path: Path) -> Iterator[ReaderProcess]:
    made = ReaderProcess(path, Reading())
    yield made
    made.close()


def test_it_answers_as_the_file_s_own_reader_does(reader: ReaderProcess, path: Path) -> None:
    own = open_reader(path)
    assert isinstance(own, FileReader)
    assert reader.columns("all") == own.columns("all")
    assert reader.members("all") == own.members("all")
    assert reader.cells("all", range(5)) == own.cells("all", range(5))
    assert reader.matching(Query(text="queue:billing 12")) == own.matching(Query(text="queue:billing 12"))
    assert reader.index_of("all", "large.csv:7") == 5
    assert reader.detail("all", 5) == own.detail("all", 5)
    assert reader.facts(str(path)) == own.facts(str(path))
    assert reader.summary() == own.summary()
    assert reader.label_queue("queue") == own.label_queue("queue")


def test_it_looks_through_the_edits(reader: ReaderProcess, path: Path) -> None:
    edit = Edit("data/large.csv", "large.csv:2", row_key(["text", "queue"], ROWS[0]), {"queue": "refund"})
    assert reader.look(Lens((edit,)))
    assert not reader.look(Lens((edit,))), "the same again"
    assert reader.cells("all", [0])[0][1] == "refund"
    reader.look(Lens())


def test_what_the_reader_refuses_is_said_here(reader: ReaderProcess, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as said:
        reader.matching(Query(text="(open", is_regex=True))
    assert said.value.code == "data.bad_pattern"
    (tmp_path / "no.json").write_text("{", "utf-8")
    with pytest.raises(BadInput) as said:
        ReaderProcess(tmp_path / "no.json", Reading())
    assert (said.value.code, said.value.details) == ("data.invalid_json", {"line": 1, "column": 2})


def test_the_first_rows_are_there_before_the_others(path: Path) -> None:
    reading = Reading()
    ReaderProcess(path, reading).close()
    assert reading.first is not None
    assert [row.cells[0] for row in reading.first.rows[:2]] == [ROWS[0][0], ROWS[1][0]]
    assert reading.fraction is not None


def test_first_rows_of_a_file_that_is_cut_end_with_a_whole_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.workbench.data_readers.HEAD_BYTES", 200)
    path = tmp_path / "rows.csv"
    path.write_text("text,queue\n" + '"two\nlines",a\n' * 40, "utf-8")
    page = first_page(path)
    assert page is not None
    assert {row.cells[:2] for row in page.rows} == {("two ⏎ lines", "a")}
    assert first_page(tmp_path / "book.xlsx") is None, "whose rows are not lines"


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_readers_tell_how_far_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("pipeline.datasets.readers.content._LARGE_BYTES", 1)
    monkeypatch.setattr("pipeline.datasets.readers.json_records._DECODED_BYTES", 10_000)
    line = json.dumps({"text": "some text", "label": "a"}) if name.endswith("jsonl") else "some text,a"
    (tmp_path / name).write_text("text,label\n" * name.endswith("csv") + f"{line}\n" * 9_000, "utf-8")
    told: list[float] = []
    with heard_by(told.append):
        read.read_table(tmp_path / name)
    assert told == sorted(told)
    assert len(told) > 3
    assert 0 <= told[0] < 0.5 < told[-1] <= 1


def test_a_person_can_stop_it(path: Path) -> None:
    reading = Reading()
    reading.stop()
    with pytest.raises(BadInput) as said:
        ReaderProcess(path, reading)
    assert said.value.code == "data.reading_stopped"
    job = Job("Read large.csv")
    job.cancel()
    with pytest.raises(BadInput):
        ReaderProcess(path, Reading(), job)


def test_a_process_that_is_killed_says_so_instead_of_hanging(path: Path) -> None:
    before = readers()
    reader = ReaderProcess(path, Reading())
    for process in readers() - before:
        process.kill()
    with pytest.raises(Failed) as said:
        reader.members("quarantine")
        reader.members("quarantine")
    assert said.value.code == "data.reader_died"


# the store


@pytest.fixture
def store(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataStore]:
    def refuse(*_args: Any) -> None:
        raise AssertionError("a large file is read in the window's process")

    monkeypatch.setattr(data_reader_process, "LARGE_BYTES", 1)
    monkeypatch.setattr(read, "read_table", refuse)
    project = create_project(tmp_path / "project")
    (project.path / "data" / "large.csv").write_bytes(path.read_bytes())
    made = DataStore(InlineTasks())
    made.open(project)
    yield made
    made.close()


def test_the_window_s_process_never_reads_a_large_file(store: DataStore) -> None:
    (file,) = store.files
    assert (file.rows, file.format) == (300, "csv")
    pages: list[Page] = []
    store.page(str(file.path), 250, 100, pages.append, query=Query(text="queue:billing"))
    store.page(str(file.path), 100, 100, pages.append, query=Query(text="queue:billing"))
    assert [(page.total, len(page.rows)) for page in pages] == [(150, 0), (150, 50)]


def test_one_process_reads_a_file_and_ends_with_the_project(store: DataStore) -> None:
    before = readers()
    store.page(str(store.files[0].path), 0, 10, lambda _page: None)
    store.facts(str(store.files[0].path), lambda _facts: None)
    (process,) = readers() - before
    store.open(None)
    psutil.wait_procs([process], timeout=20)
    assert not process.is_running()


def test_a_file_that_nobody_looks_at_keeps_no_process(store: DataStore) -> None:
    assert store.files[0].is_known
    path = store.files[0].path
    assert store._readers.takes_long(path), "its rows are not kept"


def test_who_waits_for_a_file_hears_that_it_was_stopped(store: DataStore, monkeypatch: pytest.MonkeyPatch) -> None:
    path = store.files[0].path

    def stop(_path: Path, reading: Reading, _job: Job | None) -> None:
        assert store.reading(str(path)) is reading
        reading.stop()
        raise stopped(path)

    monkeypatch.setattr(data_open_readers, "ReaderProcess", stop)
    failed: list[str] = []
    store.page(str(path), 0, 10, lambda _page: None, failed=lambda error: failed.append(error.code))
    assert failed == ["data.reading_stopped"]
    assert store.reading(str(path)) is None


def test_what_is_done_with_all_rows_is_the_same_here_and_elsewhere(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = readers()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "large.csv").write_bytes(path.read_bytes())
    dataset = {"sources": [{"path": "data"}], "columns": {"prompt": ["text"], "completion": ["queue"]}}
    plan = Plan.model_validate({"name": "large", "task": "classification", "dataset": dataset})
    here = {work: plan_work(work)(plan, tmp_path) for work in PLAN_WORK}
    monkeypatch.setattr(data_reader_process, "LARGE_BYTES", 1_000)  # of all files in a folder
    asked = list[str]()
    monkeypatch.setattr(data_reader_process._Process, "ask", _noting(asked, data_reader_process._Process.ask))
    elsewhere = {work: with_all_rows(work, plan, tmp_path, Job("")) for work in PLAN_WORK}
    assert asked == list(PLAN_WORK)
    assert elsewhere == here
    wrong = plan.model_copy(update={"model": plan.model.model_copy(update={"base": "nobody/has-it"})})
    with pytest.raises(BadInput) as refused:
        with_all_rows("rows", wrong, tmp_path, Job(""))
    assert refused.value.code == "base.not_found"
    assert "nobody/has-it" in str(refused.value)
    ends = time.monotonic() + 10
    while readers() != before and time.monotonic() < ends:
        time.sleep(0.02)
    assert readers() == before


def _noting(asked: list[str], ask: Callable[..., Any]) -> Callable[..., Any]:
    def noted(self: object, method: str, *arguments: Any) -> Any:
        asked.append(method)
        return ask(self, method, *arguments)

    return noted
