"""Detached process groups, with real processes: they outlive their starter, are found again, and leave nothing."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.errors import Failed
from pipeline.processes.detached import find, module_environment, prune, python_module, start, stop
from pipeline.processes.group import exit_code, is_alive, marked_processes, members
from pipeline.processes.record import ProcessRecord, exclusive, list_records, read_record, record_path, write_record

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
# A child that leaves the group and the session, and refuses to end when asked.
STUBBORN = (
    "import os, signal, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "if os.fork() == 0: os.setsid()\n"
    "print('up', flush=True)\n"
    "time.sleep(60)\n"
)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "processes"
    yield folder
    for record in list_records(folder):
        stop(folder, record, deadline_s=0)


def until(true: Callable[[], bool], timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def launch(records: Path, command: list[str], name: str = "one", **options: object) -> ProcessRecord:
    return start(command, name=name, records=records, log=records.parent / f"{name}.log", cwd=records.parent, **options)  # type: ignore[arg-type]


def test_a_process_is_found_from_its_file_and_stopped(records: Path) -> None:
    record = launch(records, SLEEP, port=4711, secret="k")
    assert find(records, "one") == record
    assert record.pid is not None
    assert os.getsid(record.pid) == record.pid != os.getsid(0)
    stopped = stop(records, record)
    assert stopped.killed == []
    assert exit_code(record) == -signal.SIGTERM
    assert find(records, "one") is None
    assert list_records(records) == []


def test_only_the_owner_can_read_a_record_and_no_text_shows_its_secret(records: Path) -> None:
    record = launch(records, SLEEP, secret="sesame")
    assert stat.S_IMODE(record_path(records, "one").stat().st_mode) == 0o600
    assert "sesame" not in repr(record)
    assert read_record(records, "one") == record


def test_it_outlives_a_parent_that_is_killed(records: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from pipeline.processes.detached import start\n"
        f"start({SLEEP!r}, name='one', records=Path({str(records)!r}), log=Path('l'), cwd=Path.cwd())\n"
        "print('started', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, **module_environment()}
    with subprocess.Popen(
        [sys.executable, "-P", "-c", script], stdout=subprocess.PIPE, cwd=records.parent, env=environment
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"started\n"
        parent.kill()
    record = find(records, "one")
    assert record is not None
    assert is_alive(record)
    assert stop(records, record).killed == []


def test_a_kill_before_the_process_number_is_written_hides_nothing(records: Path) -> None:
    record = launch(records, SLEEP)
    write_record(records, record.model_copy(update={"pid": None, "started": 0.0}))
    found = find(records, "one")
    assert found is not None
    stop(records, found)
    assert not is_alive(record)


def test_whoever_left_the_group_and_ignores_the_question_is_killed(records: Path) -> None:
    record = launch(records, [sys.executable, "-c", STUBBORN])
    until(lambda: Path(record.log).read_text().count("up") == 2)
    pids = {process.pid for process in members(record)}
    assert len(pids) == 2
    assert len({os.getsid(pid) for pid in pids}) == 2
    stopped = stop(records, record, deadline_s=0.3)
    assert set(stopped.killed) == pids
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)
    assert [process for process in marked_processes() if process.pid in pids] == []


def test_children_of_a_killed_leader_are_found_and_pruned(records: Path) -> None:
    record = launch(records, [sys.executable, "-c", STUBBORN])
    until(lambda: Path(record.log).read_text().count("up") == 2)
    assert record.pid is not None
    os.kill(record.pid, signal.SIGKILL)
    until(lambda: not is_alive(record))
    assert exit_code(record) == -signal.SIGKILL
    assert len(members(record)) == 1
    assert [gone.id for gone in prune(records)] == [record.id]
    assert members(record) == []
    assert list_records(records) == []


def test_a_process_with_the_same_number_is_left_alone(records: Path) -> None:
    with subprocess.Popen(SLEEP, start_new_session=True) as stranger:
        created = psutil.Process(stranger.pid).create_time()
        stale = ProcessRecord(
            id="0" * 16, name="one", pid=stranger.pid, started=created - 60, command=SLEEP, cwd="/", log="l"
        )
        write_record(records, stale)
        assert find(records, "one") is None
        assert members(stale) == []
        prune(records)
        assert list_records(records) == []
        assert stranger.poll() is None
        stranger.kill()


def test_a_process_started_by_ours_with_a_record_of_its_own_is_not_stopped_with_it(records: Path) -> None:
    script = (
        "import time; from pathlib import Path; from pipeline.processes.detached import start\n"
        f"start({SLEEP!r}, name='inner', records=Path({str(records)!r}), log=Path('l'), cwd=Path.cwd())\n"
        "time.sleep(60)"
    )
    outer = launch(records, [sys.executable, "-P", "-c", script], name="outer", environment=module_environment())
    until(lambda: find(records, "inner") is not None)
    stop(records, outer)
    inner = find(records, "inner")
    assert inner is not None
    assert is_alive(inner)


def test_niceness_log_and_module_path(records: Path) -> None:
    (records.parent / "json.py").write_text("raise SystemExit('a file of the user was imported')")
    record = launch(records, python_module("json.tool", "--help"), niceness=3)
    until(lambda: not is_alive(record))
    assert exit_code(record) == 0
    assert "usage" in Path(record.log).read_text()
    quiet = launch(records, SLEEP, niceness=3, name="quiet")
    assert quiet.pid is not None
    nicer = min(19, psutil.Process().nice() + 3)
    until(lambda: psutil.Process(quiet.pid).nice() == nicer)
    session = Path(f"/proc/{quiet.pid}/autogroup")
    if session.exists():  # the kernel shares its time by sessions
        assert session.read_text().split()[-1] == "3"


def test_a_missing_program_is_named_and_leaves_no_record(records: Path) -> None:
    with pytest.raises(Failed, match="no-such-program") as error:
        launch(records, ["no-such-program"])
    assert error.value.code == "process.no_program"
    assert list_records(records) == []


def test_a_name_is_started_by_one_at_a_time(records: Path) -> None:
    with exclusive(records, "one"), pytest.raises(Failed) as error, exclusive(records, "one", timeout_s=0.05):
        pass
    assert error.value.code == "process.busy"
    with exclusive(records, "one", timeout_s=0):
        pass
